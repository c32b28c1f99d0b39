import { decoded, recordings, responseBytes, streamsNamed, type Recording } from './recordings.js';

/* What the answer of each recorded scenario depends on, and therefore in which orders the scenarios may be played. */

export type Freedom = {
  readonly name: string;
  /** Why its scenarios keep a place; undefined where they keep none. */
  readonly reason: string | undefined;
  has(recording: Recording): boolean;
};

const named =
  (...names: readonly string[]) =>
  ({ name }: Recording): boolean =>
    names.includes(name);

const isOfClient = ({ name }: Recording): boolean => name.startsWith('client-');
const isApart = ({ name }: Recording): boolean => /^(down|starting|killed|stopped|deadline|not-ready)-|-max-size-64$|-fell-behind$/.test(name);
const isFirst = named('batch-append-no-stream', 'batch-append-exact', 'batch-append-any', 'batch-append-any-new-stream', 'batch-append-stream-exists');
const isLast = named('tombstone', 'tombstone-missing');
const isNoise = named('noise-1', 'pay-1', 'noise-2', 'pay-2', 'noise-3', 'sub-all-live-noise', 'sub-all-live-match');
/** The first events of the streams that `all-filter-prefix` shows, and the first of those that it would show were they there before. */
const isShown = named('batch-append-structured-uuid', 'batch-append-no-deadline', 'append-success', 'setup-delete');
const isDuring = named('sub-stream-live-append', 'sub-stream-missing-append', 'sub-stream-from-end', 'sub-stream-live-tombstone', 'sub-stream-soft-deleted-append');
const isOfAll = ({ name }: Recording): boolean => /^(all|sub-all)-/.test(name);
const isKept = (recording: Recording): boolean =>
  [isOfClient, isApart, isFirst, isLast, isNoise, isShown, isDuring].some((has) => has(recording));

/** Every scenario is in exactly one. */
export const freedoms: readonly Freedom[] = [
  { name: 'streams', reason: undefined, has: (recording) => !isKept(recording) && !isOfAll(recording) },
  { name: 'reads of the log', reason: 'what was written before is their answer: they change places among themselves only', has: (recording) => isOfAll(recording) && !isKept(recording) },
  { name: 'the first events', reason: 'reads of the log from its start show them', has: isFirst },
  { name: 'the last events', reason: 'a read of the log from its end shows them', has: isLast },
  { name: 'few among many', reason: 'where checkpoints fall is counted over these and nothing between them', has: isNoise },
  { name: 'a filtered read', reason: 'a read of the log shows the first three events of some streams: these come in their order', has: isShown },
  { name: 'during a subscription', reason: 'they are done while another scenario’s call is open', has: isDuring },
  { name: 'clients', reason: 'one program’s calls in its order, some of which read the log', has: isOfClient },
  { name: 'a server in another state', reason: 'the server is stopped, killed, started or set up otherwise: they come last', has: isApart },
];

/** A client keeps one call for all its appends, from its first to its last: what it did between two of them is done in between. */
const clientCalls = (client: string, from: number, upTo: number): readonly string[] =>
  Array.from({ length: upTo - from + 1 }, (_, index) => `${client}#${from + index}`);

/** Done while a call is open: after so many of its answers. */
export const meanwhile: Readonly<Record<string, Readonly<Record<number, readonly string[]>>>> = {
  'sub-stream-catch-up': { 6: ['sub-stream-live-append'] },
  'sub-stream-missing': { 2: ['sub-stream-missing-append'], 3: ['sub-stream-from-end'] },
  'sub-stream-from-end': { 2: ['sub-stream-live-tombstone'] },
  'sub-stream-soft-deleted': { 2: ['sub-stream-soft-deleted-append'] },
  'client-db-client-6.2.1#1': { 2: clientCalls('client-db-client-6.2.1', 2, 9) },
  'client-kurrentdb-client-1.3.1#1': { 2: clientCalls('client-kurrentdb-client-1.3.1', 2, 10) },
  'sub-all-filter-checkpoints': { 15: ['sub-all-live-match'], 14: ['sub-all-live-noise'] },
};
const during = new Set(Object.values(meanwhile).flatMap((steps) => Object.values(steps).flat()));

export const recordingNamed = (name: string): Recording => recordings().find((recording) => recording.name === name)!;

/** Those that are begun one after the other on a server that runs, in the order of the recordings. */
export const inTurn = (): readonly Recording[] => recordings().filter((recording) => !isApart(recording) && !during.has(recording.name));

/** A scenario with what is done while its call is open. */
type Unit = {
  readonly recording: Recording;
  /** Metadata belongs to its stream. */
  readonly streams: ReadonlySet<string>;
  /** Whether it changes what others read: appends and removals that the server took, and the making of a group. */
  readonly writes: boolean;
  readonly readsLog: boolean;
};

const withThoseDuring = (recording: Recording): readonly Recording[] => [
  recording,
  ...Object.values(meanwhile[recording.name] ?? {}).flatMap((names) => names.flatMap((name) => withThoseDuring(recordingNamed(name)))),
];

const isTaken = (recording: Recording): boolean => {
  if (recording.rpc.endsWith('/Create')) return true;
  if (!/(Append|Delete|Tombstone)$/.test(recording.rpc)) return false;
  return responseBytes(recording).some((bytes) => /"(success|position)":/.test(JSON.stringify(decoded(recording.rpc, bytes))));
};

const unitOf = (recording: Recording): Unit => {
  const parts = withThoseDuring(recording);
  return {
    recording,
    streams: new Set(parts.flatMap(streamsNamed).map((stream) => stream.replace(/^\$\$/, ''))),
    writes: parts.some(isTaken),
    readsLog: parts.some((part) => isOfAll(part) || isOfClient(part)),
  };
};

/** Whether the one that was recorded first must be played first. */
const precedes = (one: Unit, two: Unit): boolean => {
  const [first, second] = [one.recording, two.recording];
  if (isOfClient(first) && first.order.toFixed(0) === second.order.toFixed(0)) return true;
  if ((one.readsLog && two.writes) || (two.readsLog && one.writes)) return true;
  if (one.writes && two.writes && (isFirst(first) || isLast(second) || isNoise(second) || (isShown(first) && isShown(second)))) return true;
  return (one.writes || two.writes) && [...one.streams].some((stream) => two.streams.has(stream));
};

/** A small generator of numbers below one: the same for the same seed. */
const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

let waits: ReadonlyMap<Recording, readonly Recording[]> | undefined;

/** For each scenario those that must have been played before it. */
const waitsFor = (): ReadonlyMap<Recording, readonly Recording[]> => {
  const units = inTurn().map(unitOf);
  return new Map(units.map((two, index) => [two.recording, units.slice(0, index).filter((one) => precedes(one, two)).map(({ recording }) => recording)]));
};

/** Another order in which every answer is still due, drawn from all of them by a seed. */
export const reordered = (seed: number): readonly Recording[] => {
  const draw = random(seed);
  waits ??= waitsFor();
  const left = new Set(waits.keys());
  const order: Recording[] = [];
  while (left.size > 0) {
    const ready = [...left].filter((recording) => waits!.get(recording)!.every((other) => !left.has(other)));
    const next = ready[Math.floor(draw() * ready.length)]!;
    order.push(next);
    left.delete(next);
  }
  return order;
};
