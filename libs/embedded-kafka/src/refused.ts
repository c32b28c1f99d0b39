/** Why the broker did not start; the message is one sentence for the person at the terminal. */
export type KafkaRefusedCode =
  | 'java-absent'
  | 'maven-absent'
  | 'fetch-failed'
  | 'checksum-mismatch'
  | 'directory-in-use'
  | 'directory-of-other-security'
  | 'port-in-use'
  | 'start-failed';

/** An expected reason not to start: print the message and exit, no stack. */
export class EmbeddedKafkaRefused extends Error {
  override readonly name = 'EmbeddedKafkaRefused';
  constructor(
    readonly code: KafkaRefusedCode,
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}
