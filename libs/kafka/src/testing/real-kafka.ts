import { describe, expect, test } from '@jest/globals';
import { EmbeddedKafkaRefused, startKafka, type EmbeddedKafka, type EmbeddedKafkaOptions } from '@program-ledger/embedded-kafka';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Anything else, jars that cannot be fetched or are not the right ones included, is a failure. */
const absences: readonly string[] = ['java-absent', 'maven-absent'];

/** A broker of this file's own, or why there is none. */
export type RealKafka = { readonly kafka: EmbeddedKafka } | { readonly why: string };

/** Where Java or Maven are missing, nothing of it runs, and that is said aloud. */
export const realKafka = async (what: string, options: Partial<EmbeddedKafkaOptions> = {}): Promise<RealKafka> => {
  try {
    return { kafka: await startKafka({ directory: mkdtempSync(join(tmpdir(), 'kafka-')), throwAway: true, ...options }) };
  } catch (error) {
    if (!(error instanceof EmbeddedKafkaRefused) || !absences.includes(error.code)) throw error;
    process.stderr.write(`\nNOT RUN: ${what}. ${error.message}\n\n`);
    return { why: error.message };
  }
};

export const stopped = async (real: RealKafka): Promise<void> => ('kafka' in real ? real.kafka.stop() : undefined);

/** Runs the suite where there is a broker; elsewhere it says in its place that it did not run. */
export const describeOn = (real: RealKafka, name: string, suite: (kafka: EmbeddedKafka) => void): void => {
  describe(name, () => {
    if ('kafka' in real) suite(real.kafka);
    else test(`NOT RUN: ${real.why}`, () => expect(real.why).not.toBe(''));
  });
};

/** Patience of tests: a member that was killed is missed soon. */
export const impatient = { sessionMs: 2_000, heartbeatMs: 200, rebalanceMs: 10_000, drainMsMax: 8_000, fetchWaitMs: 100, commitEveryMs: 20 } as const;
