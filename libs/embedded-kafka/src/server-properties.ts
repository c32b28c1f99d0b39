import { messagingLimits } from '@program-ledger/messaging';

/** A broker that knows who calls: TLS on every listener, and nobody may do what no rule allows. All in PEM; the key in PKCS #8. */
export type KafkaSecurity = {
  /** Signs the broker's certificate and those of clients that come with one. */
  readonly ca: string;
  /** For 127.0.0.1, usable by servers and by clients, common name `broker`: the broker also calls itself. */
  readonly certificate: string;
  readonly key: string;
  /** Password of each user (SCRAM-SHA-512), written into the storage when it is made. `admin` among them may do everything. */
  readonly users: Readonly<Record<string, string>>;
};

export type Ports = { readonly client: number; readonly controller: number; /** Clients that show a certificate instead of a password. */ readonly certificate: number };

/** Of a broker on the machine of its only clients. A batch is what a producer sends to a partition at once: twice a message's limit. */
export const brokerLimits = { batchBytesMax: messagingLimits.messageBytesMax * 2, heapMbByDefault: 256 } as const;

type Properties = Readonly<Record<string, string | number>>;

const always: Properties = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': 'false',
  'message.max.bytes': brokerLimits.batchBytesMax,
  'replica.fetch.max.bytes': brokerLimits.batchBytesMax,
  // Nothing goes by age: neither messages nor the places of groups that stood still for long.
  'log.retention.ms': -1,
  'offsets.retention.minutes': 5_256_000,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 2,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,
  // A broker that was killed may register again only when its controller has given up the one before: 9 s by default.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 3_000,
  // One machine, a few clients.
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'log.cleaner.dedupe.buffer.size': 8_388_608,
  'log.index.size.max.bytes': 1_048_576,
};

const open = ({ client, controller }: Ports): Properties => ({
  listeners: `CLIENT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `CLIENT://127.0.0.1:${client}`,
  'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'CLIENT',
});

const secured = ({ client, controller, certificate }: Ports, keys: KeyFiles): Properties => ({
  listeners: `CLIENT://127.0.0.1:${client},CERTIFICATE://127.0.0.1:${certificate},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `CLIENT://127.0.0.1:${client},CERTIFICATE://127.0.0.1:${certificate}`,
  'listener.security.protocol.map': 'CLIENT:SASL_SSL,CERTIFICATE:SSL,CONTROLLER:SSL',
  'inter.broker.listener.name': 'CERTIFICATE',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keys.own,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': keys.trusted,
  'listener.name.certificate.ssl.client.auth': 'required',
  'listener.name.controller.ssl.client.auth': 'required',
  // The common name is the principal: the same name as the user with a password.
  'ssl.principal.mapping.rules': 'RULE:^(?:.*,)?CN=([a-zA-Z0-9._-]+)(?:,.*)?$/$1/,DEFAULT',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'false',
  'super.users': 'User:broker;User:admin',
});

/** Files that only this user reads: the broker's key with its certificate, and whom it trusts. */
export type KeyFiles = { readonly own: string; readonly trusted: string };

/** `server.properties` of one broker that is its own controller. */
export const serverProperties = (ports: Ports, data: string, keys: KeyFiles | undefined, more: Properties): string => {
  const properties: Properties = {
    ...always,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'log.dirs': data,
    ...(keys === undefined ? open(ports) : secured(ports, keys)),
    ...more,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
};
