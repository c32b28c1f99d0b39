/**
 * Hands out what a source yields, having asked for the next already while one is worked on; `idle`, once, when nothing comes for a while.
 */
export async function* readAhead<T>(source: AsyncIterable<T>, idleMs?: number): AsyncGenerator<T | 'idle'> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (let next = ask(iterator), idle = false; ; ) {
      // Asked again and again for `idle`, what is waited for would remember every asker until it comes.
      const got: Asked<T> | 'idle' = idleMs === undefined || idle ? await next : await orIdle(next, idleMs);
      idle = got === 'idle';
      if (got === 'idle') yield got;
      else if ('error' in got) throw got.error;
      else if (got.done === true) return;
      else {
        next = ask(iterator);
        yield got.value;
      }
    }
  } finally {
    await iterator.return?.();
  }
}

type Asked<T> = IteratorResult<T> | { readonly error: unknown };

/** A failure is kept until it is its turn, so that it never goes unhandled in between. */
const ask = async <T>(iterator: AsyncIterator<T>): Promise<Asked<T>> => {
  try {
    return await iterator.next();
  } catch (error) {
    return { error };
  }
};

const orIdle = <T>(next: Promise<Asked<T>>, idleMs: number): Promise<Asked<T> | 'idle'> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('idle'), idleMs);
    void next.then((asked) => {
      clearTimeout(timer);
      resolve(asked);
    });
  });
