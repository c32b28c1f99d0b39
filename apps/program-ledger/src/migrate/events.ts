import { beginning, sha256, type EventStore, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { hash } from 'node:crypto';
import { Refused } from '../refused.js';

/** Events of a log one after another, in its order. */
export async function* eventsOf(store: EventStore, upTo?: Position): AsyncGenerator<RecordedEvent, undefined> {
  for await (const page of store.readAll({ after: beginning, ...(upTo !== undefined && { upTo }) })) yield* page;
}

/** What is the same of an event in every log that holds it. Its position is not. */
const kept = ['stream', 'revision', 'id', 'type', 'recordedAt', 'data', 'metadata'] as const;

/** The first thing in which two events differ; undefined when a log may hold one for the other. Texts are compared byte for byte. */
export const differenceOf = (one: RecordedEvent, other: RecordedEvent): (typeof kept)[number] | undefined => kept.find((field) => one[field] !== other[field]);

/** `type at stream@revision`, for a sentence. */
export const named = ({ type, stream, revision }: RecordedEvent): string => `${type} at ${stream}@${revision}`;

/** The digest of a whole log: of each event and the digest before it, so that two logs of one digest hold the same events in the same order. */
export class LogDigest {
  private last = hash('sha256', 'program-ledger log, version 1');
  private count = 0;

  add(event: RecordedEvent): void {
    this.last = hash('sha256', `${this.last}\n${JSON.stringify(kept.map((field) => event[field]))}`);
    this.count += 1;
  }

  get events(): number {
    return this.count;
  }

  get digest(): string {
    return `sha256:${this.last}`;
  }
}

/** Whether the data are those that the writer digested; the digest is in the metadata of every event of ours. */
export const isIntact = ({ data, metadata }: RecordedEvent): boolean => {
  try {
    return (JSON.parse(metadata) as { readonly dataDigest?: unknown }).dataDigest === sha256(data);
  } catch {
    return false;
  }
};

/** Every event of one log, with its position in another that was seen to hold the same; both are read again, so that neither need be remembered. */
export async function* pairsOf(source: EventStore, target: EventStore, upTo: Position): AsyncGenerator<{ readonly event: RecordedEvent; readonly there: Position }, undefined> {
  const copies = eventsOf(target);
  for await (const event of eventsOf(source, upTo)) {
    const { value: copy } = await copies.next();
    const difference = copy === undefined ? 'everything' : differenceOf(event, copy);
    if (copy === undefined || difference !== undefined) throw new Refused(`The target was changed after it was verified: it no longer holds ${named(event)} (${difference} differs).`);
    yield { event, there: copy.position };
  }
  const { value: more } = await copies.next();
  if (more !== undefined) throw new Refused(`The target was written to after it was verified: it holds ${named(more)} now. Stop whatever writes there.`);
}
