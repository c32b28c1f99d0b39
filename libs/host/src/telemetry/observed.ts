import { followsTopicOf } from '@program-ledger/messaging';
import type { Around } from '../process.js';
import type { StartedService } from '../service/start-service.js';
import type { LedgerTransport } from '../service/transport.js';
import type { Condition } from './health.js';
import type { Measured } from './metrics.js';

/** What every service can say of what runs by itself in it. */
export type Vitals = {
  /** The views, the relay and the follows, each by its name. */
  readonly lags: () => Promise<readonly Condition[]>;
  readonly parked: () => Promise<number>;
  /** About how many rows each memory of repeats holds. */
  readonly remembered: () => Promise<readonly { readonly memory: string; readonly rows: number }[]>;
};

/** Readiness and metrics of everything that lags: views, relays and consumer groups; and of everything that waits for an operator. */
export const observe = (around: Around, started: readonly StartedService[], transport: LedgerTransport): void => {
  const { health, metrics, logLag } = around;
  const groups = async (): Promise<readonly Condition[]> => (await transport.groups()).map(({ group, ...fares }) => ({ part: `${group}.reactions`, ...fares }));
  const all = async (): Promise<readonly Condition[]> => (await Promise.all([groups(), ...started.map(({ vitals }) => vitals.lags())])).flat();
  health.add(all);
  metrics.gauge('lag_seconds', 'For how long a view runner or relay has not been at the end of the log.', ['part'], async () => measured(await all(), 'lagSeconds'));
  metrics.gauge('lag_messages', 'Messages that a consumer group has before it.', ['part'], async () => measured(await all(), 'lagMessages'));
  metrics.gauge('log_head_position', 'Where the log ends: it rises with every event, by how much is the log’s own affair.', [], async () => [{ labels: {}, value: Number(await logLag.look()) }]);
  metrics.gauge('parked_streams', 'Streams that a view could not go on with.', ['service'], () =>
    Promise.all(started.map(async ({ running, vitals }) => ({ labels: { service: running.definition.name }, value: await vitals.parked() }))),
  );
  metrics.gauge('remembered_rows', 'What is kept so that a repeat is recognised, about: messages of effects (inbox), keys and quiet commands (command_register).', ['service', 'memory'], () =>
    rememberedBy(started),
  );
  metrics.gauge('dead_letters', 'Messages that a group could not take, and those that follow them.', ['group'], () => deadLetters(around, started));
};

const rememberedBy = async (started: readonly StartedService[]): Promise<readonly Measured[]> => {
  const of = async ({ running, vitals }: StartedService) =>
    (await vitals.remembered()).map(({ memory, rows }) => ({ labels: { service: running.definition.name, memory }, value: rows }));
  return (await Promise.all(started.map(of))).flat();
};

const measured = (conditions: readonly Condition[], amount: 'lagSeconds' | 'lagMessages'): readonly Measured[] =>
  conditions.flatMap(({ part, [amount]: value }) => (value === undefined ? [] : [{ labels: { part }, value }]));

/** Of the groups of this process: those of others are not its to read. */
const deadLetters = ({ engines }: Around, started: readonly StartedService[]): Promise<readonly Measured[]> => {
  const groups = started.flatMap(({ running: { definition } }) => [
    ...(definition.reactions.length === 0 ? [] : [definition.name]),
    ...(definition.follows.length === 0 ? [] : [followsTopicOf(definition.name)]),
  ]);
  return Promise.all(groups.map(async (group) => ({ labels: { group }, value: await engines.deadLetters.count(group) })));
};
