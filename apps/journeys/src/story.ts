import type { Person } from './client.js';
import type { Report } from './report.js';
import type { Bilingual, Stage } from './stage.js';

/** A whole programme, played through the public APIs by the people who would. */
export type Story = {
  readonly name: string;
  readonly title: Bilingual;
  readonly auditor: Person;
  /** Plays to the end and reads the report back from the services. */
  readonly play: (stage: Stage) => Promise<Report>;
  /** What the report must say, as sentences; those that do not hold come back. */
  readonly faults: (report: Report) => readonly string[];
};

/** A sentence about how a story ends, and whether it holds. */
export type Truth = readonly [sentence: string, holds: (report: Report) => boolean];

/** The sentences that do not hold. */
export const faultsOf = (truths: readonly Truth[], report: Report): readonly string[] => truths.flatMap(([sentence, holds]) => (holds(report) ? [] : [sentence]));
