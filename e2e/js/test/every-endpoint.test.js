// Every endpoint that the page lists, and the page lists every one (a test of the server holds it to that): none opens without a key,
// with a wrong key or token, or with another app's; and what is for the back end opens to no user.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { refusalIn } from '../hallpass/refusal.js';
import { people } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const PAGE = readFileSync(new URL('../../../docs/stream.md', import.meta.url), 'utf8');
const TABLE = PAGE.split('<!-- operations: from the routes -->')[1].split('<!-- end of operations -->')[0];
const ROW = /^\| (\w+) \| `(\w+) (\S+)` \| `(\S+)` \| (.*) \| (\d+) \|$/gm;
const ENDPOINTS = [...TABLE.matchAll(ROW)]
  .map(([, operation, method, path, prefix, who]) => ({ operation, method, path, prefix, who }))
  // Speaks WebSocket; whom it refuses is tried there.
  .filter(({ operation }) => operation !== 'Connect');

/** A path with something in its variable parts. */
const filled = (path) => path.replace('{type}', 'messaging').replaceAll(/\{\w+\}/g, 'some');

const jwt = (claims, secret) => {
  const head = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
};

async function codeOf(method, path, apiKey, token) {
  const address = apiKey === undefined ? path : `${path}?api_key=${apiKey}`;
  const headers = { 'stream-auth-type': 'jwt', ...(token === undefined ? {} : { authorization: token }) };
  const answer = await call(method, address, { headers, ...(['GET', 'DELETE'].includes(method) ? {} : { json: {} }) });
  const { code, StatusCode } = refusalIn(answer);
  return [code, StatusCode];
}

test('the page lists many', () => assert.ok(ENDPOINTS.length > 100, `${ENDPOINTS.length}`));

describe('no endpoint opens', { concurrency: 4 }, () => {
  let apps;
  const both = () => (apps ??= Promise.all([newApp(), newApp()]).then(async ([mine, other]) => {
    await people(mine, 'eve');
    return { mine, other };
  }));
  for (const { operation, method, path, prefix, who } of ENDPOINTS) {
    test(`${method} ${path} (${operation})`, async () => {
      const { mine, other } = await both();
      for (const address of [filled(path), prefix + filled(path)]) {
        assert.deepEqual(await codeOf(method, address), [2, 401], 'without a key');
        assert.deepEqual(await codeOf(method, address, 'no-such-key'), [2, 401], 'with a key that is nobody’s');
        if (who.startsWith('everybody with the `api_key`')) continue;
        assert.deepEqual(await codeOf(method, address, mine.apiKey), [5, 401], 'without a token');
        assert.deepEqual(await codeOf(method, address, mine.apiKey, 'x.y.z'), [5, 401], 'with something else');
        assert.deepEqual(await codeOf(method, address, mine.apiKey, jwt({ server: true }, other.apiSecret)), [43, 401], 'with another app’s token');
        assert.deepEqual(await codeOf(method, address, mine.apiKey, jwt({ user_id: 'eve', exp: 1 }, mine.apiSecret)), [40, 401], 'with one that is over');
        if (who === 'back end') {
          assert.deepEqual(await codeOf(method, address, mine.apiKey, jwt({ user_id: 'eve' }, mine.apiSecret)), [17, 403], 'as a user');
        }
      }
    });
  }
});
