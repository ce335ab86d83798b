// The permission matrix, through the client that people use: every chat action of the catalogue, tried by user, guest, anonymous, channel
// member, channel moderator, moderator, admin and owner. What is expected comes from the documented grants, never from the server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ACTIONS } from '../hallpass/catalogue.js';
import { CASES, WITHOUT_A_CALL } from '../hallpass/matrix/cases.js';
import { run, runByDefault } from '../hallpass/matrix/run.js';

/** As many as a small machine has use for: each waits for the server most of the time. */
const AT_ONCE = 6;

test('every action of the catalogue is exercised by a call, or is on the list of those that no client calls', () => {
  const exercised = CASES.map((one) => one.action);
  assert.deepEqual([...new Set([...exercised, ...Object.keys(WITHOUT_A_CALL)])].sort(), ACTIONS);
  assert.equal(ACTIONS.length, 71);
  assert.deepEqual(WITHOUT_A_CALL, {});
});

describe('a call succeeds exactly when the grants say so', { concurrency: AT_ONCE }, () => {
  for (const one of CASES) {
    test(`${one.action} (${one.call})`, () => run(one));
  }
});

for (const type of ['livestream', 'team', 'commerce', 'gaming']) {
  describe(`in channels of type ${type}, what the default grants say`, { concurrency: AT_ONCE }, () => {
    for (const one of CASES.filter(({ level }) => level !== '.app')) {
      test(`${one.action} (${one.call})`, () => runByDefault(one, type));
    }
  });
}
