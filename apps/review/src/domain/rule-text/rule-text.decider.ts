import { reject, sha256, type Aggregate } from '@program-ledger/event-sourcing';
import { ruleTextEvents, type RuleTextEvent } from './rule-text.events.js';

type Received = Omit<RuleTextEvent, 'type'>;

export type RuleTextCommand = { readonly type: 'receive-rule-text' } & Received;
export type RuleTextRejection = 'digest-differs';

export type RuleText = { readonly status: 'absent' } | { readonly status: 'received'; readonly text: string; readonly digest: string };

const decide = (command: RuleTextCommand, ruleText: RuleText) => {
  const computed = sha256(command.text);
  if (computed !== command.digest) return reject('digest-differs', { stated: command.digest, computed });
  return ruleText.status === 'received' ? [] : [{ ...command, type: 'rule-text-received' } as const];
};

/** The rulebook as this service received it: what every later decision here applies, found by the digest that the decision names. */
export const ruleText: Aggregate<RuleText, RuleTextCommand, RuleTextEvent, RuleTextRejection> = {
  category: 'ruleText',
  events: ruleTextEvents,
  initial: { status: 'absent' },
  evolve: (_, { text, digest }) => ({ status: 'received', text, digest }),
  decide,
};
