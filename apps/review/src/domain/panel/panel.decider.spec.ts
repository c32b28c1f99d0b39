import { sha256 } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { recompute } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assessmentIdOf, reviewerIdOf, roundKey } from '../identities.js';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, callId, otherProgramme, party, place, programmeId, roundRule, rulebook, rulebookText, scoresOf } from '../testing/rehearsal.js';
import { commitmentTo } from './commitment.js';
import type { PanelCommand } from './panel.commands.js';
import { panel } from './panel.decider.js';
import type { Opened } from './panel.events.js';

const { given } = specify(panel);
const where = place('document');
const panelId = roundKey(callId, 'document');
const salt = 's'.repeat(44);
const key = 'k'.repeat(44);

const active = (subject: string) =>
  ({
    reviewerId: reviewerIdOf(subject),
    reviewer: { status: 'active', subject, profile: { pool: 'public-pool', affiliation: 'A', organisationId: null, expertise: [] } },
  }) as const;
const people = ['han', 'seo', 'yun'];
const member = (subject: string) => ({ reviewerId: reviewerIdOf(subject), reviewer: subject, pool: 'public-pool' });
const convene = {
  type: 'convene-panel',
  programmeId,
  where,
  round: roundRule('document'),
  purpose: 'advance',
  rulebookDigest: rulebook.digest,
  parties: [party(1), party(2)],
  members: people.map(active),
  chair: reviewerIdOf('han'),
  by: 'ahn',
  at,
} as const;
const convened = {
  type: 'panel-convened',
  ...where,
  kind: 'document',
  purpose: 'advance',
  subjects: [applicationId(1), applicationId(2)],
  members: people.map(member),
  chair: 'han',
  quorum: 2,
  rulebookDigest: rulebook.digest,
  convenedBy: 'ahn',
  at,
} as const;

const idOf = (subject: string, application: number) => assessmentIdOf(panelId, reviewerIdOf(subject), applicationId(application));
const points: Record<string, number> = { han: 90, seo: 80, yun: 70 };
const openedOf = (subject: string, application: number): Opened => ({
  assessmentId: idOf(subject, application),
  reviewerId: reviewerIdOf(subject),
  applicationId: applicationId(application),
  scores: scoresOf('document', (points[subject] ?? 0) - application),
  opinionDigest: sha256('sound'),
  salt,
});
const commitment = (subject: string, application: number) => commitmentTo(openedOf(subject, application));
const sealOf = (subject: string, application: number) => ({ stream: `assessment-${idOf(subject, application)}`, revision: 2 });
const note = (subject: string, application: number) =>
  ({
    type: 'note-seal',
    programmeId,
    assessmentId: idOf(subject, application),
    commitment: commitment(subject, application),
    seal: sealOf(subject, application),
    at,
  }) as const;
const noted = (subject: string, application: number) =>
  ({
    type: 'seal-noted',
    ...where,
    assessmentId: idOf(subject, application),
    commitment: commitment(subject, application),
    seal: sealOf(subject, application),
    at,
  }) as const;
const exclusion = (subject: string, application: number) => ({ type: 'exclusion-noted', ...where, assessmentId: idOf(subject, application), at }) as const;

const everybody = people.flatMap((subject) => [noted(subject, 1), noted(subject, 2)]);
const close = { type: 'close-scoring', programmeId, leftOut: [], by: 'han', at } as const;
const closed = {
  type: 'scoring-closed',
  ...where,
  assessments: people.flatMap((subject) => [idOf(subject, 1), idOf(subject, 2)]),
  leftOut: [],
  closedBy: 'han',
  at,
} as const;
const all = people.flatMap((subject) => [openedOf(subject, 1), openedOf(subject, 2)]);
const open = { type: 'open-scores', programmeId, key, opened: all, rulebook, seed: 'lots', by: 'han', at } as const;
const lay = {
  type: 'lay-evidence',
  programmeId,
  applicationId: applicationId(1),
  title: 'Report',
  digest: sha256('report'),
  mayLay: ['lead-1'],
  by: 'lead-1',
  at,
} as const;
const laid = { type: 'evidence-laid', ...where, applicationId: applicationId(1), title: 'Report', digest: sha256('report'), laidBy: 'lead-1', at } as const;

