// Events as the services write them: some 200 bytes of data, some 700 of metadata with digests and identifiers.
import { createHash, randomUUID } from 'node:crypto';

const digest = `sha256:${createHash('sha256').update('bench').digest('hex')}`;
const rulebookDigest = digest;
const at = '2026-01-15T00:00:00.000Z';

/** A new event: `type`, `data` and `metadata` as values, which every side writes as JSON itself. */
export const newEvent = (index = 0) => {
  const commandId = randomUUID();
  return {
    type: 'gpu-hours-recorded',
    data: { at, gpuHours: 100 + (index % 900), grantId: commandId, note: `recorded as entry ${index}`, period: { from: '2026-01-01', to: '2026-01-31' } },
    metadata: {
      actor: 'bench-operator',
      causationId: commandId,
      commandDigest: digest,
      commandId,
      correlationId: commandId,
      dataDigest: digest,
      effectiveAt: at,
      recordedAt: new Date().toISOString(),
      role: 'gpu-operator',
      rulebookDigest,
      schemaVersion: '1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  };
};

export const eventsPerStream = 50;

/** Each caller writes a stream of its own, and after `eventsPerStream` events a new one. `next(caller)` is where its next event goes. */
export const streams = () => {
  const open = new Map();
  return {
    next: (caller) => {
      let stream = open.get(caller);
      if (stream === undefined || stream.length === eventsPerStream) open.set(caller, (stream = { name: `grant-${randomUUID()}`, length: 0 }));
      stream.length += 1;
      return { stream: stream.name, revision: stream.length - 1 };
    },
  };
};
