import { expect, test } from '@jest/globals';
import { Publisher, type Message, type Outgoing } from '@program-ledger/messaging';
import { ForeignTopic, GuardedPublisher } from './guarded-publisher.js';

class Remembering extends Publisher {
  readonly topics: string[] = [];
  override publish(outgoing: readonly Outgoing[]): Promise<void> {
    this.topics.push(...outgoing.map(({ topic }) => topic));
    return Promise.resolve();
  }
}

const envelope = { id: '1', type: 'review.stage-decided.v1', source: '/program-ledger/review', subject: 'decision-1', time: '2025-10-31T00:00:00.000Z', sequence: '0', key: 'decision-1' };
const message: Message = { ...envelope, correlationid: '1', causationid: '1', actor: 'service:review', data: {} };

test('a service publishes to its own topics, and nothing of a batch that holds a foreign one', async () => {
  const sent = new Remembering();
  const guarded = new GuardedPublisher(sent, 'review', ['review.decision']);
  await guarded.publish(['review.decision', 'review.follows'].map((topic) => ({ topic, message })));
  await expect(guarded.publish(['review.decision', 'funding.agreement'].map((topic) => ({ topic, message })))).rejects.toThrow(new ForeignTopic('review', 'funding.agreement'));
  expect(sent.topics).toEqual(['review.decision', 'review.follows']);
});
