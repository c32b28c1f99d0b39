import { readFileSync } from 'node:fs';
import { audited, type Asking } from './audited.js';

/**
 * The auditor as a process of its own: `node audit.js <file>` prints what it found as JSON. It imports nothing of the workspace, so that
 * no error is made on both sides.
 */
const asking = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Asking;
process.stdout.write(`${JSON.stringify(await audited(asking))}\n`);
