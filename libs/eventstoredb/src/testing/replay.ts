import { Client, credentials, Metadata, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestBytes, type Recording } from './recordings.js';

/** What came back: the frames, how the call ended if it did, and whether headers came before its end. */
export type Replayed = { readonly responses: readonly Buffer[]; readonly status: StatusObject | undefined; readonly hasHeaders: boolean };
export type ReplayOptions = {
  readonly port: number;
  readonly isRenamed: boolean;
  /** Changes a request on its way: the positions of another log. */
  readonly rewrite?: (bytes: Buffer) => Buffer;
  /** Done when so many answers are there. */
  readonly meanwhile?: Readonly<Record<number, () => Promise<unknown>>>;
  readonly deadlineMs?: number;
  /** Done when the sequence has come to its end, before the status is waited for. */
  readonly atTheEnd?: () => Promise<unknown>;
};

const waitMsMax = 8_000;
/** Long enough for an answer too many to show. */
const surplusMs = 15;

const same = (bytes: Buffer): Buffer => bytes;

/** Plays the client's side of a recording, frame by frame, in the order in which it was. */
export const replay = async (recording: Recording, options: ReplayOptions): Promise<Replayed> => {
  const client = new Client(`127.0.0.1:${options.port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(recording.requestMetadata)) if (['authorization', 'requires-leader'].includes(name)) metadata.set(name, value);
  const deadline = options.deadlineMs === undefined ? Infinity : Date.now() + options.deadlineMs;
  const call = client.makeBidiStreamRequest(recording.rpc, same, same, metadata, { deadline });
  try {
    return await played(recording, options, call);
  } finally {
    call.cancel();
    client.close();
  }
};

/** Where a call takes one request, its end is no event of its own. */
const isOneRequest = ({ rpc }: Recording): boolean => /Streams\/(Read|Delete|Tombstone)$|\/Create$/.test(rpc);

const played = async (recording: Recording, options: ReplayOptions, call: ClientDuplexStream<Buffer, Buffer>): Promise<Replayed> => {
  const responses: Buffer[] = [];
  let [status, hasHeaders]: [StatusObject | undefined, boolean] = [undefined, false];
  call.on('metadata', () => (hasHeaders = true));
  call.on('data', (frame: Buffer) => responses.push(frame));
  call.on('status', (ended: StatusObject) => (status = ended));
  call.on('error', () => undefined);
  const until = async (reached: () => boolean): Promise<void> => {
    const giveUpAt = Date.now() + waitMsMax;
    while (!reached()) {
      if (Date.now() > giveUpAt) throw new Error(`${recording.name}: waited in vain with ${responses.length} answers`);
      await sleep(1);
    }
  };
  const done = new Set<number>();
  const besides = async (): Promise<void> => {
    for (const [count, doing] of Object.entries(options.meanwhile ?? {}))
      if (!done.has(Number(count)) && responses.length >= Number(count)) {
        done.add(Number(count));
        await doing();
      }
  };
  for (const step of recording.sequence) {
    const [kind, index] = step.split(' ') as [string, string?];
    if (kind === 'req') call.write((options.rewrite ?? same)(requestBytes(recording, recording.request[Number(index)]!, options.isRenamed)));
    if (kind === 'end' || (kind === 'req' && isOneRequest(recording))) call.end();
    if (kind === 'res') await until(() => responses.length > Number(index) || status !== undefined);
    if (kind === 'res') await besides();
    if (kind === 'cancel' || kind === 'reset') {
      await sleep(surplusMs);
      call.cancel();
    }
    if (kind === 'status') {
      await options.atTheEnd?.();
      await until(() => status !== undefined);
    }
  }
  return { responses, status, hasHeaders };
};
