import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.js';

const { values } = parseArgs({ options: { out: { type: 'string', default: '.data/bundle' } } });
const directory = resolve(values.out);
for (const name of await bundle(process.cwd(), directory)) {
  const file = join(directory, `${name}.mjs`);
  process.stdout.write(`${(statSync(file).size / 1_048_576).toFixed(1).padStart(5)} MB  ${file}\n`);
}
