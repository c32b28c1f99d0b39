import { BrokerAccessDenied, BrokerUnavailable, UnknownTopic } from '@program-ledger/messaging';

/** The broker no longer speaks what kafkajs speaks, or not yet. */
export class UnsupportedBroker extends Error {
  override readonly name = 'UnsupportedBroker';
}

type KafkajsError = Error & { readonly type?: string; readonly cause?: unknown; /** Of several that came at once, one of each topic. */ readonly errors?: readonly unknown[] };

/** What kafkajs wraps: the innermost error says what happened. */
export const innermost = (error: unknown): KafkajsError => {
  const known: KafkajsError = error instanceof Error ? error : new Error(String(error));
  const inner = known.cause ?? known.errors?.[0];
  return inner instanceof Error && inner !== known ? innermost(inner) : known;
};

export const typeOf = (error: unknown): string => innermost(error).type ?? '';

/** A batch that is there and cannot be taken apart: compressed in a way that kafkajs does not know, or damaged. A broker or a connection that fails is neither. */
export const isUndecodable = (error: unknown): boolean => {
  const { name, code } = innermost(error) as Error & { readonly code?: unknown };
  return undecodable.includes(name) || (typeof code === 'string' && code.startsWith('Z_'));
};

const undecodable = ['KafkaJSNotImplemented', 'KafkaJSUnsupportedMagicByteInMessageSet', 'RangeError'];

const denied = ['TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'SASL_AUTHENTICATION_FAILED'];
const ours = [BrokerUnavailable, BrokerAccessDenied, UnsupportedBroker, UnknownTopic];

/** Everything that kafkajs throws is either a matter of rights or a broker that may be there again later. */
export const failure = (thrown: unknown): Error => {
  if (ours.some((kind) => thrown instanceof kind)) return thrown as Error;
  const cause = innermost(thrown);
  if (denied.includes(cause.type ?? '') || cause.name === 'KafkaJSSASLAuthenticationError') return new BrokerAccessDenied(cause.message, { cause: thrown });
  return new BrokerUnavailable(`the broker cannot be reached or the outcome is unknown: ${cause.message}`, { cause: thrown });
};

export const mapped = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw failure(error);
  }
};

/** Whether the work was done in time. */
export const inTime = async (milliseconds: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
};

/** @throws BrokerUnavailable when the work is not done in time; what it does later is nobody's concern. */
export const within = async <T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> => {
  if (!(await inTime(milliseconds, work))) throw new BrokerUnavailable(`${what}: no answer within ${milliseconds} ms`);
  return work;
};
