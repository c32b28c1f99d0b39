import featureStubs from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import persistentStubs from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import streamStubs from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { batchAppend } from './batch-append.js';
import { openDoor } from './door.js';
import { supportedMethods } from './features.js';
import type { DoubleLog } from './log.js';
import { grpcError } from './messages.js';
import { DoubleNode, type Faults } from './node.js';
import * as persistentSubscriptions from './persistent.js';
import { read } from './reads.js';
import { append, deleteStream, tombstoneStream } from './writes.js';

/** What the server was started with; the rest of what it does is decided by what is asked of it. */
export type DoubleOptions = {
  readonly appendBytesMax?: number;
  /** Any free one unless said. */
  readonly port?: number;
  /** Done to the log before anybody can come in. */
  readonly prepare?: (log: DoubleLog) => void;
};

/** EventStoreDB 24.6 as its protocol shows it, for tests only: one node, insecure, in memory. */
export type Double = {
  /** Of the one address that it keeps, through kills and restarts. */
  readonly url: string;
  readonly port: number;
  readonly node: DoubleNode;
  readonly faults: Faults;
  /** Breaks every connection at once (RST), as a crash does; the next connection is taken. */
  cut(): void;
  /** Takes nothing more from the connections that are open, as a stopped process does, until they are cut. */
  stall(): void;
  /** Breaks every connection and takes none until `restart`; what was committed stays. */
  kill(): Promise<void>;
  /** Ends every connection in order (FIN), as a server that is told to stop does. */
  stop(): Promise<void>;
  /** Comes back at the same address with the same log; ids of appends with `any` are forgotten, as by a real restart. */
  restart(): Promise<void>;
  /** The same, started with something else. */
  restartWith(options: Pick<DoubleOptions, 'appendBytesMax'>): Promise<void>;
  /** Ends every open subscription, as the server does to a consumer that is too slow. */
  dropSubscriptions(): void;
  /** How many connections of clients are open. */
  connections(): number;
  close(): Promise<void>;
};

const appendBytesMaxDefault = 1_048_576;

export const startDouble = async ({ appendBytesMax = appendBytesMaxDefault, port: at = 0, prepare }: DoubleOptions = {}): Promise<Double> => {
  // The node breaks connections by itself when it is to lose an answer.
  let cut = (): void => undefined;
  const node = new DoubleNode(appendBytesMax, () => cut());
  prepare?.(node.log);
  const server = serverOf(node);
  const inner = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error === null ? resolve(port) : reject(error))),
  );
  const door = await openDoor({ host: '127.0.0.1', port: inner }, at);
  ({ cut } = door);
  const { port } = door;
  const restartWith = async (options: Pick<DoubleOptions, 'appendBytesMax'>): Promise<void> => {
    node.appendBytesMax = options.appendBytesMax ?? appendBytesMaxDefault;
    node.log.reopen();
    await door.open();
  };
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    node,
    faults: node.faults,
    cut,
    stall: door.stall,
    kill: door.shut,
    stop: door.end,
    restart: () => restartWith({ appendBytesMax }),
    restartWith,
    dropSubscriptions: () => {
      for (const subscription of [...node.openSubscriptions]) subscription.fail(grpcError(1, 'Operation cancelled: the subscription was too slow'));
    },
    connections: door.connections,
    close: async () => {
      await door.shut().catch(() => undefined);
      server.forceShutdown();
    },
  };
};

const serverOf = (node: DoubleNode): Server => {
  const server = new Server();
  const noted =
    <Call extends { getPath(): string }, Rest extends unknown[]>(handle: (node: DoubleNode, call: Call, ...rest: Rest) => void) =>
    (call: Call, ...rest: Rest): void => {
      node.calls.push(call.getPath());
      handle(node, call, ...rest);
    };
  server.addService(streamStubs.StreamsService, {
    read: noted(read),
    append: noted(append),
    delete: noted(deleteStream),
    tombstone: noted(tombstoneStream),
    batchAppend: noted(batchAppend),
  });
  server.addService(featureStubs.ServerFeaturesService, {
    getSupportedMethods: (_call: unknown, answer: (error: null, value: ReturnType<typeof supportedMethods>) => void) => answer(null, supportedMethods()),
  });
  const { create, read: deliver } = persistentStubs.PersistentSubscriptionsService;
  server.addService({ create, read: deliver }, { create: noted(persistentSubscriptions.create), read: noted(persistentSubscriptions.read) });
  answerUnknownMethods(server);
  return server;
};

/** What no service has is refused in the server's words; grpc-js has its own, and no other place to say so. */
const answerUnknownMethods = (server: Server): void => {
  const handlers = Reflect.get(server, 'handlers') as Map<string, unknown>;
  const known = handlers.get.bind(handlers);
  const unimplemented = {
    func: (call: { emit(event: 'error', error: Error): unknown }) => call.emit('error', grpcError(12, 'Method is unimplemented.')),
    serialize: () => Buffer.alloc(0),
    deserialize: () => ({}),
    type: 'bidi',
    path: '',
  };
  handlers.get = (path) => known(path) ?? unimplemented;
};
