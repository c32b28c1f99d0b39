import { readFileSync } from 'node:fs';
import { parts, type Allowed, type Part, type PartSettings } from './parts.js';

/** One part of a failure run as a process of its own: `node part.js <part> <file of settings>`. It ends with who started it. */
const [name, file] = process.argv.slice(2);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.once('disconnect', () => process.exit(0));
const settings = JSON.parse(readFileSync(file ?? '', 'utf8')) as PartSettings;
await parts[name as Part]({ settings, signal: stopping.signal, tell: (told) => void process.send?.(told), listen: (heard) => void process.on('message', (message: Allowed) => heard(message)) });
process.exit(0);
