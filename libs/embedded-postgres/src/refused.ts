/** Why the database did not start; the message is one sentence for the person at the terminal. */
export type RefusedCode =
  | 'directory-in-use'
  | 'directory-unreachable'
  | 'directory-of-other-user'
  | 'port-in-use'
  | 'no-account'
  | 'platform-unsupported'
  | 'start-failed';

/** An expected reason not to start: print the message and exit, no stack. */
export class EmbeddedPostgresRefused extends Error {
  override readonly name = 'EmbeddedPostgresRefused';
  constructor(
    readonly code: RefusedCode,
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}
