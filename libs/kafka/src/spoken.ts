import { UnsupportedBroker } from './failures.js';
import { inside, type ApiVersions } from './kafkajs.js';

/** The requests that the ports make of a broker. Not those of connecting (ApiVersions, SASL): they are behind us when this can be asked. */
export const using = [
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
] as const;

/** Those of the operator's acts: `declareTopics`, `grantKafkaAccess`. */
export const operating = ['Metadata', 'ListOffsets', 'CreateTopics', 'DescribeConfigs', 'AlterConfigs', 'DescribeAcls', 'CreateAcls', 'DeleteAcls'] as const;

/**
 * kafkajs takes its own newest version of a request or the broker's, whichever is older, and ignores the broker's oldest: a broker that
 * has raised it would hang up without a word. Asked here, before the first request.
 * @throws UnsupportedBroker
 */
export const assertSpoken = (versions: ApiVersions, requests: readonly string[] = using): void => {
  const refused = requests.flatMap((name) => {
    const { apiKey, versions: implemented } = inside.spoken[name] ?? { apiKey: -1, versions: [] };
    const offered = versions[String(apiKey)];
    if (offered === undefined) return [`${name} is not offered`];
    const newest = Math.max(...implemented);
    return newest < offered.minVersion ? [`${name} is offered from version ${offered.minVersion} on, kafkajs speaks up to ${newest}`] : [];
  });
  if (refused.length > 0) throw new UnsupportedBroker(`the broker and kafkajs have no common language: ${refused.join('; ')}`);
};
