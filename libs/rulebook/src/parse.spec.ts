import { describe, expect, test } from '@jest/globals';
import { canonicalRulebookText, parseRulebook, rulebookDigest, RulebookInvalid, rulebookLimits } from './index.js';
import { exampleDocument, exampleText, type Draft } from './testing/index.js';

/** What is wrong with the example once it was changed: "code pointer". */
const issues = (change: (draft: Draft) => void): readonly string[] => {
  try {
    parseRulebook(exampleText(change));
    return [];
  } catch (error) {
    if (error instanceof RulebookInvalid) return error.issues.map(({ code, pointer }) => `${code} ${pointer}`);
    throw error;
  }
};

describe('a rulebook text', () => {
  test('has one digest however it was indented and ordered', () => {
    const { version, format, ...rest } = exampleDocument();
    const turned = JSON.stringify({ ...rest, version, format }, null, 4);
    expect(rulebookDigest(turned)).toBe(rulebookDigest(exampleText()));
    expect(parseRulebook(turned).digest).toBe(rulebookDigest(canonicalRulebookText(turned)));
    expect(rulebookDigest(exampleText((draft) => (draft.selection.seats = 1)))).not.toBe(rulebookDigest(exampleText()));
  });

  test('that is no JSON, or too long, is refused', () => {
    expect(() => parseRulebook('{')).toThrow('json at the document: no JSON text');
    expect(() => parseRulebook(exampleText((draft) => (draft.disclosure = Array.from({ length: 2_000 }, () => draft.disclosure[0]!))))).toThrow(
      `of at most ${rulebookLimits.textLengthMax}`,
    );
  });

  test('with a key too many, a key missing or a wrong value is refused by place', () => {
    expect(issues((draft) => Object.assign(draft, { surplus: true }))).toEqual(['form ']);
    expect(issues((draft) => Object.assign(draft.selection, { seats: '2' }))).toEqual(['form /selection/seats']);
    expect(issues((draft) => (draft.timeZone = 'Asia/Nowhere'))).toEqual(['form /timeZone']);
    expect(issues((draft) => (draft.title.ko = '예시'.normalize('NFD')))).toEqual(['form /title/ko']);
    expect(issues((draft) => Object.assign(draft.eligibility.rules[0]!, { kind: 'good-looks' }))).toEqual(['form /eligibility/rules/0/kind']);
  });

  test('once parsed cannot be changed by anybody', () => {
    const rulebook = parseRulebook(exampleText());
    expect(Object.isFrozen(rulebook) && Object.isFrozen(rulebook.rounds[0]?.criteria[0]?.text)).toBe(true);
    expect(parseRulebook(exampleText())).toBe(rulebook);
  });
});

