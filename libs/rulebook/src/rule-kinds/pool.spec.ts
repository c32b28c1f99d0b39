import { describe, expect, test } from '@jest/globals';
import { checkRulebook } from '../index.js';
import { exampleDocument } from '../testing/index.js';

const issues = (capacity: number, serverSize: number) => {
  const draft = exampleDocument();
  Object.assign(draft.pool, { capacity, serverSize });
  return checkRulebook(draft).map(({ code, pointer }) => `${code} ${pointer}`);
};

describe('pool', () => {
  test('pool: every seat has its GPUs in every phase', () => {
    expect(issues(128, 8)).toEqual([]);
    expect(issues(127, 8)).toEqual(['pool-exceeded /phases/0/gpus', 'pool-exceeded /phases/1/gpus']);
  });

  test('pool: GPUs come in whole servers', () => expect(issues(128, 24)).toEqual(['not-whole-servers /phases/0/gpus', 'not-whole-servers /phases/1/gpus']));
});
