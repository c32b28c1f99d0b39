import { describe } from '@jest/globals';
import { EmbeddedKafkaRefused, startKafka, type EmbeddedKafka, type EmbeddedKafkaOptions } from '@program-ledger/embedded-kafka';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const absences: readonly string[] = ['java-absent', 'maven-absent', 'fetch-failed'];

/** A broker of this file's own, or nothing, said aloud, where Java or Maven are missing. */
export const realKafka = async (what: string, options: Partial<EmbeddedKafkaOptions> = {}): Promise<EmbeddedKafka | undefined> => {
  try {
    return await startKafka({ directory: mkdtempSync(join(tmpdir(), 'kafka-')), throwAway: true, ...options });
  } catch (error) {
    if (!(error instanceof EmbeddedKafkaRefused) || !absences.includes(error.code)) throw error;
    process.stderr.write(`\nNOT RUN: ${what}. ${error.message}\n\n`);
    return undefined;
  }
};

/** Runs the suite where there is a broker; otherwise it is listed as skipped, and why was said. */
export const describeOn = (kafka: EmbeddedKafka | undefined, name: string, suite: (kafka: EmbeddedKafka) => void): void => {
  if (kafka === undefined) describe.skip(name, () => undefined);
  else describe(name, () => suite(kafka));
};

/** Patience of tests: a member that was killed is missed soon. */
export const impatient = { sessionMs: 2_000, heartbeatMs: 200, rebalanceMs: 10_000, fetchWaitMs: 100, commitEveryMs: 20 } as const;
