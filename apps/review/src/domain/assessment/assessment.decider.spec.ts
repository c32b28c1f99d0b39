import { sha256 } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, organisationId, otherProgramme, place, programmeId, roundRule, rulebook, scoresOf } from '../testing/rehearsal.js';
import { assessment, type AssessmentCommand } from './assessment.decider.js';
import { type AssessmentEvent } from './assessment.events.js';

const { given } = specify(assessment);
const where = place('document');
const reviewerId = organisationId(7);
const { conflicts } = rulebook;
const { criteria } = roundRule('document');
const officer = { by: 'park', roles: ['conflict-officer'], reason: 'looked into', programmeId, at } as const;

const invite = { type: 'invite-reviewer', programmeId, where, reviewerId, reviewer: 'han', applicationId: applicationId(1), at } as const;
const invited = { type: 'assessment-invited', ...where, reviewerId, reviewer: 'han', applicationId: applicationId(1), at } as const;
const none = { type: 'no-conflict-declared', ...where, by: 'han', at } as const;
const declareNone = { type: 'declare-no-conflict', programmeId, by: 'han', at } as const;
const declare = { type: 'declare-conflict', programmeId, kind: 'same-department', explanation: 'We share a laboratory.', by: 'han', conflicts, at } as const;
const declared = { type: 'conflict-declared', ...where, kind: 'same-department', explanation: 'We share a laboratory.', by: 'han', at } as const;
const clear = { type: 'clear-conflict', ...officer } as const;
const cleared = { type: 'conflict-cleared', ...where, by: 'park', role: 'conflict-officer', reason: 'looked into', at } as const;
const exclude = { type: 'exclude-reviewer', kind: 'same-department', conflicts, ...officer } as const;
const excluded = { type: 'reviewer-excluded', ...where, kind: 'same-department', by: 'park', role: 'conflict-officer', reason: 'looked into', at } as const;
const override = { type: 'override-exclusion', conflicts, rulebookDigest: rulebook.digest, ...officer } as const;
const overridden = {
  type: 'exclusion-overridden',
  ...where,
  kind: 'same-department',
  by: 'park',
  role: 'conflict-officer',
  reason: 'looked into',
  rulebookDigest: rulebook.digest,
  at,
} as const;
const seal = { ciphertext: 'AAAA', nonce: 'AAAAAAAAAAAAAAAA', commitment: sha256('hidden') };
const sealScores = { type: 'seal-scores', programmeId, by: 'han', noConflict: false, criteria, scores: scoresOf('document', 80), seal, at } as const;
const sealed = { type: 'scores-sealed', ...where, seal, by: 'han', at } as const;
const ended = { type: 'scoring-ended', ...where, at } as const;
const open = {
  type: 'open-seal',
  programmeId,
  key: 'k'.repeat(44),
  scores: scoresOf('document', 80),
  panel: { stream: `panel-${programmeId}`, revision: 9 },
  at,
} as const;
const opened = { type: 'seal-opened', ...where, key: open.key, scores: open.scores, panel: open.panel, at } as const;

describe('an invitation', () => {
  test('invites one reviewer to judge one application', () => given().when(invite).then(invited));
  test('comes once', () => given(invited).when(invite).staysQuiet());
  test('is not turned into one of another round', () =>
    given(invited)
      .when({ ...invite, where: place('presentation') })
      .rejects('unknown-assessment'));
});

describe('a conflict', () => {
  test('is declared by kind, with an explanation', () => given(invited).when(declare).then(declared));
  test('may be remembered after none was declared', () => given(invited, none).when(declare).then(declared));
  test('that is none is declared, too', () => given(invited).when(declareNone).then(none));
  test('declared is declared once', () => {
    given(invited, declared).when(declare).staysQuiet();
    given(invited, none).when(declareNone).staysQuiet();
    given(invited, declared).when(declareNone).rejects('already-declared', { standing: 'declared' });
    given(invited, excluded).when(declare).rejects('already-declared', { standing: 'excluded' });
  });
  test('is declared by the reviewer only', () => {
    given(invited)
      .when({ ...declare, by: 'seo' })
      .rejects('not-your-assessment');
    given(invited)
      .when({ ...declareNone, by: 'seo' })
      .rejects('not-your-assessment');
  });
  test('is of a kind that the rulebook knows', () => {
    given(invited)
      .when({ ...declare, kind: 'old-friend' })
      .rejects('unknown-conflict-kind');
    given(invited)
      .when({ ...exclude, kind: 'old-friend' })
      .rejects('unknown-conflict-kind');
  });
  test('is cleared by the officer with a reason', () => given(invited, declared).when(clear).then(cleared));
  test('that nobody declared is not cleared', () => given(invited).when(clear).rejects('not-declared', { standing: 'undeclared' }));
  test('excludes: confirmed by the officer, or found by the officer', () => {
    given(invited, declared).when(exclude).then(excluded);
    given(invited, none, sealed).when(exclude).then(excluded);
    given(invited, excluded).when(exclude).staysQuiet();
    given(invited, excluded)
      .when({ ...exclude, kind: 'same-project' })
      .rejects('excluded', { kind: 'same-department' });
  });
  test('is judged by somebody else than the reviewer', () =>
    given(invited, declared)
      .when({ ...clear, by: 'han' })
      .rejects('own-conflict'));
  test('is not judged after the opening', () => {
    given(invited, none, sealed, opened).when(exclude).rejects('already-opened');
    given(invited, none, sealed, opened).when(declare).rejects('already-opened');
  });
});

