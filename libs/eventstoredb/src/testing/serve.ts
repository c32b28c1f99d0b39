/*
 * The double as a process of its own, which a test, a story or a person takes for a server:
 *   node libs/eventstoredb/dist/testing/serve.js [--node-port=2113] [--db=FOLDER]
 * With a folder it keeps what it has answered for, so that it can be killed without warning and started again.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDouble } from './double.js';
import type { DoubleLog, Expected } from './log.js';
import type { NewRecord } from './records.js';

type Line = { readonly name: string; readonly expected: string; readonly events: readonly (Omit<NewRecord, 'data' | 'customMetadata'> & { data: string; customMetadata: string })[] };

const flag = (name: string): string | undefined => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'base64');
const expectedOf = (text: string): Expected => (text === 'any' || text === 'no_stream' || text === 'stream_exists' ? text : BigInt(text));

/** Every append is in the file before it is answered; what the log does by itself in one of them, it does again. */
const keepIn = (log: DoubleLog, file: string): void => {
  const append = log.append.bind(log);
  if (existsSync(file)) {
    for (const text of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const { name, expected, events } = JSON.parse(text) as Line;
      append(name, expectedOf(expected), events.map((event) => ({ ...event, data: bytesOf(event.data), customMetadata: bytesOf(event.customMetadata) })));
    }
    log.reopen();
  }
  let depth = 0;
  log.append = (name, expected, events) => {
    depth += 1;
    const result = append(name, expected, events);
    depth -= 1;
    if (depth > 0 || result.kind !== 'written') return result;
    const line: Line = { name, expected: String(expected), events: events.map((event) => ({ ...event, data: base64(event.data), customMetadata: base64(event.customMetadata) })) };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    return result;
  };
};

const folder = flag('db');
const double = await startDouble({
  port: Number(flag('node-port') ?? 0),
  prepare: (log) => {
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    keepIn(log, join(folder, 'appends'));
  },
});
process.stdout.write(`${double.url}\n`);
