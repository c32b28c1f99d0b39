// A program for the tests: runs a database in the directory it is given and says where, until it is told to stop, or killed.
import { EmbeddedPostgresRefused, startEmbeddedPostgres } from '@program-ledger/embedded-postgres';

const [directory, port = '', throwAway = ''] = process.argv.slice(2);
try {
  const database = await startEmbeddedPostgres({
    directory,
    ...(port === '' ? {} : { port: Number(port) }),
    throwAway: throwAway === 'throw-away',
    onProgress: (sentence) => say({ progress: sentence }),
  });
  say({ url: database.url, port: database.port, directory: database.directory });
  process.stdin.once('data', async () => {
    await database.stop();
    say({ stopped: true });
    process.exit(0);
  });
} catch (error) {
  if (!(error instanceof EmbeddedPostgresRefused)) throw error;
  say({ refused: error.code, sentence: error.message });
  process.exit(1);
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
