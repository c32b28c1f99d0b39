import { idOf, sha256, uuidFrom, type CommandContext, type Commands, type EventStore, type StoredEvent } from '@program-ledger/event-sourcing';
import { issue, type Issue } from '@program-ledger/messaging';
import type { Views } from '@program-ledger/read-models';
import type { ProgrammeDirectory } from './directory.js';
import type { Due, TimerSource } from './timers.js';

export type Timing = {
  readonly directory: ProgrammeDirectory;
  readonly timers: readonly TimerSource[];
  readonly views: Views;
  readonly commands: Commands;
  readonly store: EventStore;
  /** The machine's clock: an ISO instant, UTC with milliseconds. */
  readonly now: () => string;
  readonly signal: AbortSignal;
  /** Told of everything that is tried again. Must not throw. */
  readonly report?: (trouble: TimerTrouble) => void;
};

export type TimerTrouble = { readonly programmeId: string | null; readonly error: unknown };

export const timerLimits = {
  /** How often the machine's clock is looked at, and what failed is tried again. */
  everyMs: 1_000,
  viewsWaitMs: 10_000,
  /** Timers of one programme in one go: more can only be timers that make each other for ever. */
  perMoveMax: 20_000,
} as const;

/** A timer's command was refused: its source names what is not due, or its decider is not quiet about what is done. */
export class TimerRefused extends Error {
  override readonly name = 'TimerRefused';
}

/**
 * Handles the timers of a service until the signal aborts: in a rehearsal when a programme's clock is set, up to the new time, and then
 * says that the service has followed; otherwise as the machine's clock goes. Two processes may run it: ids follow from the timers.
 */
export const runTimers = async (timing: Timing): Promise<void> => {
  await Promise.all([forEver(timing, () => rehearse(timing)), forEver(timing, () => keepTime(timing))]);
};

const forEver = async ({ signal, report }: Timing, run: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      await run();
    } catch (error) {
      if (!signal.aborted) report?.({ programmeId: null, error });
    }
    await pause(timerLimits.everyMs, signal);
  }
};

/** Catches up with every clock that is behind, then with each that is set from there on; ends when one could not be followed. */
const rehearse = async (timing: Timing): Promise<void> => {
  const { directory, views, store, signal } = timing;
  const head = await viewsAtHead(timing);
  const behind: string[] = [];
  for await (const { programmeId } of views.each(directory.clocks, { behind: true }, { kind: 'now' })) behind.push(programmeId);
  if (!(await followAll(timing, behind))) return;
  for await (const message of store.subscribe({ after: head, prefixes: [`${directory.clock.category}-`], signal })) {
    if (message.kind !== 'events') continue;
    const set = message.events.filter(({ type }) => type === 'clock-heard').map(({ stream }) => idOf(stream));
    if (!(await followAll(timing, [...new Set(set)]))) return;
  }
};

/** A programme whose timers fail does not hold up the others. */
const followAll = async (timing: Timing, programmes: readonly string[]): Promise<boolean> => {
  let all = true;
  for (const programmeId of programmes) {
    try {
      await followClock(timing, programmeId);
    } catch (error) {
      all = false;
      if (!timing.signal.aborted) timing.report?.({ programmeId, error });
    }
  }
  return all;
};

/** Follows every time that was set, in order: first the timers up to it, then the event that says so. */
export const followClock = async (timing: Timing, programmeId: string): Promise<void> => {
  const { commands, directory } = timing;
  for (;;) {
    const { state, history } = await commands.load(directory.clock, programmeId);
    const to = state.status === 'known' ? state.pending[0] : undefined;
    if (to === undefined) return;
    const cause = history.find(({ event }) => event.type === 'clock-heard' && event.to === to);
    await handleDue(timing, programmeId, to, cause);
    await handle(timing, issue(directory.clock, programmeId, { type: 'follow-clock', to }), contextOf(timing, [programmeId, 'follow-clock', to], cause));
  }
};

/** Handles what the machine's clock has made due, once; a programme whose timers fail does not hold up the others. */
const keepTime = async (timing: Timing): Promise<void> => {
  const { directory, views, now } = timing;
  for await (const { programmeId } of views.each(directory.clocks, { rehearsal: false }, { kind: 'now' })) {
    if (timing.signal.aborted) return;
    await handleDue(timing, programmeId, now()).catch((error: unknown) => timing.report?.({ programmeId, error }));
  }
};

/**
 * Handles everything due, earliest first. After each instant the sources are asked again, since a timer may have made another due or
 * left it nothing to do.
 */
export const handleDue = async (timing: Timing, programmeId: string, until: string, cause?: StoredEvent): Promise<void> => {
  const handled = new Set<string>();
  for (;;) {
    await viewsAtHead(timing);
    const next = (await due(timing, programmeId, until)).filter(({ occasion }) => !handled.has(occasion));
    if (next[0] === undefined) return;
    if (handled.size >= timerLimits.perMoveMax) throw new TimerRefused(`more than ${timerLimits.perMoveMax} timers of ${programmeId} by ${until}`);
    for (const { occasion, at, issue: command } of next) {
      if (at !== next[0].at) break;
      await handle(timing, command, contextOf(timing, [programmeId, occasion], cause));
      handled.add(occasion);
    }
  }
};

type Occasion = Due & { /** Time, source and timer: one timer may be due again at another time. */ readonly occasion: string };

/** What the sources name, in order of time; at the same time in order of their names. */
const due = async ({ timers, views }: Timing, programmeId: string, until: string): Promise<readonly Occasion[]> => {
  const named = async ({ name, due: ask }: TimerSource): Promise<readonly Occasion[]> =>
    (await ask(views, programmeId, until)).map((each) => ({ ...each, occasion: `${each.at} ${name}/${each.id}` }));
  return (await Promise.all(timers.map(named)))
    .flat()
    .filter(({ at }) => at <= until)
    .sort((one, next) => (one.occasion < next.occasion ? -1 : 1));
};

const viewsAtHead = async ({ store, views }: Timing): Promise<bigint> => {
  const head = await store.head();
  if (!(await views.reached(head, timerLimits.viewsWaitMs))) throw new Error(`the views have not come to ${head} within ${timerLimits.viewsWaitMs} ms`);
  return head;
};

const handle = async ({ commands }: Timing, { aggregate, id, command }: Issue, context: CommandContext): Promise<void> => {
  const handled = await commands.handle(aggregate, id, command, context);
  if (handled.status === 'rejected')
    throw new TimerRefused(`${command.type} on ${handled.stream}: ${JSON.stringify(handled.rejection)}`, { cause: handled.rejection });
  if (handled.status === 'key-reused' || handled.status === 'conflict') throw new Error(`${command.type} on ${handled.stream}: ${handled.status}`);
};

/** The ids follow from the timer alone: found due again after a crash, it is decided once. */
const contextOf = ({ directory }: Timing, parts: readonly string[], cause?: StoredEvent): CommandContext => {
  const commandId = uuidFrom(directory.service, 'timer', ...parts);
  const actor = `service:${directory.service}`;
  const own = { commandId, commandDigest: sha256(commandId), actor };
  if (cause === undefined) return { ...own, correlationId: commandId, causationId: commandId };
  const { correlationId, onBehalfOf, traceparent } = cause.metadata;
  return { ...own, correlationId, causationId: cause.id, ...(onBehalfOf !== undefined && { onBehalfOf }), ...(traceparent !== undefined && { traceparent }) };
};

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
