import features from '@eventstore/db-client/generated/serverfeatures_pb.js';

/** Services, methods and features as EventStoreDB 24.6.0 announces them. */
const announced: readonly (readonly [service: string, methods: string, features: string])[] = [
  ['persistent_subscriptions.persistentsubscriptions', 'create update delete read getinfo replayparked list restartsubsystem', 'stream all'],
  ['users.users', 'create update delete disable enable details changepassword resetpassword', ''],
  ['streams.streams', 'read', 'position events'],
  ['streams.streams', 'append delete tombstone', ''],
  ['streams.streams', 'batchappend', 'deadline_duration'],
  ['operations.operations', 'startscavenge stopscavenge shutdown mergeindexes resignnode setnodepriority restartpersistentsubscriptions', ''],
  ['gossip.gossip', 'read', ''],
  ['monitoring.monitoring', 'stats', ''],
  ['server_features.serverfeatures', 'getsupportedmethods', ''],
  ['redaction.redaction', 'geteventpositions switchchunks', ''],
];

export const supportedMethods = (): features.SupportedMethods => {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion('24.6.0');
  for (const [service, methods, names] of announced)
    for (const name of methods.split(' ')) {
      const method = new features.SupportedMethod();
      method.setServiceName(`event_store.client.${service}`);
      method.setMethodName(name);
      method.setFeaturesList(names.split(' ').filter((feature) => feature !== ''));
      answer.addMethods(method);
    }
  return answer;
};