describe('a panel', () => {
  test('is convened of named reviewers, with the pools they come from', () => given().when(convene).then(convened));
  test('is convened once', () => given(convened).when(convene).rejects('already-convened'));
  test('has the size that the rulebook says', () =>
    given()
      .when({ ...convene, members: people.slice(1).map(active) })
      .rejects('wrong-size', { size: 3, given: 2 }));
  test('has nobody twice', () =>
    given()
      .when({ ...convene, members: [active('han'), active('seo'), active('seo')] })
      .rejects('member-twice'));
  test('has no member who acts for an applicant', () =>
    given()
      .when({ ...convene, members: [active('han'), active('seo'), active('lead-2')] })
      .rejects('member-is-party', { reviewerId: reviewerIdOf('lead-2'), applicationId: applicationId(2) }));
  test('has registered, active reviewers only', () =>
    given()
      .when({ ...convene, members: [active('han'), active('seo'), { reviewerId: programmeId, reviewer: { status: 'absent' } }] })
      .rejects('reviewer-unavailable', { reviewerId: programmeId, status: 'absent' }));
  test('is chaired by one of its members', () =>
    given()
      .when({ ...convene, chair: reviewerIdOf('ko') })
      .rejects('chair-not-a-member'));
  test('is not larger than one opening can hold', () =>
    given()
      .when({ ...convene, parties: Array.from({ length: 334 }, (_, index) => party(index)) })
      .rejects('too-many-assessments', { max: 1000 }));
  test('is unknown in another programme', () => {
    given().when(close).rejects('unknown-panel');
    given(convened)
      .when({ ...close, programmeId: otherProgramme })
      .rejects('unknown-panel');
  });
});

describe('one more member', () => {
  const add = {
    type: 'add-panel-member',
    programmeId,
    parties: [party(1), party(2)],
    member: active('ko'),
    reason: 'Two are excluded.',
    by: 'ahn',
    at,
  } as const;
  test('joins with a reason on record', () =>
    given(convened)
      .when(add)
      .then({ type: 'panel-member-added', ...where, member: member('ko'), subjects: convened.subjects, reason: 'Two are excluded.', addedBy: 'ahn', at }));
  test('is nobody who sits there already, nor a party', () => {
    given(convened)
      .when({ ...add, member: active('seo') })
      .rejects('member-twice');
    given(convened)
      .when({ ...add, member: active('lead-1') })
      .rejects('member-is-party');
  });
  test('joins while scores are given, not after', () =>
    given(convened, ...everybody, closed)
      .when(add)
      .rejects('scoring-closed'));
});

describe('evidence', () => {
  test('laid before the panel while it scores is before it', () => given(convened).when(lay).then(laid));
  test('that comes later is kept, and marked as not used', () =>
    given(convened, ...everybody, closed)
      .when(lay)
      .then({ ...laid, type: 'evidence-came-late' }));
  test('is laid once', () => given(convened, laid).when(lay).staysQuiet());
  test('is laid for a subject, by whom it may be laid', () => {
    given(convened)
      .when({ ...lay, applicationId: applicationId(9) })
      .rejects('unknown-subject');
    given(convened)
      .when({ ...lay, by: 'lead-2' })
      .rejects('not-a-representative');
  });
});

