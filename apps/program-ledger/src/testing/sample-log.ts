import { canonicalJson, encodeEvent, instance, instanceId, sha256, streamOf, uuidFrom, type EventStore, type InstanceMode, type ProposedEvent } from '@program-ledger/event-sourcing';
import { z } from 'zod';

/* Logs as services write them: an instance first, then streams of several categories, interleaved. */

const definition = { version: 1, schema: z.object({}) };
const instantOf = (count: number): string => new Date(Date.UTC(2025, 9, 31) + count * 1_000).toISOString();

export const sampleEvent = (count: number, text = 'as it was said'): ProposedEvent => {
  const id = uuidFrom('sample', String(count));
  const metadata = { recordedAt: instantOf(count), commandId: id, commandDigest: sha256(id), correlationId: id, causationId: id, actor: 'service:sample' };
  return encodeEvent({ type: 'noted', at: instantOf(count), count, text } as never, definition, id, metadata);
};

const declaration = (mode: InstanceMode): ProposedEvent => {
  const [at, id] = [instantOf(0), uuidFrom('sample', 'instance')];
  const metadata = { recordedAt: at, commandId: id, commandDigest: sha256(id), correlationId: id, causationId: id, actor: 'service:platform' };
  return encodeEvent({ type: 'instance-declared', mode, at } as never, definition, id, metadata);
};

const categories = ['programme', 'panel', 'grant', 'agreement'] as const;

/** Fills an empty log: of each append, `count % 4 + 1` events, in one of twelve streams. Texts are Korean, with what JSON escapes. */
export const fillLog = async (store: EventStore, appends: number, mode: InstanceMode = 'rehearsal'): Promise<void> => {
  await store.append(streamOf(instance.category, instanceId), 'none', [declaration(mode)]);
  const lengths = new Map<string, number>();
  let count = 0;
  for (let append = 0; append < appends; append += 1) {
    const stream = streamOf(categories[append % categories.length] ?? 'programme', uuidFrom('sample stream', String(append % 12)));
    const length = lengths.get(stream) ?? 0;
    const events = Array.from({ length: (append % 4) + 1 }, () => sampleEvent((count += 1), canonicalJson({ 말: '선정 "결과"\n', path: 'a\\b', zero: 0 })));
    await store.append(stream, length === 0 ? 'none' : length - 1, events);
    lengths.set(stream, length + events.length);
  }
};
