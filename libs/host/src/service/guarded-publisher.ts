import { followsTopicOf, Publisher, type Outgoing } from '@program-ledger/messaging';

/** The broker as the relays of one service may use it: they publish to its own topics. */
export class GuardedPublisher extends Publisher {
  private readonly topics: ReadonlySet<string>;

  constructor(
    private readonly publisher: Publisher,
    private readonly service: string,
    published: readonly string[],
  ) {
    super();
    this.topics = new Set([...published, followsTopicOf(service)]);
  }

  /** @throws ForeignTopic, before anything is sent, when a topic is another service's: a mistake of the code, never of a request. */
  override async publish(outgoing: readonly Outgoing[]): Promise<void> {
    const foreign = outgoing.find(({ topic }) => !this.topics.has(topic));
    if (foreign !== undefined) throw new ForeignTopic(this.service, foreign.topic);
    return this.publisher.publish(outgoing);
  }
}

export class ForeignTopic extends Error {
  override readonly name = 'ForeignTopic';
  constructor(service: string, topic: string) {
    super(`${service} may not publish to ${topic}: it belongs to another service`);
  }
}
