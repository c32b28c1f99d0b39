import { categoryOf, sha256, type EventMetadata, type EventStore, type JsonObject, type RecordedEvent } from '@program-ledger/event-sourcing';
import { serviceOfCategory, type LedgerEvent } from '@program-ledger/contracts/audit-ledger';
import { decisionRecordsIn } from '../domain/decision-records.js';

type Place = { readonly stream: string; readonly revision: number; readonly dataDigest: string };
type Causes = ReadonlyMap<string, { readonly stream: string; readonly revision: number; readonly type: string }>;

/** The event at a place, from the log itself. */
export const readPlace = async (store: EventStore, place: Place): Promise<RecordedEvent | undefined> => {
  for await (const [event] of store.read(place.stream, { from: place.revision, pageSize: 1 })) return event?.revision === place.revision ? event : undefined;
  return undefined;
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** An event as an auditor reads it. `indexed` is what the ledger took down when the event was new. */
export const shown = (event: RecordedEvent, indexed: Place, causes: Causes): LedgerEvent => {
  const metadata = JSON.parse(event.metadata) as EventMetadata;
  const data = JSON.parse(event.data) as JsonObject;
  const { found } = decisionRecordsIn(data);
  return {
    position: String(event.position),
    stream: event.stream,
    revision: event.revision,
    id: event.id,
    type: event.type,
    service: serviceOfCategory[categoryOf(event.stream)] ?? 'unknown',
    recordedAt: metadata.recordedAt,
    effectiveAt: metadata.effectiveAt,
    who: { actor: metadata.actor, onBehalfOf: metadata.onBehalfOf ?? null, role: metadata.role ?? null },
    why: { reason: text(data['reason']), commandId: metadata.commandId, correlationId: metadata.correlationId, cause: causes.get(metadata.causationId) ?? null },
    rulebookDigest: metadata.rulebookDigest ?? found[0]?.record.rulebookDigest ?? null,
    decisions: found.map(({ record }) => ({
      evaluator: record.evaluator,
      version: record.version,
      rulebookDigest: record.rulebookDigest,
      evidence: record.references.map(({ stream, revision }) => ({ stream, revision })),
    })),
    data: data as LedgerEvent['data'],
    dataDigest: metadata.dataDigest,
    intact: sha256(event.data) === metadata.dataDigest && metadata.dataDigest === indexed.dataDigest,
  };
};

/** The id that the cause of an event may have: a message bears the id of the event that it tells of. */
export const causeIdOf = (event: RecordedEvent): string => (JSON.parse(event.metadata) as EventMetadata).causationId;
