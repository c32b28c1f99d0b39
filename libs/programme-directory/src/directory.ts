import { applicationsEvents } from '@program-ledger/contracts/applications';
import { issue, publishes, reaction, type Effect, type PublishedAggregate, type Reaction } from '@program-ledger/messaging';
import { view, viewTable, type RowOf, type View } from '@program-ledger/read-models';
import type { EntitySchema, MigrationInterface } from 'typeorm';
import { clockAggregate, type ClockAggregate } from './clock.js';
import { roleAssignmentsEntity, roleAssignmentsMigration, roleEffects } from './role-assignments.js';

const clocksTable = viewTable({
  name: 'programme_clocks',
  columns: {
    programmeId: 'uuid',
    timeZone: 'text',
    rehearsal: 'boolean',
    /** How far this service has followed. */
    clock: 'instant',
    /** The last time that was set. */
    heard: 'instant',
    /** Whether timers up to `heard` are still being handled, and since when by the machine's clock. */
    behind: 'boolean',
    behindSince: 'instant?',
  },
  indexes: [['behind'], ['rehearsal']],
});

/** One programme as a service knows it. */
export type ProgrammeClockRow = RowOf<typeof clocksTable>;

/** `<service>.clock-followed.v1`, as it leaves. */
export type ClockFollowed<Service extends string> = {
  readonly type: `${Service}.clock-followed.v1`;
  readonly programmeId: string;
  readonly to: string;
  readonly at: string;
};

/** Everything of the directory that a service lists in its definition. */
export type ProgrammeDirectory<Service extends string = string> = {
  readonly service: Service;
  /** For `aggregates`. */
  readonly clock: ClockAggregate;
  /** For `publishing(service, schemas, [..., directory.published])`. */
  readonly published: PublishedAggregate<ClockFollowed<Service>>;
  /** For `reactions`. */
  readonly reactions: readonly (Reaction | Effect)[];
  /** For `views`. */
  readonly clocks: View<ProgrammeClockRow>;
  /** For `entities` and `migrations`. */
  readonly entity: EntitySchema;
  readonly migration: new () => MigrationInterface;
};

/** What a service knows of programmes: `programmeDirectory('review', 'reviewClock')`. */
export const programmeDirectory = <const Service extends string>(service: Service, category: string): ProgrammeDirectory<Service> => {
  const clock = clockAggregate(category);
  return {
    service,
    clock,
    published: publishes(clock, {
      'programme-known': null,
      'clock-heard': null,
      'clock-followed': ({ programmeId, to, at }) => ({ type: `${service}.clock-followed.v1` as const, programmeId, to, at }),
    }),
    reactions: [...clockReactions(clock), ...roleEffects],
    clocks: clocksView(clock),
    entity: roleAssignmentsEntity,
    migration: roleAssignmentsMigration,
  };
};

const clockReactions = (clock: ClockAggregate): readonly Reaction[] => [
  reaction(
    'directory-programme',
    'applications.programme-created.v1',
    applicationsEvents['applications.programme-created.v1'],
    ({ programmeId, timeZone, rehearsal, startsAt, at }) => [
      issue(clock, programmeId, { type: 'know-programme', programmeId, timeZone, rehearsal, startsAt, at }),
    ],
  ),
  reaction('directory-clock', 'applications.programme-clock-set.v1', applicationsEvents['applications.programme-clock-set.v1'], ({ programmeId, to }) => [
    issue(clock, programmeId, { type: 'hear-clock', to }),
  ]),
];

const clocksView = (clock: ClockAggregate): View<ProgrammeClockRow> =>
  view({
    name: 'programme-clocks',
    table: clocksTable,
    aggregates: [clock],
    on: {
      'programme-known': (_, { event: { programmeId, timeZone, rehearsal, startsAt } }) => ({
        programmeId,
        timeZone,
        rehearsal,
        clock: startsAt,
        heard: startsAt,
        behind: false,
        behindSince: null,
      }),
      'clock-heard': (row, { event, metadata }) => row && { ...row, heard: event.to, behind: true, behindSince: row.behindSince ?? metadata.recordedAt },
      'clock-followed': (row, { event }) =>
        row && { ...row, clock: event.to, behind: event.to < row.heard, behindSince: event.to < row.heard ? row.behindSince : null },
    },
  });
