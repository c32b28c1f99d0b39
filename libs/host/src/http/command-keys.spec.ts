import { expect, test } from '@jest/globals';
import { CommandKeys, commandKeyLimits } from './command-keys.js';

test('a key stands for one request: under way, done, and as often as it is repeated', () => {
  const keys = new CommandKeys();
  const first = keys.begin('a', '1');
  const again = keys.begin('a', '1');
  expect(() => keys.begin('a', '2')).toThrow('idempotency-key-reused');
  first(false);
  expect(() => keys.begin('a', '2')).toThrow('idempotency-key-reused');
  again(true);
  expect(() => keys.begin('a', '2')).toThrow('idempotency-key-reused');
  keys.begin('a', '1')(true);
});

test('a key whose request was refused is free for another', () => {
  const keys = new CommandKeys();
  keys.begin('a', '1')(false);
  keys.begin('a', '2')(true);
  expect(() => keys.begin('a', '1')).toThrow();
});

test('the oldest key is forgotten at the limit', () => {
  const keys = new CommandKeys();
  for (let key = 0; key <= commandKeyLimits.rememberedMax; key += 1) keys.begin(String(key), '1')(true);
  expect(() => keys.begin('1', '2')).toThrow();
  keys.begin('0', '2')(true);
});
