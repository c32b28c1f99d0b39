import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import {
  clockAnswer,
  createProgramme,
  grantRole,
  nothing,
  programmeAnswer,
  programmeProcessAnswer,
  programmesAnswer,
  revokeRole,
  rolesAnswer,
  setClock,
  type CreateProgramme,
  type GrantRole,
  type RevokeRole,
  type SetClock,
} from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, uuidFrom } from '@program-ledger/event-sourcing';
import { Answered, ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, PageQuery, pageAnswer, PlatformRoles, ProgrammeRoles, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf, type Keyed, type RowOf } from '@program-ledger/read-models';
import { programme } from '../domain/programme/programme.decider.js';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';
import { waitsOf } from '../domain/programme-process/programme-process.state.js';
import { programmeProcesses, programmes } from '../projections/programmes.projection.js';
import { ClockFollowing } from './clock-following.js';
import { ProgrammeTime } from './programme-time.js';
import { rejections } from './rejections.js';

const startsAt = '2026-03-02T00:00:00.000Z';
const title = { ko: '가상 사업', en: 'An invented programme' };

/** What is run: its name, its clock, who may do what in it, its end. */
@Controller('applications/programmes')
export class ProgrammesController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
    private readonly clocks: ClockFollowing,
  ) {}

  @Post()
  @PlatformRoles('administrator')
  @ApiDoc({ summary: 'Create a programme', example: { body: { title, timeZone: 'Asia/Seoul', provenance: 'invented', startsAt } } })
  async create(@Body({ schema: createProgramme }) body: CreateProgramme, @Asking() asking: Asking) {
    const command = { type: 'create-programme', ...body, rehearsal: this.time.rehearsal, by: asking.subject, at: asking.receivedAt } as const;
    return commandAnswer(await this.commands.handle(programme, uuidFrom(asking.commandId, 'programme'), command, asking.context()), rejections);
  }

  @Get()
  @Authenticated('programmes are public')
  @ApiDoc({ summary: 'Programmes', answer: programmesAnswer })
  async list(@PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(programmes, {}, page, asOf), programmeBody);
  }

  @Get(':programmeId')
  @Authenticated('programmes are public')
  @ApiDoc({ summary: 'One programme', answer: programmeAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(programmes, programmeId, asOf), programmeBody);
  }

  @Put(':programmeId/clock')
  @PlatformRoles('administrator', 'operator')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({
    summary: 'Set the clock of a rehearsal forward',
    description: 'Answers when every service has handled what fell due up to the new time. Roles that were granted or revoked before are then known to every service; messages about other things may still be on their way.',
    answer: clockAnswer,
    example: { body: { to: '2026-04-01T06:00:00.000Z' } },
  })
  async setClock(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: setClock }) { to }: SetClock, @Asking() asking: Asking) {
    const { followers } = this.clocks;
    const command = { type: 'set-clock', to, followers, by: asking.subject, at: asking.receivedAt } as const;
    const handled = await this.commands.handle(programme, programmeId, command, asking.context());
    const { body, revision } = commandAnswer(handled, rejections);
    // Where the programme began, nobody has anything to follow.
    if (handled.status !== 'quiet' || (await this.hasMoved(programmeId))) await this.clocks.followed(programmeId, to);
    return new Answered({ id: body.id, to, followedBy: followers }, 'head', revision);
  }

  @Post(':programmeId/roles')
  @HttpCode(200)
  @PlatformRoles('administrator')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Grant a role in the programme', example: { body: { subject: 'kim', role: 'programme-administrator' } } })
  async grant(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: grantRole }) body: GrantRole, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return commandAnswer(await this.commands.handle(programme, programmeId, { type: 'grant-role', ...body, by: asking.subject, at }, asking.context()), rejections);
  }

  @Post(':programmeId/roles/revocations')
  @HttpCode(200)
  @PlatformRoles('administrator')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Revoke a role', example: { body: { subject: 'kim', role: 'conflict-officer', reason: 'moved to another department' } } })
  async revoke(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: revokeRole }) body: RevokeRole, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return commandAnswer(await this.commands.handle(programme, programmeId, { type: 'revoke-role', ...body, by: asking.subject, at }, asking.context()), rejections);
  }

  @Get(':programmeId/roles')
  @PlatformRoles('administrator')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Who holds which role', answer: rolesAnswer })
  async roles(@Param('programmeId', { schema: id }) programmeId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(programmes, programmeId, asOf), ({ state }) => ({ items: state.roles }));
  }

  @Get(':programmeId/process')
  @PlatformRoles('administrator', 'operator')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'What the programme waits for, since when', answer: programmeProcessAnswer })
  async process(@Param('programmeId', { schema: id }) programmeId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(programmeProcesses, programmeId, asOf), ({ key, revision, state }) => ({
      id: key,
      revision,
      clock: state.clock?.to ?? null,
      waits: waitsOf(state),
      cleared: state.cleared,
    }));
  }

  @Post(':programmeId/closing')
  @HttpCode(200)
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Close the programme, once every call and agreement is settled', example: { body: {} } })
  async close(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: nothing }) _: object, @Asking() asking: Asking) {
    // The answer may be lost and the request come again, when the programme has been closed by it.
    const { at } = await this.time.anyMoment(programmeId, asking);
    return commandAnswer(await this.commands.handle(programmeProcess, programmeId, { type: 'clear-closing', by: asking.subject, at }, asking.context()), rejections);
  }

  private async hasMoved(programmeId: string): Promise<boolean> {
    const { state } = await this.commands.load(programme, programmeId);
    return state.status !== 'absent' && state.clock !== state.startsAt;
  }
}

type ProgrammeRow = Keyed<RowOf<typeof programmes.table>>;

const programmeBody = ({ key, revision, state }: ProgrammeRow) => {
  const { title: named, timeZone, rehearsal, provenance, startsAt: start, clock, status } = state;
  return { id: key, revision, title: named, timeZone, rehearsal, provenance, startsAt: start, clock, status };
};
