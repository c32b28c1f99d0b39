import { decodeEvent, streamOf, type EventDefinition, type EventStore } from '@program-ledger/event-sourcing';
import type { ClockAggregate, ClockEvent, ClockState } from './clock.js';

/** This service has not heard of the programme: it does not exist, or the message is still on its way. Answered as 404. */
export class ProgrammeUnknown extends Error {
  override readonly name = 'ProgrammeUnknown';
  readonly code = 'programme-unknown';
  constructor(readonly programmeId: string) {
    super(`programme ${programmeId} is not known here`);
  }
}

export type ProgrammeClocksOptions = {
  readonly store: EventStore;
  readonly clock: ClockAggregate;
  /** The machine's clock: an ISO instant, UTC with milliseconds. */
  readonly now: () => string;
};

type Known = Extract<ClockState, { status: 'known' }>;
type Read = { readonly state: ClockState; readonly next: number };

/** Programmes whose clocks are kept in memory; their streams are read on from there. */
const programmesKeptMax = 1_000;

/** Programme time: the followed clock in a rehearsal, the machine's otherwise. */
export class ProgrammeClocks {
  private readonly kept = new Map<string, Read>();

  constructor(private readonly options: ProgrammeClocksOptions) {}

  /** The `at` of a command that comes now. @throws ProgrammeUnknown */
  async now(programmeId: string): Promise<string> {
    const { rehearsal, clock } = await this.known(programmeId);
    return rehearsal ? clock : this.options.now();
  }

  /** IANA name of the zone that the programme's days are of. @throws ProgrammeUnknown */
  async zone(programmeId: string): Promise<string> {
    return (await this.known(programmeId)).timeZone;
  }

  private async known(programmeId: string): Promise<Known> {
    const kept = this.kept.get(programmeId)?.state;
    // Zone and kind never change; only a rehearsal's clock has to be read again.
    const state = kept?.status === 'known' && !kept.rehearsal ? kept : await this.read(programmeId);
    if (state.status === 'unknown') throw new ProgrammeUnknown(programmeId);
    return state;
  }

  private async read(programmeId: string): Promise<ClockState> {
    const { store, clock } = this.options;
    const definitions = clock.events as Readonly<Record<string, EventDefinition<ClockEvent>>>;
    let { state, next } = this.kept.get(programmeId) ?? { state: clock.initial, next: 0 };
    for await (const page of store.read(streamOf(clock.category, programmeId), { from: next }))
      for (const recorded of page) {
        state = clock.evolve(state, decodeEvent(definitions, recorded).event);
        next = recorded.revision + 1;
      }
    if (this.kept.size >= programmesKeptMax) this.kept.clear();
    if (state.status === 'known') this.kept.set(programmeId, { state, next });
    return state;
  }
}
