import { UnsupportedBroker } from './failures.js';
import { inside, type ApiVersions } from './kafkajs.js';

/** The requests that this library makes of a broker; `Sasl…` only where a password is asked for. */
const made = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'GroupCoordinator',
  'JoinGroup',
  'Heartbeat',
  'LeaveGroup',
  'SyncGroup',
  'InitProducerId',
  'CreateTopics',
] as const;

/**
 * kafkajs takes its own newest version of a request or the broker's, whichever is older, and ignores the broker's oldest: a broker that
 * has raised it would hang up without a word. Asked here, before the first request.
 * @throws UnsupportedBroker
 */
export const assertSpoken = (versions: ApiVersions): void => {
  const refused = made.flatMap((name) => {
    const { apiKey, versions: implemented } = inside.spoken[name] ?? { apiKey: -1, versions: [] };
    const offered = versions[String(apiKey)];
    if (offered === undefined) return [`${name} is not offered`];
    const newest = Math.max(...implemented);
    return newest < offered.minVersion ? [`${name} is offered from version ${offered.minVersion} on, kafkajs speaks up to ${newest}`] : [];
  });
  if (refused.length > 0) throw new UnsupportedBroker(`the broker and kafkajs have no common language: ${refused.join('; ')}`);
};
