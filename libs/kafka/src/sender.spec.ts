import { expect, test } from '@jest/globals';
import { kafkaLimits } from './options.js';
import { Sender } from './sender.js';

test('nothing is sent, and no producer is begun, after the end', async () => {
  const sender = new Sender({ brokers: ['127.0.0.1:1'], clientId: 'ended', limits: kafkaLimits, report: () => undefined });
  await sender.close();
  await expect(sender.send([{ topic: 'topic', partition: 0, key: 'a', value: '{}', headers: {}, bytes: 10 }])).rejects.toThrow('the broker is closed');
});
