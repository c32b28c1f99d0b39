import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

export type Stored = { readonly digest: string; readonly bytes: number };

/** Where the bytes of attachments are, by their SHA-256: nothing is ever changed there, and the same bytes are there once. */
export abstract class ArtefactStore {
  /**
   * Takes bytes as they come and keeps them durably under their digest.
   * @throws ArtefactTooLarge, ArtefactDiffers (when another digest was announced); nothing is kept then.
   */
  abstract put(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: { readonly bytesMax: number; readonly announced?: string }): Promise<Stored>;

  /** The bytes of a digest (`sha256:…`); undefined when they are not there. */
  abstract get(digest: string): Promise<Readable | undefined>;
}

export class ArtefactTooLarge extends Error {
  override readonly name = 'ArtefactTooLarge';
  constructor(readonly bytesMax: number) {
    super(`more than ${bytesMax} bytes`);
  }
}

export class ArtefactDiffers extends Error {
  override readonly name = 'ArtefactDiffers';
  constructor(
    readonly announced: string,
    readonly found: string,
  ) {
    super(`announced ${announced}, came ${found}`);
  }
}

/**
 * A directory as artefact store. Bytes go to a file beside, are flushed, and get their place by a rename: a crash leaves the whole file
 * or none under a digest, at worst a rest among the incoming. Names of files come from digests alone, never from a request.
 */
export class DirectoryArtefacts extends ArtefactStore {
  constructor(private readonly directory: string) {
    super();
  }

  override async put(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, { bytesMax, announced }: { readonly bytesMax: number; readonly announced?: string }): Promise<Stored> {
    const incoming = join(this.directory, 'incoming', randomUUID());
    await mkdir(dirname(incoming), { recursive: true });
    try {
      const stored = await writeDurably(incoming, bytes, bytesMax);
      if (announced !== undefined && announced !== stored.digest) throw new ArtefactDiffers(announced, stored.digest);
      const place = this.placeOf(stored.digest);
      await mkdir(dirname(place), { recursive: true });
      await rename(incoming, place);
      for (const folder of [dirname(place), dirname(dirname(place))]) await flush(folder);
      return stored;
    } finally {
      await rm(incoming, { force: true });
    }
  }

  override async get(digest: string): Promise<Readable | undefined> {
    const place = this.placeOf(digest);
    const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return found?.isFile() === true ? createReadStream(place) : undefined;
  }

  private placeOf(digest: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) throw new TypeError('not a digest');
    return join(this.directory, 'sha256', hex.slice(0, 2), hex);
  }
}

const writeDurably = async (path: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, bytesMax: number): Promise<Stored> => {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  let written = 0;
  try {
    for await (const chunk of bytes) {
      written += chunk.length;
      if (written > bytesMax) throw new ArtefactTooLarge(bytesMax);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes: written };
};

/** A rename is durable when its directory is. */
const flush = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
