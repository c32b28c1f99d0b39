import { sha256, type EventStore, type JsonObject, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { checkReferences, recompute, type DecisionRecord, type ReferenceDifference } from '@program-ledger/rulebook';
import { auditLimits, type Recomputation, type RecomputedDecision } from '@program-ledger/contracts/audit-ledger';
import { decisionRecordsIn } from '../domain/decision-records.js';

type Reference = { readonly stream: string; readonly revision: number };
type Recorded = Reference & { readonly pointer: string; readonly record: DecisionRecord };
type Collected = {
  readonly decisions: Recorded[];
  readonly malformed: (Reference & { readonly pointer: string })[];
  readonly rulebooks: Map<string, string>;
  readonly altered: Reference[];
};

/**
 * Evaluates every decision of the log again, up to a position: the rule text must hash to the digest that the decision names, each input
 * must stand where its reference points, and the evaluator must come to the recorded outcome.
 */
export const recomputeLog = async (store: EventStore, upTo: Position): Promise<Recomputation> => {
  const collected = await collect(store, upTo);
  const items: RecomputedDecision[] = [];
  const read = remembering((stream, revision) => readData(store, stream, revision));
  for (const decision of collected.decisions.slice(0, auditLimits.recomputedDecisionsMax)) items.push(await recomputeOne(read, decision, collected.rulebooks));
  items.push(...collected.malformed.map(damaged));
  return {
    decisions: items.length,
    differences: items.filter(({ same }) => !same).length,
    referencesRead: items.reduce((sum, { referencesRead }) => sum + referencesRead, 0),
    alteredEvents: collected.altered,
    items,
  };
};

const collect = async (store: EventStore, upTo: Position): Promise<Collected> => {
  const collected: Collected = { decisions: [], malformed: [], rulebooks: new Map(), altered: [] };
  for await (const page of store.readAll({ after: 0n, upTo })) for (const event of page) note(collected, event);
  return collected;
};

const note = (collected: Collected, event: RecordedEvent): void => {
  const { stream, revision } = event;
  const { dataDigest } = JSON.parse(event.metadata) as { dataDigest?: string };
  if (sha256(event.data) !== dataDigest) collected.altered.push({ stream, revision });
  const data = JSON.parse(event.data) as JsonObject;
  if (event.type === 'rulebook-enacted' && typeof data['text'] === 'string') collected.rulebooks.set(String(data['digest']), data['text']);
  const { found, malformed } = decisionRecordsIn(data);
  collected.decisions.push(...found.map(({ pointer, record }) => ({ stream, revision, pointer, record })));
  collected.malformed.push(...malformed.map((pointer) => ({ stream, revision, pointer })));
};

const recomputeOne = async (read: ReadData, { record, ...place }: Recorded, rulebooks: ReadonlyMap<string, string>): Promise<RecomputedDecision> => {
  const again = recompute(record, rulebooks.get(record.rulebookDigest) ?? '');
  const references = await checkReferences(record, read);
  const differences = [...(again.same ? [] : again.differences.map((pointer) => `${again.reason} at ${pointer === '' ? 'the whole' : pointer}`)), ...references.differences.map(inWords)];
  const { evaluator, version, outcome } = record;
  return { ...place, evaluator, version, recorded: outcome, recomputed: again.outcome, same: differences.length === 0, differences, referencesRead: references.read } as RecomputedDecision;
};

const inWords = ({ reference, reason }: ReferenceDifference): string => `${reason} of input ${reference.pointer} at ${reference.stream}@${reference.revision}${reference.source}`;

type ReadData = (stream: string, revision: number) => Promise<JsonObject | undefined>;

/** Many decisions rest on the same events: each is read once a run. */
const remembering = (read: ReadData): ReadData => {
  const known = new Map<string, Promise<JsonObject | undefined>>();
  return (stream, revision) => {
    const place = `${stream}@${revision}`;
    const found = known.get(place) ?? read(stream, revision);
    known.set(place, found);
    return found;
  };
};

const damaged = (place: Reference & { readonly pointer: string }): RecomputedDecision => ({
  ...place, evaluator: 'unknown', version: 0, recorded: null, recomputed: null, same: false, differences: ['the record cannot be read'], referencesRead: 0,
});

const readData = async (store: EventStore, stream: string, revision: number): Promise<JsonObject | undefined> => {
  for await (const page of store.read(stream, { from: revision, pageSize: 1 })) {
    const [event] = page;
    return event?.revision === revision ? (JSON.parse(event.data) as JsonObject) : undefined;
  }
  return undefined;
};
