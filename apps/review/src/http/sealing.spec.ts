import { sha256, uuidFrom } from '@program-ledger/event-sourcing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commitmentTo } from '../domain/panel/commitment.js';
import { Sealing, unseal } from './sealing.js';

const sealing = new Sealing('a secret of at least thirty-two characters');
const place = { panelId: uuidFrom('panel'), assessmentId: uuidFrom('assessment'), commandId: uuidFrom('command') };
const judgement = { scores: [{ criterion: 'goals', score: '87' }], opinion: '근거가 충분하다.' };

describe('a seal', () => {
  test('is broken by the panel’s key, which anybody has after the opening', () => {
    const sealed = sealing.seal(place, judgement);
    expect(unseal(sealing.keyOf(place.panelId), place.assessmentId, sealed)).toMatchObject(judgement);
  });
  test('commits to what is in it, so that anybody can hold the opening against it', () => {
    const seal = sealing.seal(place, judgement);
    const { scores, opinion, salt } = unseal(sealing.keyOf(place.panelId), place.assessmentId, seal);
    expect(commitmentTo({ assessmentId: place.assessmentId, scores, opinionDigest: sha256(opinion), salt })).toBe(seal.commitment);
  });
  test('is not broken by the key of another panel, nor under the name of another assessment, nor after a change', () => {
    const seal = sealing.seal(place, judgement);
    const key = sealing.keyOf(place.panelId);
    expect(() => unseal(sealing.keyOf(uuidFrom('other panel')), place.assessmentId, seal)).toThrow();
    expect(() => unseal(key, uuidFrom('other assessment'), seal)).toThrow();
    expect(() => unseal(key, place.assessmentId, { ...seal, ciphertext: `A${seal.ciphertext.slice(1)}` })).toThrow();
  });
  test('is the same for the same request, and another for the same scores of somebody else', () => {
    expect(sealing.seal(place, judgement)).toEqual(sealing.seal(place, judgement));
    const other = sealing.seal({ ...place, assessmentId: uuidFrom('other') }, judgement);
    expect(other.commitment).not.toBe(sealing.seal(place, judgement).commitment);
    expect(other.nonce).not.toBe(sealing.seal(place, judgement).nonce);
  });
  test('does not tell by its length what is in it', () => {
    const lengths = ['0', '9', '100', '99.999'].map(
      (score) => sealing.seal(place, { ...judgement, scores: [{ criterion: 'goals', score }] }).ciphertext.length,
    );
    expect(new Set(lengths).size).toBe(1);
  });
  test('gives back whatever was sealed', () => {
    const anything = fc.record({
      scores: fc.array(fc.record({ criterion: fc.constantFrom('goals', 'record'), score: fc.integer({ min: 0, max: 999_999 }).map(String) }), {
        maxLength: 30,
      }),
      opinion: fc.string({ maxLength: 4000 }),
    });
    fc.assert(
      fc.property(anything, (each) => expect(unseal(sealing.keyOf(place.panelId), place.assessmentId, sealing.seal(place, each))).toMatchObject(each)),
      { numRuns: 50 },
    );
  });
});

test('the digest of a request with scores is blinded: nobody can find the scores by trying', () => {
  const digest = sha256('{"score":"87"}');
  expect(sealing.blinded(digest)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(sealing.blinded(digest)).not.toBe(digest);
  expect(sealing.blinded(digest)).toBe(sealing.blinded(digest));
  expect(new Sealing('another secret of at least thirty-two').blinded(digest)).not.toBe(sealing.blinded(digest));
});
