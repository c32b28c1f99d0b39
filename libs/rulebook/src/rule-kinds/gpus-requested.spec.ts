import { describe, expect, test } from '@jest/globals';
import { judged } from '../testing/index.js';

const asking = (gpus: number) => judged('gpus', (draft) => (draft.requestedGpus = gpus));

describe('gpus-requested', () => {
  test('gpus: both limits are in', () => {
    expect(asking(8)?.status).toBe('passed');
    expect(asking(64)?.status).toBe('passed');
  });

  test('gpus: beyond them it fails', () => {
    expect(asking(0)?.findings).toMatchObject([{ reason: 'too-few', found: '0' }]);
    expect(asking(72)?.findings).toMatchObject([{ reason: 'too-many', found: '72' }]);
  });

  test('gpus: only whole steps, and every failure is told', () => {
    expect(asking(60)?.findings).toMatchObject([{ reason: 'not-a-multiple', attribute: 'requestedGpus', found: '60' }]);
    expect(asking(7)?.findings.map((finding) => finding.reason)).toEqual(['too-few', 'not-a-multiple']);
  });
});
