import { describe, expect, test } from '@jest/globals';
import { isRejection } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { agreementId, company, of, on, otherProgramme, programmeId, team, terms, university } from '../testing/rehearsal.js';
import { agreement, type AgreementCommand } from './agreement.decider.js';
import type { AgreementEvent } from './agreement.events.js';

const planDigest = `sha256:${'c'.repeat(64)}`;
const place = { stream: 'decision-1', revision: 8 };

const offered: AgreementEvent = { type: 'agreement-offered', ...of, terms, at: on('02-10') };
const repaired: AgreementEvent = { type: 'plan-repaired', ...of, summary: 'fewer services', planDigest, by: 'lead-1', at: on('02-12') };
const leadSigned: AgreementEvent = { type: 'member-signed', ...of, organisationId: company, by: 'lead-1', at: on('02-13') };
const memberSigned: AgreementEvent = { type: 'member-signed', ...of, organisationId: university, by: 'member-1', at: on('02-14') };
const signed: AgreementEvent = { type: 'agreement-signed', ...of, terms, at: on('02-14') };
const active = [offered, leadSigned, memberSigned, signed];
const passed: AgreementEvent = { type: 'stage-passed', ...of, roundId: 'middle', opens: 'two', because: place, at: on('07-01') };
const ended: AgreementEvent = {
  type: 'agreement-ended',
  ...of,
  early: true,
  signed: true,
  reason: 'given up',
  by: 'administrator-1',
  because: null,
  at: on('05-20'),
};
const settled: AgreementEvent = { type: 'agreement-settled', ...of, paid: '256000', spent: '200000', recovered: '56000', settlement: place, at: on('08-01') };

const offer: AgreementCommand = { type: 'offer', programmeId, agreementId, terms, at: on('02-10') };
const repair: AgreementCommand = { type: 'repair-plan', programmeId, summary: 'fewer services', planDigest, by: 'lead-1', at: on('02-12') };
const sign = (organisationId: string, by: string, at: string): AgreementCommand => ({ type: 'sign', programmeId, organisationId, by, at });
const pass: AgreementCommand = { type: 'pass-stage', programmeId, roundId: 'middle', because: place, at: on('07-01') };
const end: AgreementCommand = { type: 'end', programmeId, early: true, reason: 'given up', by: 'administrator-1', because: null, at: on('05-20') };
const settle: AgreementCommand = { type: 'settle', programmeId, paid: '256000', spent: '200000', recovered: '56000', settlement: place, at: on('08-01') };
const { given } = specify(agreement);

describe('an offer', () => {
  test('is made once', () => {
    given().when(offer).then(offered);
    given(offered).when(offer).staysQuiet();
  });
  test('is of one programme', () => {
    given().when(end).rejects('unknown-agreement');
    given(offered)
      .when({ ...end, programmeId: otherProgramme })
      .rejects('unknown-agreement');
  });
});

describe('the plan', () => {
  test('is repaired by the lead before anybody signs, and the same repair counts once', () => {
    given(offered).when(repair).then(repaired);
    given(offered, repaired).when(repair).staysQuiet();
  });
  test('is not repaired by others, nor late, nor under a signature, nor when the offer is gone', () => {
    given(offered)
      .when({ ...repair, by: 'member-1' })
      .rejects('not-representative');
    given(offered)
      .when({ ...repair, at: '2026-03-02T15:00:00.000Z' })
      .rejects('repair-over', { until: terms.repairUntil });
    given(offered, leadSigned).when(repair).rejects('signing-begun');
    given(...active)
      .when(repair)
      .rejects('not-offered', { status: 'active' });
    // A stranger learns nothing of where it stands.
    given(...active)
      .when({ ...repair, by: 'stranger' })
      .rejects('not-representative');
  });
});

