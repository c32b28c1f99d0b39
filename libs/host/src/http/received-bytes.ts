import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Problem } from './problem.js';

/** What a body of bytes came to: it lies in a file, not in memory, until the request has been answered. */
export class ReceivedBytes {
  constructor(
    private readonly path: string,
    readonly bytes: number,
    /** `sha256:…` of all of it. */
    readonly digest: string,
  ) {}

  /** From the beginning, as often as it is asked for. */
  read(): Readable {
    return createReadStream(this.path);
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }
}

/** A rest that no request can still be writing, since every body has to come within seconds. */
const leftAfterMs = 3_600_000;

/** Makes the directory, and clears what a crash has left there. */
export const receivingIn = (directory: string): string => {
  const received = join(directory, 'received');
  mkdirSync(received, { recursive: true });
  for (const name of readdirSync(received)) {
    const path = join(received, name);
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > leftAfterMs) rmSync(path, { force: true });
  }
  return received;
};

/** Writes a body to a file as it comes, a chunk at a time; whatever breaks off or is too much leaves none. @throws Problem 413 */
export const receive = async (payload: Readable, directory: string, limit: number): Promise<ReceivedBytes> => {
  const path = join(directory, randomUUID());
  try {
    return await written(payload, path, limit);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
};

const written = async (payload: Readable, path: string, limit: number): Promise<ReceivedBytes> => {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  let bytes = 0;
  try {
    // The connection is still wanted for the answer.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new Problem({ status: 413, code: 'body-too-large', details: { limit } });
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return new ReceivedBytes(path, bytes, `sha256:${hash.digest('hex')}`);
};
