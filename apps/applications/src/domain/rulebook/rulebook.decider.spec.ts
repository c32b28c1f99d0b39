import { specify } from '@program-ledger/event-sourcing/testing';
import { canonicalRulebookText, parseRulebook } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { at, programmeId, rulebookText } from '../testing/rehearsal.js';
import { rulebook, type RulebookCommand } from './rulebook.decider.js';
import { versionOn } from './rulebook.state.js';

const { given } = specify(rulebook);
const enact = { type: 'enact-rulebook', programmeId, text: rulebookText(), reason: 'first version', timeZone: 'Asia/Seoul', rehearsal: true, by: 'kim', at } as const;
const enacted = (changes: object = {}, reason = 'first version') => {
  const text = rulebookText(changes);
  const { id: document, version, digest, validFrom, validTo = null } = parseRulebook(text);
  return { type: 'rulebook-enacted', programmeId, document, version, text: canonicalRulebookText(text), digest, validFrom, validTo, reason, enactedBy: 'kim', at } as const;
};
const second = { version: 2, validFrom: '2026-03-03' };
const enactSecond = (changes: object = {}) => ({ ...enact, text: rulebookText({ ...second, ...changes }), reason: 'more seats' });

describe('a rulebook', () => {
  test('is enacted in canonical form, with its digest and who enacted it', () => given().when(enact).then(enacted()));
  test('enacted twice is enacted once, however it is indented', () => given(enacted()).when({ ...enact, text: JSON.stringify(JSON.parse(rulebookText()), null, 2) }).staysQuiet());
  test('with faults is refused with every fault', () => {
    given().when({ ...enact, text: '{' }).rejects('rulebook-invalid');
    const { outcome } = given().when({ ...enact, text: rulebookText({ currency: 'KRW', title: 'x' }) });
    expect(outcome).toMatchObject({ rejected: 'rulebook-invalid', details: { faults: 2 } });
  });
  test('that is invented is taken in rehearsals only', () => given().when({ ...enact, rehearsal: false }).rejects('invented-rulebook'));
  test('counts its days in the zone of the programme', () => given().when({ ...enact, timeZone: 'UTC' }).rejects('zone-differs', { timeZone: 'UTC', found: 'Asia/Seoul' }));
  test('changes by a next version from a day that has not begun', () => given(enacted()).when(enactSecond()).then(enacted(second, 'more seats')));
  test('does not change for a day that has begun', () => given(enacted()).when(enactSecond({ validFrom: '2026-03-02' })).rejects('version-without-delay', { after: '2026-03-02', found: '2026-03-02' }));
  test('changes version by version', () => given(enacted()).when(enactSecond({ version: 3 })).rejects('version-not-next', { next: 2, found: 3 }));
  test('is not replaced by another', () => given(enacted()).when(enactSecond({ id: 'another' })).rejects('another-rulebook', { document: 'rehearsal', found: 'another' }));
  test('has a bounded number of versions', () => {
    const versions = Array.from({ length: 100 }, () => enacted());
    given(...versions).when(enactSecond()).rejects('too-many-versions', { rulebookVersionsMax: 100 });
  });
});

test('a day has the latest version that has begun, and none before the first or after an end', () => {
  const versions = [
    { validFrom: '2026-03-01', validTo: null },
    { validFrom: '2026-05-01', validTo: '2026-05-31' },
  ];
  expect(['2026-02-28', '2026-03-01', '2026-04-30', '2026-05-01', '2026-05-31', '2026-06-01'].map((day) => versions.indexOf(versionOn(versions, day)!))).toEqual([-1, 0, 0, 1, 1, -1]);
});

test('whatever is enacted, what held on a day that has begun holds on it for ever', () => {
  const day = (offset: number) => new Date(Date.UTC(2026, 2, 1 + offset)).toISOString().slice(0, 10);
  const asked = fc.array(fc.record({ today: fc.nat(20), from: fc.nat(25) }), { maxLength: 5 }).map((entries) => entries.sort((left, right) => left.today - right.today));
  fc.assert(
    fc.property(asked, (entries) => {
      let known: readonly RulebookCommand[] = [enact];
      for (const { today, from } of entries) {
        const { state: before } = historyOf(rulebook, known);
        const command = enactSecond({ version: before.versions.length + 1, validFrom: day(from) });
        known = [...known, { ...command, at: `${day(today)}T01:00:00.000Z` }];
        const { state: after } = historyOf(rulebook, known);
        for (let past = 0; past <= today; past += 1) expect(versionOn(after.versions, day(past))).toEqual(versionOn(before.versions, day(past)));
      }
    }),
    { numRuns: 20 },
  );
});
