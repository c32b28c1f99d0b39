import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { at } from '../testing/rehearsal.js';
import { reviewer, type ReviewerCommand } from './reviewer.decider.js';

const { given } = specify(reviewer);
const profile = { pool: 'public-pool', affiliation: 'University of Nowhere', organisationId: null, expertise: ['biology'] };
const registered = { type: 'reviewer-registered', subject: 'han', ...profile, provenance: 'invented', at } as const;
const corrected = { type: 'reviewer-corrected', ...profile, pool: 'recommended', reason: 'recommended by the academy', at } as const;
const retired = { type: 'reviewer-retired', reason: 'asked to', at } as const;
const register = { type: 'register-reviewer', subject: 'han', ...profile, provenance: 'invented', rehearsal: true, at } as const;

describe('a reviewer', () => {
  test('is registered with the pool they were drawn from', () => given().when(register).then(registered));
  test('is invented in rehearsals only', () =>
    given()
      .when({ ...register, rehearsal: false })
      .rejects('invented-in-production'));
  test('registered twice with the same facts is registered once', () => given(registered).when(register).staysQuiet());
  test('registered twice with other facts is refused', () =>
    given(registered)
      .when({ ...register, pool: 'recommended' })
      .rejects('already-registered', { status: 'active' }));
  test('is corrected by a new event, with the reason', () =>
    given(registered)
      .when({ type: 'correct-reviewer', ...profile, pool: 'recommended', reason: 'recommended by the academy', at })
      .then(corrected));
  test('is not corrected to what is recorded', () =>
    given(registered)
      .when({ type: 'correct-reviewer', ...profile, reason: 'again', at })
      .staysQuiet());
  test('who retired is not corrected', () =>
    given(registered, retired)
      .when({ type: 'correct-reviewer', ...profile, pool: 'recommended', reason: 'late', at })
      .rejects('reviewer-retired'));
  test('who is unknown is neither corrected nor retired', () => {
    given()
      .when({ type: 'correct-reviewer', ...profile, reason: 'late', at })
      .rejects('unknown-reviewer');
    given().when({ type: 'retire-reviewer', reason: 'asked to', at }).rejects('unknown-reviewer');
  });
  test('retires once', () => {
    given(registered).when({ type: 'retire-reviewer', reason: 'asked to', at }).then(retired);
    given(registered, retired).when({ type: 'retire-reviewer', reason: 'asked to', at }).staysQuiet();
  });

  test('whatever is asked, the subject behind a reviewer never changes', () => {
    const commands = fc.constantFrom<ReviewerCommand>(
      register,
      { ...register, subject: 'seo' },
      { type: 'correct-reviewer', ...profile, reason: 'r', at },
      { type: 'retire-reviewer', reason: 'r', at },
    );
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 12 }), (asked) => {
        const history = historyOf(reviewer, asked);
        expect(history.filter(({ type }) => type === 'reviewer-registered').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
