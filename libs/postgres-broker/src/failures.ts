import { BrokerAccessDenied, BrokerUnavailable } from '@program-ledger/messaging';

/** Whether PostgreSQL or the network is away for a while, or what was asked is a mistake that no repeat will mend (data, syntax, rights). */
export const failure = (thrown: unknown): Error => {
  if (!(thrown instanceof Error) || thrown instanceof BrokerUnavailable) return thrown as Error;
  const state = sqlStateOf(thrown);
  if (state === '3F000' || state === '42P01') return new Error('the database holds no broker: make one with createBrokerSchema', { cause: thrown });
  // insufficient_privilege: a missing grant, or a rule of row-level security.
  if (state === '42501') return new BrokerAccessDenied(thrown.message, { cause: thrown });
  if (state !== undefined && lasting.includes(state.slice(0, 2))) return thrown;
  return isForeign(thrown) ? thrown : new BrokerUnavailable(`the broker cannot be reached: ${thrown.message}`, { cause: thrown });
};

/** Neither of PostgreSQL nor of the network. */
const isForeign = (error: Error): boolean => !('code' in error) && !fromPg(error);

/** SQLSTATE classes of mistakes: feature, data, integrity, syntax or access, programme limit. */
const lasting = ['0A', '22', '23', '42', '54'];

const sqlStateOf = (error: Error & { readonly code?: unknown }): string | undefined =>
  typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && !error.code.startsWith('E') ? error.code : undefined;

/** What `pg` itself says of a connection carries no code. */
const fromPg = ({ message }: Error): boolean => /connection|terminat|timeout|closed|not queryable/i.test(message);
