import { describe, expect, test } from '@jest/globals';
import { paymentHeld } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('payment', () => {
  test('payment: it is held while a part of the own share is missing', () => {
    expect(paymentHeld(exampleRulebook(), { due: 10n, brought: 9n })).toBe(true);
    expect(paymentHeld(exampleRulebook(), { due: 10n, brought: 10n })).toBe(false);
  });

  test('payment: unless the rulebook does not wait for it', () =>
    expect(
      paymentHeld(
        exampleRulebook((draft) => (draft.payment.heldWhileOwnShareUnpaid = false)),
        { due: 10n, brought: 0n },
      ),
    ).toBe(false));
});