describe('an override', () => {
  test('lets an excluded reviewer judge, by the named role, with a reason, under the rulebook', () => {
    given(invited, declared).when(override).then(overridden);
    given(invited, excluded).when(override).then(overridden);
  });
  test('is refused without an exclusion', () => given(invited).when(override).rejects('not-excluded', { standing: 'undeclared' }));
  test('is refused for a kind that the rulebook never lets pass', () =>
    given(invited, { ...declared, kind: 'same-project' })
      .when(override)
      .rejects('not-overridable', { kind: 'same-project' }));
  test('is refused to anybody without the role that the rulebook names', () =>
    given(invited, declared)
      .when({ ...override, roles: ['programme-administrator'] })
      .rejects('not-the-named-role', { role: 'conflict-officer' }));
});

describe('scores', () => {
  test('are sealed: the event holds nothing but the seal', () => given(invited, none).when(sealScores).then(sealed));
  test('may come with the declaration that there is no conflict', () =>
    given(invited)
      .when({ ...sealScores, noConflict: true })
      .then(none, sealed));
  test('follow a clearance or an override', () => {
    given(invited, declared, cleared).when(sealScores).then(sealed);
    given(invited, declared, overridden).when(sealScores).then(sealed);
  });
  test('need a declaration first', () => given(invited).when(sealScores).rejects('declaration-missing'));
  test('of an excluded reviewer are refused', () => {
    given(invited, declared)
      .when({ ...sealScores, noConflict: true })
      .rejects('excluded', { kind: 'same-department' });
    given(invited, excluded).when(sealScores).rejects('excluded');
  });
  test('are the reviewer’s own', () =>
    given(invited, none)
      .when({ ...sealScores, by: 'seo' })
      .rejects('not-your-assessment'));
  test('are sealed once', () => given(invited, none, sealed).when(sealScores).rejects('already-sealed'));
  test('are refused after scoring closed', () => given(invited, none, ended).when(sealScores).rejects('scoring-closed'));
  test('cover every criterion of the round and no other', () =>
    given(invited, none)
      .when({ ...sealScores, scores: scoresOf('document', 80).slice(0, 1) })
      .rejects('criteria-differ', { expected: ['document-goals', 'document-record'], given: ['document-goals'] }));
  test('stay on the scale of their criterion', () =>
    given(invited, none)
      .when({ ...sealScores, scores: scoresOf('document', 101) })
      .rejects('off-scale', { criterion: 'document-goals' }));
});

describe('the end', () => {
  test('scoring ends once', () => {
    given(invited).when({ type: 'end-scoring', programmeId, at }).then(ended);
    given(invited, ended).when({ type: 'end-scoring', programmeId, at }).staysQuiet();
  });
  test('a seal is opened with the panel’s key, once', () => {
    given(invited, none, sealed, ended).when(open).then(opened);
    given(invited, none, sealed, ended, opened).when(open).staysQuiet();
  });
  test('what was never sealed is not opened', () => given(invited).when(open).staysQuiet());
  test('an assessment is unknown in another programme', () => {
    given().when(declareNone).rejects('unknown-assessment');
    given(invited)
      .when({ ...declareNone, programmeId: otherProgramme })
      .rejects('unknown-assessment');
  });
});

test('whatever is asked in whatever order, no score of an excluded reviewer is taken unless an override or a clearance came first', () => {
  const commands = fc.constantFrom<AssessmentCommand>(
    invite,
    declareNone,
    declare,
    { ...declare, kind: 'same-project' },
    clear,
    exclude,
    override,
    sealScores,
    { ...sealScores, noConflict: true },
    { type: 'end-scoring', programmeId, at },
    open,
  );
  const ties = (type: AssessmentEvent['type']): boolean => type === 'conflict-declared' || type === 'reviewer-excluded';
  const frees = (type: AssessmentEvent['type']): boolean => type === 'exclusion-overridden' || type === 'conflict-cleared';
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 20 }), (asked) => {
      const types = historyOf(assessment, [invite, ...asked]).map(({ type }) => type);
      const scored = types.indexOf('scores-sealed');
      const before = types.slice(0, Math.max(scored, 0));
      expect(before.findLastIndex(frees)).toBeGreaterThanOrEqual(before.findLastIndex(ties));
      expect(types.filter((type) => type === 'scores-sealed').length).toBeLessThanOrEqual(1);
      expect(before.includes('scoring-ended')).toBe(false);
    }),
    { numRuns: 500 },
  );
});
