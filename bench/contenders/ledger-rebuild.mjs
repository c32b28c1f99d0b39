// Ours: a view over the grants of gpu-grants, each event of which makes a version of a row, built anew beside the live table and swapped.
import { encodeEvent, uuidFrom } from '../../libs/event-sourcing/dist/index.js';
import { createEventStoreSchema, PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import {
  openServiceDatabase,
  PostgresCheckpoints,
  readModelMigration,
  view,
  ViewRunner,
  Views,
  viewsMigration,
  viewTable,
} from '../../libs/read-models/dist/index.js';
import { grant } from '../../apps/gpu-grants/dist/domain/grant/grant.decider.js';

const programmeId = uuidFrom('bench', 'programme');
const at = (minute) => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
const digest = `sha256:${'5'.repeat(64)}`;

/** What the pool, the agreement and the operator ask of one grant in its life. */
const commandsOf = (grantId, minute) => {
  const term = {
    programmeId,
    grantId,
    team: uuidFrom(grantId, 'team'),
    phase: 'phase-1',
    gpus: 256,
    from: '2026-01-01',
    to: '2026-06-30',
    evaluatedBy: 'stage-1',
  };
  const reference = { stream: `pool-${programmeId}`, revision: 1 };
  return [
    {
      type: 'reserve',
      ...term,
      model: 'B200',
      rulebookDigest: digest,
      authority: { kind: 'selection', ...reference },
      regrantedFrom: null,
      later: [],
      at: at(minute),
    },
    { type: 'permit', agreement: reference, at: at(minute + 1) },
    { type: 'deliver', note: 'racks 1 to 32', at: at(minute + 2) },
    { type: 'take-back', how: 'returned', reason: 'the phase has ended', at: at(minute + 3) },
  ];
};

const historyOf = (grantId, minute) => {
  let state = grant.initial;
  return commandsOf(grantId, minute).flatMap((command, index) => {
    const [event] = grant.decide(command, state);
    state = grant.evolve(state, event);
    const commandId = uuidFrom(grantId, String(index));
    const context = {
      recordedAt: at(minute),
      commandId,
      commandDigest: digest,
      correlationId: commandId,
      causationId: commandId,
      actor: 'bench-operator',
      role: 'gpu-operator',
      rulebookDigest: digest,
    };
    return [encodeEvent(event, grant.events[event.type], uuidFrom(commandId, 'event'), context)];
  });
};
const eventsPerGrant = 4;

const table = viewTable({
  name: 'bench_grants',
  columns: {
    programmeId: 'uuid',
    team: 'uuid',
    phase: 'text',
    gpus: 'integer',
    startsOn: 'day',
    endsOn: 'day',
    status: 'text',
    deliveredAt: 'instant?',
    endedAt: 'instant?',
    gpuHours: 'amount?',
  },
  indexes: [['programmeId', 'status'], ['team']],
});
const grants = view({
  name: 'bench-grants',
  table,
  aggregates: [grant],
  on: {
    'grant-reserved': (_, { event: { programmeId: programme, team, phase, gpus, from, to } }) => ({
      programmeId: programme,
      team,
      phase,
      gpus,
      startsOn: from,
      endsOn: to,
      status: 'reserved',
      deliveredAt: null,
      endedAt: null,
      gpuHours: null,
    }),
    'delivery-permitted': (row) => row && { ...row, status: 'permitted' },
    'grant-delivered': (row, { event }) => row && { ...row, status: 'delivered', deliveredAt: event.at },
    'grant-returned': (row, { event }) => row && { ...row, status: 'returned', endedAt: event.at, gpuHours: event.gpuHours },
  },
});

export const open = async ({ logUrl, viewsUrl }) => {
  await createEventStoreSchema(logUrl);
  const store = await PostgresEventStore.open({ url: logUrl });
  const database = await openServiceDatabase({
    url: viewsUrl,
    service: 'bench',
    views: [grants],
    migrations: [readModelMigration, viewsMigration('BenchViews', 2, [grants])],
  });
  const views = new Views({ service: 'bench', database, store, views: [grants] });
  const checkpoints = new PostgresCheckpoints(database);
  const runner = new ViewRunner(views, { checkpoints });
  const ending = new AbortController();
  let running = Promise.resolve();
  return {
    fill: async ({ events }) => {
      let next = 0;
      const writers = Array.from({ length: 64 }, async () => {
        for (let index = next++; index < events / eventsPerGrant; index = next++) {
          const grantId = uuidFrom('bench', 'grant', String(index));
          await store.append(`grant-${grantId}`, 'none', historyOf(grantId, index));
        }
      });
      await Promise.all(writers);
    },
    /** The live table, from nothing: what a new view costs while everything else goes on. */
    followLive: async () => {
      const head = await store.head();
      const began = performance.now();
      running = runner.run(ending.signal);
      if (!(await views.reached(head, 300_000))) throw new Error('the live view did not come to the end of the log');
      return { perSecond: (Number(head) * 1000) / (performance.now() - began) };
    },
    rebuild: async () => {
      const { eventsRead, rowsWritten, milliseconds, same } = await runner.rebuild(grants.name);
      if (same !== true) throw new Error('the rebuilt table is not what the live one was');
      return { perSecond: (eventsRead * 1000) / milliseconds, eventsRead, rowsWritten, milliseconds };
    },
    close: async () => {
      ending.abort();
      await running;
      await checkpoints.close();
      await database.destroy();
      await store.close();
    },
  };
};
