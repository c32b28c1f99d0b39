/** What this process has begun and must undo however it ends: children, servers, directories. */
const open: (() => Promise<void>)[] = [];

/** Remembers how something ends; answers that as a function which does it once, whoever asks. */
export const endingWith = (end: () => Promise<void>): (() => Promise<void>) => {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> =>
    (ended ??= end().finally(() => {
      open.splice(open.indexOf(once), 1);
    }));
  open.push(once);
  return once;
};

/** Everything that is still open, the last that was begun first. What fails to end keeps nothing else from ending. */
export const endAll = async (): Promise<void> => {
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) await last().catch(() => undefined);
};

/** For a program: a signal ends everything before the process. A second one does not wait. */
export const endOnSignals = (): void => {
  for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]] as const) process.once(signal, () => void endAll().finally(() => process.exit(code)));
};
