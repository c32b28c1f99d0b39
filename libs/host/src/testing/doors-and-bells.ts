import { Controller, Get, Param } from '@nestjs/common';
import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import { effect, issue, publishes, publishing, reaction } from '@program-ledger/messaging';
import { programmeDirectory } from '@program-ledger/programme-directory';
import { view, Views, viewsMigration, viewTable, type AsOf, type RowOf } from '@program-ledger/read-models';
import { z } from 'zod';
import { ApiDoc, AsOfQuery, Authenticated, pageAnswer, PageQuery, secret, viewAnswer, type PageAsked, type ServiceDefinition } from '../index.js';
import { door, doorRejections, DoorsController } from './door.js';

/** Two services that speak through an event: whoever opens a door makes a bell ring. And the desk that makes programmes and grants roles. */
const at = z.string();

const doorTable = viewTable({ name: 'door_overview', columns: { programmeId: 'uuid', state: 'text', moved: 'integer' } });
type DoorRow = RowOf<typeof doorTable>;

/** Streams whose closing the view cannot tell until they are freed. */
export const jammed = new Set<string>();

export const doorOverview = view({
  name: 'door-overview',
  table: doorTable,
  aggregates: [door],
  on: {
    'door-built': (_, { event: { programmeId } }) => ({ programmeId, state: 'closed', moved: 0 }),
    'door-opened': (row) => row && { ...row, state: 'open', moved: row.moved + 1 },
    'door-closed': (row, { stream }) => {
      if (jammed.has(stream)) throw new Error('the door is jammed');
      return row && { ...row, state: 'closed', moved: row.moved + 1 };
    },
  },
});

@Controller('doors/programmes/:programmeId/overview')
@Authenticated('doors are seen by everybody')
class DoorViewsController {
  constructor(private readonly views: Views) {}

  @Get(':doorId')
  @ApiDoc({ summary: 'One door' })
  async one(@Param('doorId', { schema: z.uuid() }) doorId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one<DoorRow>(doorOverview, doorId, asOf), ({ state, moved }) => ({ state, moved }));
  }

  @Get()
  @ApiDoc({ summary: 'The doors of a programme' })
  async all(@Param('programmeId', { schema: z.uuid() }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list<DoorRow>(doorOverview, { programmeId }, page, asOf), ({ key, state }) => ({ id: key, state }));
  }
}

const doorOpened = z.object({ programmeId: z.string(), doorId: z.string(), at });
const doorsDirectory = programmeDirectory('doors', 'doorsClock');

export const doors: ServiceDefinition = {
  name: 'doors',
  title: 'Doors',
  directory: doorsDirectory,
  aggregates: [door],
  views: [doorOverview],
  publishes: publishing('doors', { 'doors.door-opened.v1': doorOpened, 'doors.clock-followed.v1': z.object({ programmeId: z.string(), to: at, at }) }, [
    publishes(door, { 'door-built': null, 'door-closed': null, 'door-opened': ({ programmeId, at: time }, { id }) => ({ type: 'doors.door-opened.v1', programmeId, doorId: id, at: time }) }),
    doorsDirectory.published,
  ]),
  reactions: [],
  follows: [],
  timers: [],
  controllers: [DoorsController, DoorViewsController],
  migrations: [viewsMigration('Doors', 10, [doorOverview])],
  rejections: doorRejections,
  settings: z.object({ DOORS_MASTER_KEY: secret(z.string().min(4), { madeInRehearsal: true }).describe('opens every door') }),
};

const rung = z.strictObject({ type: z.literal('bell-rung'), doorId: z.string(), at });
type BellCommand = { readonly type: 'ring-bell'; readonly doorId: string; readonly at: string };

export const bell: Aggregate<{ readonly silent: boolean }, BellCommand, z.infer<typeof rung>, 'bell-broken'> = {
  category: 'bell',
  events: { 'bell-rung': { version: 1, schema: rung } },
  initial: { silent: true },
  evolve: () => ({ silent: false }),
  decide: ({ doorId, at: time }) => (broken.has(doorId) ? reject('bell-broken') : [{ type: 'bell-rung', doorId, at: time }]),
};

/** Doors whose bell does not ring until it is repaired. */
export const broken = new Set<string>();

/** Doors of which nothing can be noted, and how often it was tried, until the pencil is repaired. */
export const unwritten = new Map<string, number>();

export const bells: ServiceDefinition = {
  name: 'bells',
  title: 'Bells',
  aggregates: [bell],
  views: [],
  publishes: null,
  reactions: [
    reaction('ring', 'doors.door-opened.v1', doorOpened, ({ doorId, at: time }) => [issue(bell, doorId, { type: 'ring-bell', doorId, at: time })]),
    effect('note', 'doors.door-opened.v1', doorOpened, async ({ doorId }, _, transaction: { query(sql: string, values: readonly unknown[]): Promise<unknown> }) => {
      const failures = unwritten.get(doorId);
      if (failures !== undefined) {
        unwritten.set(doorId, failures + 1);
        throw new Error('the pencil is broken');
      }
      await transaction.query('insert into notes values ($1)', [doorId]);
    }),
  ],
  follows: [],
  timers: [],
  controllers: [],
  migrations: [
    class Notes0000000000010 {
      readonly name = 'Notes0000000000010';
      async up(runner: { query(sql: string): Promise<unknown> }) {
        await runner.query('create table notes (door text not null)');
      }
      down(): Promise<void> {
        return Promise.reject(new Error('notes stay'));
      }
    },
  ],
  rejections: {},
};

const created = z.strictObject({ type: z.literal('programme-created'), programmeId: z.string(), at });
const granted = z.strictObject({ type: z.literal('role-granted'), programmeId: z.string(), subject: z.string(), role: z.string(), at });
type DeskEvent = z.infer<typeof created> | z.infer<typeof granted>;
type DeskCommand = { readonly type: 'create-programme'; readonly programmeId: string; readonly at: string } | { readonly type: 'grant-role'; readonly programmeId: string; readonly subject: string; readonly role: string; readonly at: string };

export const desk: Aggregate<null, DeskCommand, DeskEvent, never> = {
  category: 'desk',
  events: { 'programme-created': { version: 1, schema: created }, 'role-granted': { version: 1, schema: granted } },
  initial: null,
  evolve: () => null,
  decide: (command) => (command.type === 'create-programme' ? [{ ...command, type: 'programme-created' }] : [{ ...command, type: 'role-granted' }]),
};

const anything = z.looseObject({});

export const deskService: ServiceDefinition = {
  name: 'applications',
  title: 'The desk',
  aggregates: [desk],
  views: [],
  publishes: publishing('applications', { 'applications.programme-created.v1': anything, 'applications.role-granted.v1': anything }, [
    publishes(desk, {
      'programme-created': ({ programmeId, at: time }) => ({ type: 'applications.programme-created.v1', programmeId, at: time, title: { ko: '문', en: 'Doors' }, timeZone: 'Asia/Seoul', rehearsal: true, provenance: 'invented', startsAt: time }),
      'role-granted': ({ programmeId, subject, role, at: time }) => ({ type: 'applications.role-granted.v1', programmeId, subject, role, grantedBy: 'desk', at: time }),
    }),
  ]),
  reactions: [],
  follows: [],
  timers: [],
  controllers: [],
  migrations: [],
  rejections: {},
};
