import { pause } from './pause.js';

/**
 * Hands out what a source yields, having asked for the next already while one is worked on; `idle` whenever nothing came for a while.
 */
export async function* readAhead<T>(source: AsyncIterable<T>, idleMs?: number): AsyncGenerator<T | 'idle'> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (let next = ask(iterator); ; ) {
      const got = idleMs === undefined ? await next : await orIdle(next, idleMs);
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

const orIdle = async <T>(next: Promise<Asked<T>>, idleMs: number): Promise<Asked<T> | 'idle'> => {
  const came = new AbortController();
  const idle = pause(idleMs, came.signal).then((): 'idle' => 'idle');
  try {
    return await Promise.race([next, idle]);
  } finally {
    came.abort();
  }
};
