import { describe, test } from '@jest/globals';
import { instance } from './instance.js';
import { specify } from './testing/index.js';

const at = '2025-07-01T00:00:00.000Z';
const { given } = specify(instance);

describe('an instance', () => {
  test('is declared a rehearsal or production by the first event of its log', () => {
    given().when({ type: 'declare-instance', mode: 'rehearsal', at }).then({ type: 'instance-declared', mode: 'rehearsal', at });
    given().when({ type: 'declare-instance', mode: 'production', at }).then({ type: 'instance-declared', mode: 'production', at });
  });

  test('is never made into the other', () => {
    given({ type: 'instance-declared', mode: 'rehearsal', at })
      .when({ type: 'declare-instance', mode: 'production', at })
      .rejects('declared-otherwise', { mode: 'rehearsal' });
    given({ type: 'instance-declared', mode: 'production', at })
      .when({ type: 'declare-instance', mode: 'rehearsal', at })
      .rejects('declared-otherwise', { mode: 'production' });
  });

  test('stays what it is in quiet', () => {
    given({ type: 'instance-declared', mode: 'rehearsal', at }).when({ type: 'declare-instance', mode: 'rehearsal', at }).staysQuiet();
  });
});
