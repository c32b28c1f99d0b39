import {
  EventStoreLimitExceeded,
  UnreadableEvent,
  sha256,
  uuidFrom,
  type CommandContext,
  type Commands,
  type Json,
  type JsonObject,
} from '@program-ledger/event-sourcing';
import type { z } from 'zod';
import { neverCrash, type CrashHook } from './crash-points.js';
import type { Message } from './message.js';
import { PermanentFailure, type Delivery, type Inbox } from './ports.js';
import type { Effect, Issue, Reaction } from './reacts.js';

export type Reacting = {
  readonly service: string;
  readonly rows: readonly (Reaction | Effect)[];
  readonly commands: Commands;
  readonly inbox: Inbox;
  readonly crash?: CrashHook;
};

/** The `handle` of a subscription: runs every row of the message's type, in order; a type without a row is none of ours. */
export const reacting = ({ rows, crash = neverCrash, ...running }: Reacting): ((delivery: Delivery) => Promise<void>) => {
  return async ({ message }) => {
    for (const row of rows.filter(({ type }) => type === message.type)) {
      await crash('between-delivery-and-effect');
      await (row.kind === 'reaction' ? runReaction(row, message, running) : runEffect(row, message, running));
    }
  };
};

/** Issues the commands of one reaction, under ids that follow from the message: delivered twice, decided once. */
export const runReaction = async (
  row: Reaction,
  message: Message,
  { service, commands }: { readonly service: string; readonly commands: Commands },
): Promise<void> => {
  const data = tolerated(row, message);
  const { id, correlationid, actor, onbehalfof, traceparent } = message;
  const cause = { id, correlationId: correlationid, actor: onbehalfof ?? actor, ...(traceparent === undefined ? {} : { traceparent }) };
  await runIssues(() => row.react(data, message), { service, row: row.name, cause }, commands);
};

/** Applies one effect, once a message. */
export const runEffect = async (row: Effect, message: Message, { service, inbox }: { readonly service: string; readonly inbox: Inbox }): Promise<void> => {
  const data = tolerated(row, message);
  await classified(row.name, () => inbox.once(`${service}.${row.name}`, message.id, (transaction) => row.apply(data, message, transaction)));
};

/** What made a service act: a message or one of its own events. */
export type Cause = {
  readonly id: string;
  readonly correlationId: string;
  /** The person (or service) at the beginning. */ readonly actor: string;
  readonly traceparent?: string;
};

/** @throws PermanentFailure when a command is refused: the sender cannot be told, so someone has to look. */
export const runIssues = async (
  react: () => readonly Issue[],
  { service, row, cause }: { readonly service: string; readonly row: string; readonly cause: Cause },
  commands: Commands,
): Promise<void> => {
  for (const [index, { aggregate, id, command }] of purely(row, react).entries()) {
    const handled = await classified(row, () => commands.handle(aggregate, id, command, contextOf(service, [row, String(index)], cause)));
    if (handled.status === 'rejected')
      throw new PermanentFailure(handled.rejection.rejected, `${row}: ${command.type} on ${handled.stream} was refused: ${JSON.stringify(handled.rejection)}`, {
        cause: handled.rejection,
      });
    if (handled.status === 'key-reused')
      throw new PermanentFailure('key-reused', `${row}: the id of ${command.type} on ${handled.stream} was used for another command`);
    if (handled.status === 'conflict') throw new Error(`${row}: ${handled.stream} was too busy to decide ${command.type}`);
  }
};

const contextOf = (service: string, row: readonly string[], { id, correlationId, actor, traceparent }: Cause): CommandContext => {
  const commandId = uuidFrom(id, ...row);
  return {
    commandId,
    // The command follows from the message alone, so a repeat is a repeat even when later code would word it otherwise.
    commandDigest: sha256(commandId),
    correlationId,
    causationId: id,
    actor: `service:${service}`,
    onBehalfOf: actor,
    repeating: 'delivered',
    ...(traceparent === undefined ? {} : { traceparent }),
  };
};

/** Rows are pure: what one throws it would throw again, so it is a permanent failure. */
export const purely = <T>(row: string, react: () => T): T => {
  try {
    return react();
  } catch (error) {
    throw new PermanentFailure('reaction-failed', `${row}: ${messageOf(error)}`, { cause: error });
  }
};

const classified = async <T>(row: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    if (!willFailAgain.some((kind) => error instanceof kind)) throw error;
    throw new PermanentFailure('reaction-failed', `${row}: ${messageOf(error)}`, { cause: error });
  }
};

/** Errors of the code or of stored data: only another version of the code helps. Everything else may pass by itself. */
const willFailAgain = [UnreadableEvent, EventStoreLimitExceeded, TypeError, ReferenceError, RangeError, SyntaxError] as const;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Parses what another service sent. Contracts may be strict inside; the owner may still add fields, so unknown ones are dropped and tried again. */
const tolerated = (row: Reaction | Effect, message: Message): unknown => {
  const first = row.schema.safeParse(message.data);
  if (first.success) return first.data;
  const known = first.error.issues.reduce<Json>(withoutUnknown, message.data);
  const second = row.schema.safeParse(known);
  if (second.success) return second.data;
  throw new PermanentFailure('invalid-message', `${row.name}: ${message.type} does not fit its contract: ${second.error.message}`, { cause: second.error });
};

const withoutUnknown = (data: Json, issue: z.core.$ZodIssue): Json => (issue.code === 'unrecognized_keys' ? without(data, issue.path, issue.keys) : data);

const without = (data: Json, [step, ...rest]: readonly PropertyKey[], keys: readonly string[]): Json => {
  if (Array.isArray(data)) return data.map((item: Json, index) => (index === step ? without(item, rest, keys) : item));
  if (!isObject(data)) return data;
  if (step === undefined) return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, key === step ? without(value, rest, keys) : value]));
};

const isObject = (data: Json): data is JsonObject => typeof data === 'object' && data !== null && !Array.isArray(data);
