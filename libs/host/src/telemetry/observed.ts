import type { Around } from '../process.js';
import type { StartedService } from '../service/start-service.js';
import type { LedgerTransport } from '../service/transport.js';
import type { Condition } from './health.js';

/** What every service can say of what runs by itself in it. */
export type Vitals = {
  /** Events before the views, the relay, the follows and the clock, each by its name. */
  readonly lags: () => Promise<readonly Condition[]>;
  readonly parked: () => Promise<number>;
};

/** Readiness and metrics of everything that lags: views, relays and consumer groups; and of everything that waits for an operator. */
export const observe = ({ health, metrics, engines }: Around, started: readonly StartedService[], transport: LedgerTransport): void => {
  const groups = async (): Promise<readonly Condition[]> => (await transport.lags()).map(({ group, lag }) => ({ part: `${group}.reactions`, lag }));
  const all = async (): Promise<readonly Condition[]> => (await Promise.all([groups(), ...started.map(({ vitals }) => vitals.lags())])).flat();
  health.add(all);
  metrics.gauge('lag', 'Events or messages that a view runner, relay or consumer group has before it.', ['part'], async () => (await all()).map(({ part, lag }) => ({ labels: { part }, value: lag })));
  metrics.gauge('parked_streams', 'Streams that a view could not go on with.', ['service'], () =>
    Promise.all(started.map(async ({ running, vitals }) => ({ labels: { service: running.definition.name }, value: await vitals.parked() }))),
  );
  metrics.gauge('dead_letters', 'Messages that a group could not take, and those that follow them.', ['group'], async () => {
    const counts = new Map<string, number>();
    for (const { group } of await engines.deadLetters.list()) counts.set(group, (counts.get(group) ?? 0) + 1);
    return [...counts].map(([group, value]) => ({ labels: { group }, value }));
  });
};
