import { Commands, instance, instanceId, LogAccessDenied, sha256, uuidFrom, type EventStore, type InstanceMode } from '@program-ledger/event-sourcing';
import { LogUndeclared, StartRefused } from './refused.js';

/**
 * The first event of a log says what it is, for ever. Said again, nothing happens; said otherwise, nothing starts. Whichever process
 * comes first says it: all would say the same event, which the log takes once.
 * @throws StartRefused when the log is of the other kind, LogUndeclared when nobody has said it and this process may not.
 */
export const declareInstance = async (store: EventStore, mode: InstanceMode): Promise<void> => {
  const now = (): string => new Date().toISOString();
  const commandId = uuidFrom('declare-instance', mode);
  const context = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'service:platform' };
  const commands = new Commands(store, { now });
  // Asked first, so that only the first of all processes has to be allowed to write it.
  const { mode: known } = (await commands.load(instance, instanceId)).state;
  if (known === mode) return;
  if (known !== 'undeclared') throw otherwise(mode);
  const handled = await commands.handle(instance, instanceId, { type: 'declare-instance', mode, at: now() }, context).catch((error: unknown) => {
    throw error instanceof LogAccessDenied ? new LogUndeclared(error) : error;
  });
  if (handled.status === 'rejected') throw otherwise(mode);
};

const otherwise = (mode: InstanceMode): StartRefused =>
  new StartRefused(
    mode === 'production'
      ? 'This log is of a rehearsal, and production is never made out of one: name an empty log, or an empty directory with --data.'
      : 'This log is of production: say so (LEDGER_MODE=production, --production), or choose another with LEDGER_LOG_URL or --data.',
  );
