/** An expected reason not to start: the message is one sentence for the person at the terminal. */
export class StartRefused extends Error {
  override readonly name: string = 'StartRefused';
}

/** No first event is there, and this process may not append one: another, or the operator, is about to. */
export class LogUndeclared extends StartRefused {
  constructor(cause: Error) {
    super('Nobody has said yet what this log is, and this process may not: the operator says it (setup … --declare), or a service that appends.', { cause });
  }
}
