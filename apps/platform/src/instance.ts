import { Commands, instance, instanceId, sha256, uuidFrom, type EventStore, type InstanceMode } from '@program-ledger/event-sourcing';
import { PlatformRefused } from './refused.js';

/**
 * The first event of a log says what it is, for ever. Said again, nothing happens; said otherwise, nothing starts.
 * @throws PlatformRefused when the log is of the other kind.
 */
export const declareInstance = async (store: EventStore, mode: InstanceMode): Promise<void> => {
  const now = (): string => new Date().toISOString();
  const commandId = uuidFrom('declare-instance', mode);
  const context = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'service:platform' };
  const handled = await new Commands(store, { now }).handle(instance, instanceId, { type: 'declare-instance', mode, at: now() }, context);
  if (handled.status !== 'rejected') return;
  throw new PlatformRefused(
    mode === 'production'
      ? 'This data is of a rehearsal, and production is never made out of one: choose an empty directory with --data.'
      : 'This data is of production: say so with --production, or choose another directory with --data.',
  );
};