describe('a rulebook that cannot be meant', () => {
  const cases: readonly (readonly [string, (draft: Draft) => void])[] = [
    ['id-repeated /rounds/0/criteria/0', (draft) => (draft.rounds[0]!.criteria[0]!.id = 'seats')],
    ['legal-basis-unknown /pool/basis/legal', (draft) => (draft.pool.basis.legal = 'magna-carta')],
    ['invented-mark /pool', (draft) => delete draft.pool.invented],
    ['invented-mark /pool', (draft) => (draft.pool.basis.source = 'stated')],
    ['invented-parameter /pool/inventedParameters', (draft) => (draft.pool.inventedParameters = ['capacity'])],
    ['validity-reversed /pool/validTo', (draft) => (draft.pool.validTo = '2025-12-31')],
    ['validity-reversed /validTo', (draft) => (draft.validTo = '2025-12-31')],
    ['range-empty /eligibility/rules/8/max', (draft) => Object.assign(draft.eligibility.rules[8]!, { min: 5 })],
    ['range-empty /committee/membersMax', (draft) => (draft.committee.membersMax = 2)],
    ['majority-unreachable /committee/quorum', (draft) => (draft.committee.quorum = { rule: 'more-than', numerator: 1, denominator: 1 })],
    ['weights-sum /rounds/0/criteria', (draft) => (draft.rounds[0]!.criteria[0]!.weight = 59)],
    ['quorum-beyond-panel /rounds/0/panel/quorum', (draft) => (draft.rounds[0]!.panel.quorum = 6)],
    ['score-unreachable /rounds/0/scoreMin', (draft) => (draft.rounds[0]!.scoreMin = '100.1')],
    ['trims-everything /rounds/1/aggregation/scoresMin', (draft) => (draft.rounds[1]!.aggregation = { method: 'trimmed-mean', trimEachSide: 2, scoresMin: 4 })],
    ['criterion-unknown /rounds/0/ties/0', (draft) => (draft.rounds[0]!.ties = [{ by: 'criterion', criterion: 'charm' }])],
    ['lots-not-last /rounds/0/ties/0', (draft) => draft.rounds[0]!.ties.unshift({ by: 'lots' })],
    ['rounds-order /rounds', (draft) => draft.rounds.push(draft.rounds.shift()!)],
    ['seats-round /rounds', (draft) => Object.assign(draft.rounds[1]!, { advance: 2 })],
    ['advance-count /rounds/0/advance', (draft) => Object.assign(draft.rounds[0]!, { advance: 1 })],
    ['phase-reversed /phases/1/to', (draft) => (draft.phases[1]!.to = '2026-06-01')],
    ['phases-overlap /phases/1/from', (draft) => (draft.phases[1]!.from = '2026-06-30')],
    ['phase-evaluation /phases/1/evaluatedBy', (draft) => (draft.phases[1]!.evaluatedBy = 'middle')],
    ['round-evaluates-nothing /rounds/3/phase', (draft) => Object.assign(draft.rounds[3]!, { phase: 'three' })],
    ['instalments-sum /instalments', (draft) => (draft.instalments[0]!.partBasisPoints = 6_999)],
    ['phase-unknown /instalments/2/phase', (draft) => (draft.instalments[2]!.phase = 'three')],
    ['rate-count /ownShare/rates', (draft) => draft.ownShare.rates.pop()],
    ['rate-count /ownShare/cash', (draft) => draft.ownShare.cash[1]!.classes.push({ kind: 'company', size: 'large' })],
    ['repeated /settlement/recoveries/1', (draft) => (draft.settlement.recoveries[1]!.kind = 'unspent')],
    ['repeated /disclosure/1', (draft) => (draft.disclosure[1]!.field = 'decision.outcome')],
    ['word-repeated /words/tasks/1', (draft) => (draft.words.tasks[1] = draft.words.tasks[0]!)],
    ['word-unknown /eligibility/rules/2/programme', (draft) => (draft.words.programmes = [])],
    ['word-unknown /eligibility/rules/6/tasks', (draft) => draft.words.tasks.pop()],
    ['word-unknown /conflicts/1/override/role', (draft) => (draft.words.roles = [])],
    ['word-unknown /eligibility/rules/11/allowed', (draft) => Object.assign(draft.eligibility.rules[11]!, { allowed: ['ajar'] })],
    ['class-size /eligibility/rules/1/allowed/0', (draft) => Object.assign(draft.eligibility.rules[1]!, { allowed: [{ kind: 'company' }] })],
    ['class-size /ownShare/cash/1/classes/0', (draft) => (draft.ownShare.cash[1]!.classes[0]!.size = 'small')],
  ];

  test.each(cases)('is refused: %s', (expected, change) => expect(issues(change)).toContain(expected));

  test('is refused with every issue at once', () =>
    expect(
      issues((draft) => {
        draft.pool.capacity = 100;
        draft.rounds[0]!.panel.quorum = 6;
      }),
    ).toEqual(['quorum-beyond-panel /rounds/0/panel/quorum', 'pool-exceeded /phases/0/gpus', 'pool-exceeded /phases/1/gpus']));
});
