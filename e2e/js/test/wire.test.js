// The two dialects on the wire: the same operations, differently spelled. What SDKs hide is looked at here without one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { refusalIn } from '../hallpass/refusal.js';
import { pick, rolesOf } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Checks every `…_at` field in an answer; gives back how many there were. */
function times(value, isTime) {
  if (value === null || typeof value !== 'object') return 0;
  let seen = 0;
  for (const [key, inner] of Object.entries(value)) {
    if (key.endsWith('_at') && inner !== null) {
      assert.ok(isTime(inner), `${key}: ${JSON.stringify(inner)}`);
      seen += 1;
    } else {
      seen += times(inner, isTime);
    }
  }
  return seen;
}

const isRfc3339 = (value) => typeof value === 'string' && RFC3339.test(value);
// JSON numbers of this size lose their last digits in JavaScript; whole they are all the same.
const isNanoseconds = (value) => Number.isInteger(value) && Math.abs(value / 1e6 - Date.now()) < 24 * 3_600_000;

/** The life of a user and a channel, as data: method, path in each dialect, body in each dialect, status. */
function life({ chat, common, nested }) {
  const custom = (fields) => (nested ? { custom: fields } : fields);
  return [
    ['POST', `${common}/users`, { users: { ana: { id: 'ana', name: 'Ana', ...custom({ hat: 'blue' }) }, ben: { id: 'ben' } } }, 201],
    ['PATCH', `${common}/users`, { users: [{ id: 'ana', set: { shoe: 39 }, unset: ['hat'] }] }, 200],
    ['GET', `${common}/users?payload=${encodeURIComponent('{"filter_conditions":{"id":"ana"}}')}`, undefined, 200],
    ['POST', `${common}/roles`, { name: 'agent' }, 201],
    ['GET', `${common}/roles`, undefined, 200],
    ['POST', `${chat}/channeltypes`, { name: 'club', automod: 'disabled', automod_behavior: 'flag', max_message_length: 500 }, 201],
    ['PUT', `${chat}/channeltypes/club`, { grants: { agent: ['read-channel'] } }, 201],
    ['GET', `${chat}/channeltypes/club`, undefined, 200],
    ['GET', `${chat}/channeltypes`, undefined, 200],
    ['POST', `${chat}/channels/club/chess/query`, { data: { created_by_id: 'ana', members: [{ user_id: 'ben' }], ...custom({ board: 8 }) }, state: true }, 201],
    ['POST', `${chat}/channels/club/chess`, { add_members: [{ user_id: 'ana', channel_role: 'agent' }] }, 201],
    ['PATCH', `${chat}/channels/club/chess`, { set: { open: true } }, 200],
    ['POST', `${chat}/channels`, { filter_conditions: { type: 'club' }, state: true }, 201],
    ['GET', `${chat}/members?payload=${encodeURIComponent('{"type":"club","id":"chess","filter_conditions":{}}')}`, undefined, 200],
    ['GET', `${common}/app`, undefined, 200],
    ['PATCH', `${common}/app`, { multi_tenant_enabled: false }, 200],
    ['DELETE', `${chat}/channels/club/chess`, undefined, 200],
    ['PUT', `${chat}/channeltypes/club`, { grants: { agent: [] } }, 201],
    ['DELETE', `${common}/roles/agent`, undefined, 200],
  ];
}

async function live(app, steps, isTime) {
  const answers = [];
  for (const [method, path, json, status] of steps) {
    const answer = await app.callWith(app.serverToken, method, path, json);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.match(answer.body.duration, /^\d+(\.\d+)?ms$/, path);
    times(answer.body, isTime);
    answers.push(answer.body);
  }
  return answers;
}

describe('the unprefixed paths', () => {
  test('have RFC 3339 times and custom fields beside the others', async () => {
    const app = await newApp();
    const answers = await live(app, life({ chat: '', common: '', nested: false }), isRfc3339);
    const [upserted, patched, queried, , , , , type, , opened, joined, partial, found, members] = answers;
    assert.equal(upserted.users.ana.hat, 'blue');
    assert.equal(typeof upserted.membership_deletion_task_id, 'string');
    assert.deepEqual(pick(patched.users.ana, 'hat', 'shoe', 'name'), { hat: undefined, shoe: 39, name: 'Ana' });
    assert.equal(queried.users[0].shoe, 39);
    assert.equal(type.max_message_length, 500);
    assert.deepEqual(type.grants.agent, ['read-channel']);
    assert.deepEqual(pick(opened.channel, 'cid', 'type', 'id', 'board', 'frozen', 'member_count'), { cid: 'club:chess', type: 'club', id: 'chess', board: 8, frozen: false, member_count: 1 });
    assert.equal(opened.channel.created_by.id, 'ana');
    assert.deepEqual([opened.messages, opened.pinned_messages, opened.threads], [[], [], []]);
    assert.equal(rolesOf(joined.members).ana, 'agent');
    assert.equal(partial.channel.open, true);
    assert.equal(partial.channel.board, 8);
    assert.deepEqual(found.channels.map((one) => one.channel.cid), ['club:chess']);
    assert.deepEqual(rolesOf(members.members), { ana: 'agent', ben: 'channel_member' });
    assert.ok(times(opened, isRfc3339) >= 6, 'channel, config, owner, member and its user say when they were made and changed');
  });
});

