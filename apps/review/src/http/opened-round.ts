import type { RoundName } from '@program-ledger/contracts/review';
import { type Commands } from '@program-ledger/event-sourcing';
import { Problem } from '@program-ledger/host';
import { parseRulebook, roundOf as ruleOf, type Round as RoundRule, type Rulebook } from '@program-ledger/rulebook';
import { docket, representativesOf, roundOf, type Docket, type Round } from '../domain/docket/docket.decider.js';
import type { Candidate } from '../domain/docket/docket.events.js';
import { roundKey, ruleTextId } from '../domain/identities.js';
import { ruleText } from '../domain/rule-text/rule-text.decider.js';
import type { Where } from '../domain/vocabulary.js';
import { rejections } from './rejections.js';

/** A round that was opened, with everything that commands on it are judged by. */
export type OpenedRound = {
  /** Id of its panel and of its decision. */
  readonly id: string;
  readonly where: Where;
  readonly round: Round;
  readonly rule: RoundRule;
  readonly rulebook: Rulebook;
  readonly parties: readonly { readonly applicationId: string; readonly representatives: readonly string[] }[];
  readonly candidates: readonly Candidate[];
};

/**
 * Reads the docket's stream and the rule text's, never a view. What is taken from them into a command on another stream is never changed
 * once it is there: an opened round, its subjects, a rule text.
 * @throws Problem 404 when the call or the round is not there, 409 when the rulebook has not come yet.
 */
export const openedRound = async (commands: Commands, programmeId: string, { callId, roundId }: RoundName): Promise<OpenedRound> => {
  const state = await docketOf(commands, programmeId, callId);
  const rulebook = await rulebookInForce(commands, programmeId, state.rulebookDigest);
  const round = roundOf(state, roundId);
  const rule = ruleOf(rulebook, roundId);
  if (round === undefined || rule === undefined) throw problem('round-not-opened', { roundId });
  const parties = round.subjects.map((applicationId) => ({ applicationId, representatives: representativesOf(state, applicationId) }));
  return { id: roundKey(callId, roundId), where: round.where, round, rule, rulebook, parties, candidates: state.candidates };
};

export const docketOf = async (commands: Commands, programmeId: string, callId: string): Promise<Docket> => {
  const { state } = await commands.load(docket, callId);
  if (state.status === 'absent' || state.programmeId !== programmeId) throw problem('unknown-docket', {});
  return state;
};

const parsed = new Map<string, Rulebook>();
const parsedMax = 100;

/** The rulebook of that digest, as this service received it. */
export const rulebookInForce = async (commands: Commands, programmeId: string, digest: string): Promise<Rulebook> => {
  const known = parsed.get(digest);
  if (known !== undefined) return known;
  const { state } = await commands.load(ruleText, ruleTextId(programmeId, digest));
  if (state.status === 'absent') throw problem('rulebook-not-received', { digest });
  const rulebook = parseRulebook(state.text);
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(digest, rulebook);
  return rulebook;
};

export const problem = (code: keyof typeof rejections, details: Readonly<Record<string, string>>): Problem =>
  new Problem({ status: rejections[code].status, code, details, entry: rejections[code] });