describe('signing', () => {
  test('takes one representative of every member; the last signature makes the agreement', () => {
    given(offered)
      .when(sign(company, 'lead-1', on('02-13')))
      .then(leadSigned);
    given(offered, leadSigned)
      .when(sign(university, 'member-1', on('02-14')))
      .then(memberSigned, signed);
  });
  test('counts once for a member', () => {
    given(offered, leadSigned)
      .when(sign(company, 'lead-2', on('02-14')))
      .staysQuiet();
    given(...active)
      .when(sign(company, 'lead-1', on('02-20')))
      .staysQuiet();
  });
  test('is for the people of the member, until the last millisecond', () => {
    given(offered)
      .when(sign(company, 'member-1', on('02-13')))
      .rejects('not-representative');
    given(offered)
      .when(sign(team, 'lead-1', on('02-13')))
      .rejects('unknown-member');
    given(offered)
      .when(sign(company, 'lead-1', terms.signUntil))
      .then({ ...leadSigned, at: terms.signUntil } as AgreementEvent);
    given(offered)
      .when(sign(company, 'lead-1', terms.lapsesAt))
      .rejects('signing-over', { until: terms.signUntil });
    given(...active, ended)
      .when(sign(company, 'lead-1', on('05-21')))
      .rejects('not-offered', { status: 'ended' });
  });
  test('that was not done in time ends the offer, with nothing to settle', () => {
    given(offered, leadSigned)
      .when({ type: 'lapse', programmeId, at: terms.lapsesAt })
      .then(
        { type: 'agreement-ended', ...of, early: true, signed: false, reason: 'not signed in time', by: null, because: null, at: terms.lapsesAt },
        { type: 'agreement-settled', ...of, paid: '0', spent: '0', recovered: '0', settlement: null, at: terms.lapsesAt },
      );
    given(offered).when({ type: 'lapse', programmeId, at: terms.signUntil }).staysQuiet();
    given(...active)
      .when({ type: 'lapse', programmeId, at: terms.lapsesAt })
      .staysQuiet();
  });
});

describe('from the first day to the settlement', () => {
  test('a passed stage opens the phase after it, once', () => {
    given(...active)
      .when(pass)
      .then(passed);
    given(...active, passed)
      .when(pass)
      .staysQuiet();
    given(...active)
      .when({ ...pass, roundId: 'end' })
      .then({ ...passed, roundId: 'end', opens: null } as AgreementEvent);
    given(offered).when(pass).rejects('not-signed');
  });
  test('an agreement ends once; an offer that ends needs no settlement', () => {
    given(...active)
      .when(end)
      .then(ended);
    given(...active, ended)
      .when(end)
      .staysQuiet();
    given(offered)
      .when(end)
      .then({ ...ended, signed: false } as AgreementEvent, {
        type: 'agreement-settled',
        ...of,
        paid: '0',
        spent: '0',
        recovered: '0',
        settlement: null,
        at: on('05-20'),
      });
  });
  test('only what has ended is settled, once', () => {
    given(...active, ended)
      .when(settle)
      .then(settled);
    given(...active, ended, settled)
      .when(settle)
      .staysQuiet();
    given(...active)
      .when(settle)
      .rejects('not-ended', { status: 'active' });
  });

  const command: fc.Arbitrary<AgreementCommand> = fc.constantFrom(
    offer,
    repair,
    sign(company, 'lead-1', on('02-13')),
    sign(university, 'member-1', on('02-14')),
    sign(university, 'lead-1', on('02-14')),
    pass,
    end,
    settle,
    {
      type: 'lapse',
      programmeId,
      at: terms.lapsesAt,
    } as const,
  );
  test('whatever comes, nothing is in force that not every member signed, and each step is taken once', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
        const events: AgreementEvent[] = [];
        for (const each of commands) {
          const outcome = agreement.decide(each, events.reduce(agreement.evolve, agreement.initial));
          if (!isRejection(outcome)) events.push(...outcome);
        }
        const types = events.map(({ type }) => type);
        for (const once of ['agreement-offered', 'agreement-signed', 'agreement-ended', 'agreement-settled'])
          expect(types.filter((type) => type === once).length).toBeLessThanOrEqual(1);
        if (types.includes('agreement-signed')) expect(types.filter((type) => type === 'member-signed')).toHaveLength(2);
        if (types.includes('stage-passed')) expect(types).toContain('agreement-signed');
        if (types.includes('agreement-settled')) expect(types).toContain('agreement-ended');
      }),
    ));
});