describe('seals', () => {
  test('are noted as they come, and nothing of what is in them', () => given(convened).when(note('han', 1)).then(noted('han', 1)));
  test('are noted once', () => given(convened, noted('han', 1)).when(note('han', 1)).staysQuiet());
  test('of nobody on the panel are not noted', () => given(convened).when(note('ko', 1)).staysQuiet());
  test('that come after scoring closed are kept, and not used', () => {
    const late = { ...noted('yun', 2), type: 'seal-came-late' } as const;
    const leftOut = [{ assessmentId: idOf('yun', 2), reason: 'ill' }];
    const without = everybody.filter(({ assessmentId }) => assessmentId !== idOf('yun', 2));
    given(convened, ...without, { ...closed, leftOut })
      .when(note('yun', 2))
      .then(late);
    given(convened, ...without, { ...closed, leftOut }, late)
      .when(open)
      .rejects('seals-differ', { expected: 5, matching: 5, given: 6 });
  });
  test('of the excluded are set aside, and counted again after an override', () => {
    const exclude = { type: 'note-exclusion', programmeId, assessmentId: idOf('han', 1), at } as const;
    const readmission = { type: 'readmission-noted', ...where, assessmentId: idOf('han', 1), at } as const;
    given(convened).when(exclude).then(exclusion('han', 1));
    given(convened, exclusion('han', 1)).when(exclude).staysQuiet();
    given(convened, exclusion('han', 1))
      .when({ ...exclude, type: 'note-readmission' })
      .then(readmission);
    given(convened)
      .when({ ...exclude, type: 'note-readmission' })
      .staysQuiet();
  });
});

describe('scoring', () => {
  test('is closed by the chair when every seal is there', () =>
    given(convened, ...everybody)
      .when(close)
      .then(closed));
  test('is closed by nobody else', () =>
    given(convened, ...everybody)
      .when({ ...close, by: 'seo' })
      .rejects('not-the-chair'));
  test('is not closed while an assessment is outstanding', () =>
    given(convened, ...everybody.slice(1))
      .when(close)
      .rejects('assessments-outstanding', { count: 1, assessments: [idOf('han', 1)] }));
  test('is closed without an assessment only with a reason', () => {
    const leftOut = [{ assessmentId: idOf('han', 1), reason: 'ill' }];
    given(convened, ...everybody.slice(1))
      .when({ ...close, leftOut })
      .then({ ...closed, leftOut });
    given(convened, ...everybody)
      .when({ ...close, leftOut })
      .rejects('unknown-assessment', { assessmentId: idOf('han', 1) });
  });
  test('does not wait for the excluded', () =>
    given(convened, exclusion('han', 1), ...everybody.slice(1))
      .when(close)
      .then(closed));
  test('needs the quorum of the rulebook for every subject', () =>
    given(convened, exclusion('han', 1), exclusion('seo', 1), noted('han', 2), noted('seo', 2), noted('yun', 1), noted('yun', 2))
      .when(close)
      .rejects('below-quorum', { applicationId: applicationId(1), quorum: 2 }));
  test('is closed once', () =>
    given(convened, ...everybody, closed)
      .when(close)
      .rejects('scoring-closed'));
});

