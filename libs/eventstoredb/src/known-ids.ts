import type { ProposedEvent, RecordedEvent } from '@program-ledger/event-sourcing';

/** Ids that are remembered over all streams; those of the longest unused streams go first. */
export const knownIdsMax = 250_000;

type Stream = Map<string, number>;

/**
 * Which ids are in a stream, from its first revision on without a gap, as far as this process has read or written it. The server
 * takes an id at a new revision for a new event, and forgets at a restart what it knew of ids sent with `any`: here ids decide.
 */
export class KnownIds {
  private readonly streams = new Map<string, Stream>();
  private total = 0;

  /** How many revisions of a stream are known: the next one is not. */
  length(stream: string): number {
    return this.streams.get(stream)?.size ?? 0;
  }

  /** Events that do not follow on what is known are not remembered. */
  note(events: readonly Pick<RecordedEvent, 'stream' | 'revision' | 'id'>[]): void {
    for (const { stream, revision, id } of events) {
      const ids = this.length(stream) === revision || this.streams.has(stream) ? this.touch(stream) : undefined;
      // An id twice in one stream was written by somebody else: the first stands, and the second counts under a key of its own.
      if (ids?.size === revision) this.add(ids, ids.has(id) ? `${id}@${revision}` : id, revision);
    }
    while (this.total > knownIdsMax && this.streams.size > 1) this.forget(this.streams.keys().next().value!);
  }

  /** Whether these events are all in the stream, one after the other, or some of them, or none; and the revision of the last. */
  find(stream: string, events: readonly Pick<ProposedEvent, 'id'>[]): { readonly kind: 'none' | 'some' } | { readonly kind: 'all'; readonly last: number } {
    const ids = this.streams.get(stream);
    const first = ids?.get(events[0]!.id);
    if (ids === undefined || !events.some(({ id }) => ids.has(id))) return { kind: 'none' };
    const isRun = first !== undefined && events.every(({ id }, index) => ids.get(id) === first + index);
    return isRun ? { kind: 'all', last: first + events.length - 1 } : { kind: 'some' };
  }

  forget(stream: string): void {
    this.total -= this.length(stream);
    this.streams.delete(stream);
  }

  private touch(stream: string): Stream {
    const ids = this.streams.get(stream) ?? new Map<string, number>();
    this.streams.delete(stream);
    this.streams.set(stream, ids);
    return ids;
  }

  private add(ids: Stream, id: string, revision: number): void {
    ids.set(id, revision);
    this.total += 1;
  }
}
