import { reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import { canonicalRulebookText, dayOf, parseRulebook, RulebookInvalid, type Rulebook } from '@program-ledger/rulebook';
import { applicationsLimits } from '../vocabulary.js';
import type { RulebookEvent } from './rulebook.events.js';
import { rulebookStream, type ProgrammeRulebook } from './rulebook.state.js';

export type RulebookCommand = {
  readonly type: 'enact-rulebook';
  readonly programmeId: string;
  readonly text: string;
  readonly reason: string;
  /** Of the programme. */
  readonly timeZone: string;
  readonly rehearsal: boolean;
  readonly by: string;
  readonly at: string;
};

export type RulebookRejection =
  | 'rulebook-invalid'
  | 'invented-rulebook'
  | 'zone-differs'
  | 'another-rulebook'
  | 'version-not-next'
  | 'version-without-delay'
  | 'too-many-versions';

const decide = (command: RulebookCommand, { versions }: ProgrammeRulebook): readonly RulebookEvent[] | Rejection<RulebookRejection> => {
  const { programmeId, text, reason, timeZone, rehearsal, by, at } = command;
  const rulebook = parsed(text);
  if ('rejected' in rulebook) return rulebook;
  if (rulebook.digest === versions.at(-1)?.digest) return [];
  if (!rehearsal && rulebook.invented === true) return reject('invented-rulebook');
  if (rulebook.timeZone !== timeZone) return reject('zone-differs', { timeZone, found: rulebook.timeZone });
  const refused = outOfOrder(rulebook, { versions }, dayOf(at, timeZone));
  if (refused !== undefined) return refused;
  const { id: document, version, digest, validFrom, validTo = null } = rulebook;
  return [{ type: 'rulebook-enacted', programmeId, document, version, text: canonicalRulebookText(text), digest, validFrom, validTo, reason, enactedBy: by, at }];
};

/** A later version is the next one of the same document, and holds from a day that has not begun: nobody is judged by a text enacted afterwards. */
const outOfOrder = ({ id, version, validFrom }: Rulebook, { versions }: ProgrammeRulebook, today: string): Rejection<RulebookRejection> | undefined => {
  const last = versions.at(-1);
  if (last === undefined) return undefined;
  if (versions.length >= applicationsLimits.rulebookVersionsMax) return reject('too-many-versions', { rulebookVersionsMax: applicationsLimits.rulebookVersionsMax });
  if (id !== last.document) return reject('another-rulebook', { document: last.document, found: id });
  if (version !== last.version + 1) return reject('version-not-next', { next: last.version + 1, found: version });
  const earliest = last.validFrom > today ? last.validFrom : today;
  return validFrom > earliest ? undefined : reject('version-without-delay', { after: earliest, found: validFrom });
};

const issuesAnsweredMax = 20;

const parsed = (text: string): Rulebook | Rejection<'rulebook-invalid'> => {
  try {
    return parseRulebook(text);
  } catch (error) {
    if (!(error instanceof RulebookInvalid)) throw error;
    return reject('rulebook-invalid', { faults: error.issues.length, issues: error.issues.slice(0, issuesAnsweredMax).map(({ code, pointer, message }) => ({ code, pointer, message })) });
  }
};

/** The rules of a programme, version after version; each with who enacted it, when and why. */
export const rulebook: Aggregate<ProgrammeRulebook, RulebookCommand, RulebookEvent, RulebookRejection> = { ...rulebookStream, decide };
