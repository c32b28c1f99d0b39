import { canonicalJson, sha256 } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { at, programmeId, rulebook, rulebookText } from '../testing/rehearsal.js';
import { ruleText } from './rule-text.decider.js';

const { given } = specify(ruleText);
const text = canonicalJson(JSON.parse(rulebookText));
const facts = { programmeId, rulebookId: programmeId, version: 1, text, digest: rulebook.digest, validFrom: '2026-01-01', validTo: null, at };
const receive = { type: 'receive-rule-text', ...facts } as const;
const received = { type: 'rule-text-received', ...facts } as const;

describe('the copy of a rulebook', () => {
  test('is kept word by word under its digest', () => given().when(receive).then(received));
  test('is refused when its digest is of another text', () =>
    given()
      .when({ ...receive, text: '{}' })
      .rejects('digest-differs', { stated: rulebook.digest, computed: sha256('{}') }));
  test('is kept once', () => given(received).when(receive).staysQuiet());

  test('whatever is sent, every text that is kept has the digest that it is found by', () => {
    const sent = fc.record({ text: fc.constantFrom(text, '{}', '[]'), digest: fc.constantFrom(rulebook.digest, sha256('{}')) });
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 6 }), (all) =>
        historyOf(
          ruleText,
          all.map((each) => ({ ...receive, ...each })),
        ).every((event) => expect(sha256(event.text)).toBe(event.digest) === undefined),
      ),
    );
  });
});
