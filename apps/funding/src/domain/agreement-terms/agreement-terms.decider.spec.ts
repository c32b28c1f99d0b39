import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { checkReferences, recompute } from '@program-ledger/rulebook';
import fc from 'fast-check';
import { ask, askPlace, company, drawn, grantPlace, on, programmeId, received, rulebook, rulebookText, terms, university } from '../testing/rehearsal.js';
import { sumOf } from '../vocabulary.js';
import { agreementTerms, type AgreementTermsCommand } from './agreement-terms.decider.js';
import type { AgreementTermsEvent } from './agreement-terms.events.js';
import { drawTerms } from './terms.js';

const [rulebookReceived, classesReceived] = received as [
  Extract<AgreementTermsEvent, { type: 'rulebook-received' }>,
  Extract<AgreementTermsEvent, { type: 'classes-received' }>,
];
const draw: AgreementTermsCommand = { type: 'draw-terms', programmeId, ask, place: askPlace, at: on('02-10') };
const awaited = (missing: Extract<AgreementTermsEvent, { type: 'terms-awaited' }>['missing'], at = on('02-10')): AgreementTermsEvent => ({
  type: 'terms-awaited',
  programmeId,
  ask,
  place: askPlace,
  missing,
  at,
});
const { given } = specify(agreementTerms);

describe('terms', () => {
  test('follow from the grant, the rulebook and what the members are', () => {
    given(...received)
      .when(draw)
      .then(drawn);
    expect(terms.phases.map(({ phase, amount }) => [phase, amount])).toEqual([
      ['one', '256000'],
      ['two', '147200'],
    ]);
    expect(terms).toMatchObject({
      contributionTotal: '403200',
      ownShareTotal: '28224',
      ownShareCash: '4234',
      repairUntil: '2026-03-02T14:59:59.999Z',
      signUntil: '2026-03-12T14:59:59.999Z',
      lapsesAt: '2026-03-12T15:00:00.000Z',
    });
    expect(terms.instalments).toEqual([
      { instalmentId: 'one-first', phase: 'one', amount: '179200', dueAt: null },
      { instalmentId: 'one-second', phase: 'one', amount: '76800', dueAt: '2026-04-30T15:00:00.000Z' },
      { instalmentId: 'two-all', phase: 'two', amount: '147200', dueAt: null },
    ]);
  });

  test('are drawn once', () =>
    given(...received, drawn)
      .when(draw)
      .staysQuiet());

  test('can be computed again from what they cite', async () => {
    const grant: JsonObject = {
      phase: 'one',
      gpus: 64,
      from: '2026-03-01',
      to: '2026-06-30',
      later: [{ phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' }],
    };
    const log: Readonly<Record<string, object>> = {
      [`${grantPlace.stream}@0`]: grant,
      [`${askPlace.stream}@3`]: { ask },
      [`agreementTerms-${programmeId}@1`]: classesReceived,
    };
    for (const decision of drawn.decisions) {
      expect(recompute(decision, rulebookText).same).toBe(true);
      const checked = await checkReferences(decision, (stream, revision) =>
        Promise.resolve(JSON.parse(JSON.stringify(log[`${stream}@${revision}`])) as JsonObject),
      );
      expect(checked).toEqual({ read: decision.references.length, differences: [] });
    }
    expect(drawn.decisions.map(({ evaluator, references }) => [evaluator, references.length])).toEqual([
      ['contribution', 4],
      ['contribution', 4],
      ['own-share', 9],
    ]);
  });

  test('wait for the rulebook, and then for what the members are', () => {
    const [noRulebook, noClasses] = [
      awaited({ what: 'rulebook', digest: rulebook.digest }),
      awaited({ what: 'classes', organisations: [company, university] }, on('01-05')),
    ];
    given().when(draw).then(noRulebook);
    given(noRulebook)
      .when({ ...rulebookReceived, type: 'receive-rulebook' })
      .then(rulebookReceived, noClasses);
    const outcome = given(noRulebook, rulebookReceived, noClasses).when({ ...classesReceived, type: 'receive-classes' }).outcome;
    expect(outcome).toMatchObject([classesReceived, { type: 'terms-drawn', terms }]);
    given(noRulebook).when(draw).staysQuiet();
  });

  test('say what the rulebook has no answer for', () => {
    const odd: AgreementTermsEvent = {
      ...classesReceived,
      classes: [
        { organisationId: company, kind: 'club', size: null },
        { organisationId: university, kind: 'university', size: null },
      ],
    };
    given(rulebookReceived, odd)
      .when(draw)
      .then(awaited({ what: 'rule', reason: 'no rate for club and open' }));
  });

  test('that wait are bounded', () => {
    const waiting = Array.from(
      { length: 500 },
      (_, n) =>
        ({
          ...awaited({ what: 'rulebook', digest: rulebook.digest }),
          ask: { ...ask, agreementId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` },
        }) as AgreementTermsEvent,
    );
    given(...waiting)
      .when(draw)
      .rejects('limit-reached', { limit: 'waitingTermsMax' });
  });
});

describe('what terms need', () => {
  test('a rulebook is received once, under the digest of its text', () => {
    given()
      .when({ ...rulebookReceived, type: 'receive-rulebook' })
      .then(rulebookReceived);
    given(rulebookReceived)
      .when({ ...rulebookReceived, type: 'receive-rulebook' })
      .staysQuiet();
    const stated = `sha256:${'0'.repeat(64)}`;
    given()
      .when({ ...rulebookReceived, type: 'receive-rulebook', digest: stated })
      .rejects('digest-differs', { stated, computed: rulebook.digest });
  });

  test('of classes only news is recorded', () => {
    given(classesReceived)
      .when({ ...classesReceived, type: 'receive-classes' })
      .staysQuiet();
    const corrected = { organisationId: company, kind: 'company', size: 'large' };
    given(classesReceived)
      .when({
        ...classesReceived,
        type: 'receive-classes',
        classes: [corrected, { organisationId: university, kind: 'university', size: null }],
        source: 'register',
        by: 'officer-1',
      })
      .then({ ...classesReceived, classes: [corrected], source: 'register', by: 'officer-1' });
  });
});

describe('whatever is granted', () => {
  const classes = new Map([
    [company, { kind: 'company', size: 'small', place: grantPlace, pointer: '' }],
    [university, { kind: 'university', size: null, place: grantPlace, pointer: '' }],
  ]);
  test('instalments add up to the contribution, and shares to the own share', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 99_999_999 }),
        (gpus, basisPoints, unitPrice) => {
          const priced = { ...rulebook, contribution: { ...rulebook.contribution, unitPrice: String(unitPrice) } };
          const members = ask.members.map((member, index) => ({ ...member, shareBasisPoints: index === 0 ? basisPoints : 10_000 - basisPoints }));
          const { terms: any } = drawTerms(priced, {
            ask: { ...ask, members, phases: ask.phases.map((phase) => ({ ...phase, gpus })) },
            place: askPlace,
            classes,
          });
          expect(sumOf(any.instalments.map(({ amount }) => amount)).toString()).toBe(any.contributionTotal);
          expect(sumOf(any.ownShare.map(({ amount }) => amount)).toString()).toBe(any.ownShareTotal);
          for (const { amount, cash, inKind } of any.ownShare) expect(BigInt(cash) + BigInt(inKind)).toBe(BigInt(amount));
        },
      ),
    ));
});