describe('the opening', () => {
  const { outcome } = given(convened, ...everybody, closed).when(open);
  test('publishes the key and all scores at once, and the ranking that follows', () => {
    expect(outcome).toEqual([
      { type: 'scores-opened', ...where, key, opened: all, openedBy: 'han', at },
      {
        type: 'ranked',
        ...where,
        purpose: 'advance',
        decision: expect.objectContaining({ evaluator: 'ranking', rulebookDigest: rulebook.digest, seed: 'lots' }),
        at,
      },
    ]);
  });
  test('has a ranking that anybody can recompute, each score with its reference', () => {
    const ranked = Array.isArray(outcome) ? outcome[1] : undefined;
    if (ranked?.type !== 'ranked') throw new Error('nothing was ranked');
    expect(recompute(ranked.decision, rulebookText)).toEqual({ same: true, outcome: ranked.decision.outcome });
    expect(ranked.decision.references).toContainEqual({
      pointer: '/subjects/1/scores/2/criteria',
      stream: `panel-${panelId}`,
      revision: everybody.length + 2,
      source: '/opened/5/scores',
    });
    expect(ranked.decision.outcome).toMatchObject({
      ranking: [
        { subject: applicationId(1), rank: 1, total: '79.00' },
        { subject: applicationId(2), rank: 2, total: '78.00' },
      ],
    });
  });
  test('is the chair’s', () =>
    given(convened, ...everybody, closed)
      .when({ ...open, by: 'seo' })
      .rejects('not-the-chair'));
  test('comes after scoring closed', () =>
    given(convened, ...everybody)
      .when(open)
      .rejects('scoring-open'));
  test('comes once', () =>
    given(convened, ...everybody, closed, ...(Array.isArray(outcome) ? outcome : []))
      .when(open)
      .rejects('already-opened'));
  test('holds all that were sealed, not some', () =>
    given(convened, ...everybody, closed)
      .when({ ...open, opened: all.slice(1) })
      .rejects('seals-differ', { expected: 6, matching: 5, given: 5 }));
  test('holds what was sealed, not something better', () => {
    const better = [{ ...openedOf('han', 1), scores: scoresOf('document', 100) }, ...all.slice(1)];
    given(convened, ...everybody, closed)
      .when({ ...open, opened: better })
      .rejects('seals-differ', { expected: 6, matching: 5, given: 6 });
  });
  test('leaves out who was excluded after sealing, before anybody saw the scores', () => {
    const left = given(convened, ...everybody, closed, exclusion('yun', 1));
    left.when(open).rejects('seals-differ');
    expect(left.when({ ...open, opened: all.filter(({ assessmentId }) => assessmentId !== idOf('yun', 1)) }).outcome).toHaveLength(2);
  });
  test('is refused when exclusions left too few', () =>
    given(convened, ...everybody, closed, exclusion('yun', 1), exclusion('seo', 1))
      .when(open)
      .rejects('below-quorum'));
  test('applies the rulebook under which the panel was convened', () =>
    given(convened, ...everybody, closed)
      .when({ ...open, rulebook: { ...rulebook, digest: sha256('other') } })
      .rejects('rulebook-differs'));
  test('changes nothing any more about who may judge', () =>
    given(convened, ...everybody, closed, ...(Array.isArray(outcome) ? outcome : []))
      .when({ type: 'note-exclusion', programmeId, assessmentId: idOf('han', 1), at })
      .staysQuiet());
});

test('whatever is asked in whatever order, scores are opened once, after scoring closed, and none that came later or whose reviewer is excluded', () => {
  const ids = all.map(({ assessmentId }) => assessmentId);
  const commands = fc.oneof(
    fc.constantFrom(...people.flatMap((subject) => [note(subject, 1), note(subject, 2)])),
    fc
      .constantFrom(...ids)
      .chain((assessmentId) =>
        fc.constantFrom<PanelCommand>({ type: 'note-exclusion', programmeId, assessmentId, at }, { type: 'note-readmission', programmeId, assessmentId, at }),
      ),
    fc.subarray(ids).map((some): PanelCommand => ({ ...close, leftOut: some.map((assessmentId) => ({ assessmentId, reason: 'ill' })) })),
    fc.subarray(all, { minLength: 4 }).map((some): PanelCommand => ({ ...open, opened: some })),
    fc.constantFrom<PanelCommand>(close, open),
  );
  fc.assert(
    fc.property(fc.array(commands, { minLength: 10, maxLength: 40 }), (asked) => {
      const history = historyOf(panel, [convene, note('han', 1), note('han', 2), note('seo', 1), note('seo', 2), ...asked, close, open]);
      const at1 = history.findIndex(({ type }) => type === 'scores-opened');
      const opening = history[at1];
      if (opening?.type !== 'scores-opened') return;
      const before = history.slice(0, at1);
      const closing = before.findIndex(({ type }) => type === 'scoring-closed');
      expect(closing).toBeGreaterThan(0);
      expect(history.filter(({ type }) => type === 'scores-opened')).toHaveLength(1);
      for (const { assessmentId } of opening.opened) {
        const own = before.filter((event) => 'assessmentId' in event && event.assessmentId === assessmentId).map(({ type }) => type);
        expect(before.slice(0, closing).some((event) => event.type === 'seal-noted' && event.assessmentId === assessmentId)).toBe(true);
        expect(own.lastIndexOf('exclusion-noted')).toBeLessThanOrEqual(own.lastIndexOf('readmission-noted'));
      }
    }),
    { numRuns: 200 },
  );
});
