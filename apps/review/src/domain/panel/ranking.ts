import { decideBy, ranking, type DecisionRecord, type RankingInput, type Rulebook } from '@program-ledger/rulebook';
import type { EventReference } from '../vocabulary.js';
import type { Opened } from './panel.events.js';

type Ranking = {
  readonly rulebook: Rulebook;
  readonly roundId: string;
  readonly subjects: readonly string[];
  readonly opened: readonly Opened[];
  /** The event that opens the scores: what every score of the ranking refers to. */
  readonly opening: EventReference;
  /** For lots between equals: fixed before anybody scored, known to nobody until the opening. */
  readonly seed: string;
};

/** The ranking of all subjects of a round from the opened scores, each score with its reference. */
export const rank = ({ rulebook, roundId, subjects, opened, opening, seed }: Ranking): DecisionRecord => {
  const bySubject = subjects.map((subject) => ({ subject, places: opened.flatMap(({ applicationId }, index) => (applicationId === subject ? [index] : [])) }));
  const input: RankingInput = {
    round: roundId,
    subjects: bySubject.map(({ subject, places }) => ({
      subject,
      scores: places.flatMap((place) => opened.slice(place, place + 1)).map(({ reviewerId, scores }) => ({ reviewer: reviewerId, criteria: scores })),
    })),
  };
  const references = bySubject.flatMap(({ places }, subject) =>
    places.map((place, each) => ({ pointer: `/subjects/${subject}/scores/${each}/criteria`, ...opening, source: `/opened/${place}/scores` })),
  );
  return decideBy(ranking, rulebook, input, { references, seed });
};
