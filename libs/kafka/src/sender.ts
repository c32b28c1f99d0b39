import { BrokerUnavailable } from '@program-ledger/messaging';
import { clientOf, type Surroundings } from './client.js';
import { failure, within } from './failures.js';
import { Kafka, type Message, type Producer, type TopicMessages } from './kafkajs.js';
import type { Entry } from './records.js';
import type { Sockets } from './sockets.js';

type Running = { readonly producer: Producer; readonly sockets: Sockets };

/**
 * kafkajs's idempotent producer, one send at a time. After a send whose outcome is unknown it is never used again: kafkajs takes the
 * sequence numbers back that the broker may have accepted, so that the next batch would look like the same one and be dropped without
 * a word; and it would go on trying the old batch by itself.
 */
export class Sender {
  private current: Promise<Running> | undefined;
  private closed = false;

  constructor(private readonly around: Surroundings) {}

  /** @throws BrokerUnavailable, BrokerAccessDenied */
  async send(entries: readonly Entry[]): Promise<void> {
    const { publishMsMax, requestMsMax } = this.around.limits;
    // What waited for something else meanwhile must not start a producer that nobody closes.
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
    const running = (this.current ??= this.start());
    try {
      const sent = running.then(({ producer }) => producer.sendBatch({ acks: -1, timeout: requestMsMax, topicMessages: topicMessages(entries) }));
      await within(publishMsMax, 'publish', sent);
    } catch (error) {
      this.discard(running, error);
      throw failure(error);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const running = await this.current?.catch(() => undefined);
    running?.sockets.destroy();
    await running?.producer.disconnect().catch(() => undefined);
  }

  private async start(): Promise<Running> {
    const { config, sockets } = clientOf(this.around);
    const producer = new Kafka(config).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: metadataMaxAgeMs,
      retry: { retries: Number.MAX_SAFE_INTEGER },
      createPartitioner: () => ({ message }) => message.partition ?? 0,
    });
    try {
      await within(this.around.limits.publishMsMax, 'connecting the publisher', producer.connect());
      return { producer, sockets };
    } catch (error) {
      sockets.destroy();
      throw error;
    }
  }

  private discard(running: Promise<Running>, error: unknown): void {
    if (this.current === running) this.current = undefined;
    running.then(({ sockets, producer }) => (sockets.destroy(), producer.disconnect())).catch(() => undefined);
    if (!this.closed) this.around.report({ kind: 'publisher-replaced', severity: 'warning', message: 'a send failed or its outcome is unknown: its producer is given up', error });
  }
}

const metadataMaxAgeMs = 300_000;

/** Entries are messages as kafkajs takes them. */
const topicMessages = (entries: readonly Entry[]): TopicMessages[] => {
  const topics = new Map<string, Message[]>();
  for (const entry of entries) {
    const messages = topics.get(entry.topic);
    if (messages === undefined) topics.set(entry.topic, [entry as Message]);
    else messages.push(entry as Message);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
};
