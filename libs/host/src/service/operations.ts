import type { DeadLetters } from '@program-ledger/messaging';
import { RebuildStopped, type ViewRunner } from '@program-ledger/read-models';
import { Problem } from '../http/problem.js';
import type { Operations } from './operations.controller.js';
import type { ServiceDefinition } from './service-definition.js';

/** What an operator can do with one service, over its views and the broker's dead letters. */
export const operationsOf = ({ name, views }: ServiceDefinition, runner: ViewRunner, deadLetters: DeadLetters): Operations => ({
  parked: async () => (await runner.parked()).map((parked) => ({ ...parked, position: String(parked.position) })),
  retry: async (view, stream) => {
    if (!(await runner.parked()).some((parked) => parked.view === view && parked.stream === stream)) return undefined;
    try {
      await runner.retry(view, stream);
      return 'resumed';
    } catch (error) {
      if (error instanceof RebuildStopped) return 'parked';
      throw error;
    }
  },
  rebuild: async (view) => {
    if (!views.some((declared) => declared.name === view)) return undefined;
    const { position, eventsRead, rowsWritten, milliseconds, same } = await runner.rebuild(view).catch(refused);
    return { view, position: String(position), eventsRead, rowsWritten, milliseconds: Math.round(milliseconds), same };
  },
  deadLetters: async () => (await Promise.all([deadLetters.list(name), deadLetters.list(`${name}.follows`)])).flat(),
  redrive: (group, key) => deadLetters.redrive(group, key),
});

/** A rebuild does not step over what it cannot fold: the old table stays, and the operator is told where it stopped. */
const refused = (error: unknown): never => {
  if (!(error instanceof RebuildStopped)) throw error;
  const { stream, eventType, reason, revision } = error.parked;
  throw new Problem({ status: 409, code: 'rebuild-stopped', details: { stream, eventType, reason, revision } }, { cause: error });
};