describe('/api/v2', () => {
  test('has times in nanoseconds and custom fields under custom', async () => {
    const app = await newApp();
    const answers = await live(app, life({ chat: '/api/v2/chat', common: '/api/v2', nested: true }), isNanoseconds);
    const [upserted, patched, queried, , , , , type, , opened, joined, partial, found, members] = answers;
    assert.deepEqual(upserted.users.ana.custom, { hat: 'blue' });
    assert.deepEqual(patched.users.ana.custom, { shoe: 39 });
    assert.deepEqual(queried.users[0].custom, { shoe: 39 });
    assert.deepEqual(type.grants.agent, ['read-channel']);
    assert.deepEqual(opened.channel.custom, { board: 8 });
    assert.deepEqual(pick(opened.channel, 'cid', 'type', 'id', 'frozen', 'member_count'), { cid: 'club:chess', type: 'club', id: 'chess', frozen: false, member_count: 1 });
    assert.equal(rolesOf(joined.members).ana, 'agent');
    assert.deepEqual(partial.channel.custom, { board: 8, open: true });
    assert.deepEqual(found.channels.map((one) => one.channel.cid), ['club:chess']);
    assert.deepEqual(rolesOf(members.members), { ana: 'agent', ben: 'channel_member' });
    assert.ok(times(opened, isNanoseconds) >= 6);
  });
});

describe('both', () => {
  for (const [dialect, chat] of [['unprefixed', ''], ['/api/v2', '/api/v2/chat']]) {
    test(`${dialect}: channels of a set of members have one id, made of them`, async () => {
      const app = await newApp();
      await app.chat.upsertUsers([{ id: 'ana' }, { id: 'ben' }]);
      const open = (members) => app.callWith(app.serverToken, 'POST', `${chat}/channels/messaging/query`, { data: { created_by_id: 'ana', members: members.map((user_id) => ({ user_id })) } });
      const first = await open(['ana', 'ben']);
      assert.equal(first.status, 201, first.text);
      assert.match(first.body.channel.id, /^!members-/);
      assert.equal((await open(['ben', 'ana'])).body.channel.cid, first.body.channel.cid);
      // The id has a character that some SDKs encode and others do not.
      for (const id of [first.body.channel.id, encodeURIComponent(first.body.channel.id).replace('!', '%21')]) {
        const again = await app.callWith(app.serverToken, 'POST', `${chat}/channels/messaging/${id}/query`, {});
        assert.equal(again.body.channel?.cid, first.body.channel.cid, again.text);
      }
      await app.chat.upsertUser({ id: 'eve' });
      const added = await app.callWith(app.serverToken, 'POST', `${chat}/channels/messaging/${first.body.channel.id}`, { add_members: [{ user_id: 'eve' }] });
      assert.deepEqual(pick(refusalIn(added), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
      assert.ok(added.body.message.includes('cannot add members to the distinct channel'), added.text);
    });

    test(`${dialect}: what is not there, and what makes no sense`, async () => {
      const app = await newApp();
      for (const [method, path, json, code, StatusCode] of [
        ['GET', `${chat}/channels/messaging/nowhere`, undefined, 16, 404],
        ['POST', `${chat}/channels/messaging/nowhere`, { data: {} }, 16, 404],
        ['PATCH', `${chat}/channels/messaging/nowhere`, { set: { a: 1 } }, 16, 404],
        ['DELETE', `${chat}/channels/messaging/nowhere`, undefined, 16, 404],
        ['GET', `${chat}/channeltypes/nosuch`, undefined, 16, 404],
        ['POST', `${chat}/channels/nosuch/one/query`, { data: { created_by_id: 'ana' } }, 16, 404],
        ['POST', `${chat}/channels/messaging/one/query`, { data: { name: 'Whose?' } }, 4, 400],
        ['POST', `${chat}/channels/messaging/one/query`, [1, 2], 4, 400],
        ['POST', `${chat}/channeltypes`, {}, 4, 400],
      ]) {
        const answer = await app.callWith(app.serverToken, method, path, json);
        assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code, StatusCode }, `${method} ${path} ${JSON.stringify(json)}: ${answer.text}`);
      }
      const whose = await app.callWith(app.serverToken, 'POST', `${chat}/channels/messaging/one/query`, { data: {} });
      assert.deepEqual(refusalIn(whose), {
        code: 4, StatusCode: 400,
        message: 'GetOrCreateChannel failed with error: "either data.created_by or data.created_by_id must be provided when using server side auth."',
      });
    });
  }

  test('a browser may call from anywhere', async () => {
    for (const path of ['/channels/messaging/general/query', '/api/v2/chat/channels/messaging/general/query']) {
      const answer = await call('OPTIONS', path, {
        headers: { origin: 'https://chat.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,stream-auth-type,x-client-request-id,x-stream-client' },
      });
      assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
      assert.ok(['*', 'https://chat.example'].includes(answer.headers.get('access-control-allow-origin')));
      for (const header of ['authorization', 'content-type', 'stream-auth-type', 'x-client-request-id', 'x-stream-client']) {
        assert.ok(answer.headers.get('access-control-allow-headers').toLowerCase().includes(header), header);
      }
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        assert.ok(answer.headers.get('access-control-allow-methods').includes(method), method);
      }
    }
  });

  test('a body that is not JSON is bad input, not a crash', async () => {
    const app = await newApp();
    for (const path of ['/roles', '/api/v2/roles']) {
      const answer = await call('POST', `${path}?api_key=${app.apiKey}`, { headers: { authorization: app.serverToken, 'stream-auth-type': 'jwt', 'content-type': 'application/json' }, text: '{"name": ' });
      assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code: 4, StatusCode: 400 });
    }
  });
});
