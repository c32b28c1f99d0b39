import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { Commands, reject, uuidFrom, type Aggregate } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { AcceptsBytes, ApiDoc, Asking, Authenticated, commandAnswer, PlatformRoles, Problem, ProgrammeRoles, Public, ReceivedBytes, type Rejections } from '../index.js';

/** The smallest service that shows everything: a door that is built, opened and closed. */
const event = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), programmeId: z.string(), at: z.string() });
const built = event('door-built');
const opened = event('door-opened');
const closed = event('door-closed');
export type DoorEvent = z.infer<typeof built> | z.infer<typeof opened> | z.infer<typeof closed>;
export type DoorCommand = { readonly type: 'build-door' | 'open-door' | 'close-door'; readonly programmeId: string; readonly at: string };
export type DoorRejection = 'no-door' | 'already-built' | 'door-open';
type Door = 'absent' | 'open' | 'closed';

export const door: Aggregate<{ readonly door: Door }, DoorCommand, DoorEvent, DoorRejection> = {
  category: 'door',
  events: { 'door-built': { version: 1, schema: built }, 'door-opened': { version: 1, schema: opened }, 'door-closed': { version: 1, schema: closed } },
  initial: { door: 'absent' },
  evolve: (_, { type }) => ({ door: type === 'door-opened' ? 'open' : 'closed' }),
  decide: ({ type, programmeId, at }, { door: state }) => {
    if (type === 'build-door') return state === 'absent' ? [{ type: 'door-built', programmeId, at }] : reject('already-built');
    if (state === 'absent') return reject('no-door');
    if (type === 'close-door') return state === 'closed' ? [] : [{ type: 'door-closed', programmeId, at }];
    return state === 'open' ? reject('door-open', { state }) : [{ type: 'door-opened', programmeId, at }];
  },
};

export const doorRejections = {
  'no-door': { status: 404, ko: '문이 없습니다.', en: 'There is no door.' },
  'already-built': { status: 409, ko: '문이 이미 있습니다.', en: 'The door is there already.' },
  'door-open': { status: 409, ko: '문이 열려 있습니다 ({state}).', en: 'The door is open ({state}).' },
} satisfies Rejections<DoorRejection>;

const doorBody = z.strictObject({ colour: z.string().min(1).max(20), width: z.int().positive(), panels: z.array(z.strictObject({ glass: z.boolean() })).max(4).optional() });
type DoorBody = z.infer<typeof doorBody>;
const uuid = z.uuid();

@Controller('doors/programmes/:programmeId/doors')
export class DoorsController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @PlatformRoles('administrator')
  @ProgrammeRoles('doorkeeper')
  @ApiDoc({ summary: 'Build a door', example: { body: { colour: 'red', width: 90 } } })
  async build(@Param('programmeId', { schema: uuid }) programmeId: string, @Body({ schema: doorBody }) _: DoorBody, @Asking() asking: Asking) {
    return this.does('build-door', uuidFrom(asking.commandId, 'door'), programmeId, asking);
  }

  @Post(':doorId/opening')
  @HttpCode(200)
  @ProgrammeRoles('doorkeeper')
  @ApiDoc({ summary: 'Open a door' })
  async open(@Param('programmeId', { schema: uuid }) programmeId: string, @Param('doorId', { schema: uuid }) doorId: string, @Asking() asking: Asking) {
    return this.does('open-door', doorId, programmeId, asking);
  }

  @Post(':doorId/closing')
  @HttpCode(200)
  @Authenticated('anybody may close a door')
  @ApiDoc({ summary: 'Close a door' })
  async close(@Param('programmeId', { schema: uuid }) programmeId: string, @Param('doorId', { schema: uuid }) doorId: string, @Asking() asking: Asking) {
    return this.does('close-door', doorId, programmeId, asking);
  }

  private async does(type: DoorCommand['type'], doorId: string, programmeId: string, asking: Asking) {
    return commandAnswer(await this.commands.handle(door, doorId, { type, programmeId, at: asking.receivedAt }, asking.context()), doorRejections);
  }
}

/** Ways in and out that a service seldom has, for tests of the rim itself. */
@Controller('rim')
export class RimController {
  @Get('open')
  @Public()
  open() {
    return { open: true };
  }

  @Get('undeclared')
  undeclared() {
    return { never: 'seen' };
  }

  @Get('broken')
  @Public()
  broken() {
    throw new Error('the secret is 1234');
  }

  @Get('unspoken')
  @Public()
  unspoken() {
    throw new Problem({ status: 409, code: 'never-put-into-words' });
  }

  @Get('whoami')
  @Authenticated('it answers about the asker only')
  whoami(@Asking() { subject, name, language, platformRoles, roles }: Asking) {
    return { subject, name, language, platformRoles: [...platformRoles], roles: [...roles] };
  }

  @Get('operators')
  @PlatformRoles('operator')
  operators() {
    return { seen: true };
  }

  @Put('papers/:name')
  @Authenticated('a test')
  @AcceptsBytes('application/pdf')
  paper(@Body() { bytes, digest }: ReceivedBytes) {
    return { bytes, digest };
  }
}
