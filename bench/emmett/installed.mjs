// Emmett has dependencies of its own, apart from the workspace: installed here when the bench first wants them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Version of Emmett, ready to be measured; null, with a word about it, where it cannot be installed. */
export const emmettInstalled = (say) => {
  const { dependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8'));
  const version = dependencies['@event-driven-io/emmett-postgresql'];
  const stamp = here('node_modules/.installed-from');
  const lock = createHash('sha256')
    .update(readFileSync(here('package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return version;
  say(`installing Emmett ${version} (once)`);
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here('.'),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    say('Emmett could not be installed: its column stays empty');
    return null;
  }
  writeFileSync(stamp, lock);
  return version;
};
