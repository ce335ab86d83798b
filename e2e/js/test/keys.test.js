// Every endpoint with no key, a wrong key, another app's key, and a client's token where the back end's is due.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { notAllowed, refusalIn, serverOnly } from '../hallpass/refusal.js';
import { people, pick } from '../hallpass/scene.js';
import { call, credentials } from '../hallpass/server.js';

/** Operations of Stream's API: name, method, path without prefix, and `chat` where the second dialect has it under /api/v2/chat. */
const SERVER_ONLY = [
  ['ListRoles', 'GET', '/roles'],
  ['CreateRole', 'POST', '/roles', { name: 'intruder' }],
  ['DeleteRole', 'DELETE', '/roles/agent'],
  ['ListPermissions', 'GET', '/permissions'],
  ['GetPermission', 'GET', '/permissions/read-channel'],
  ['CreatePermission', 'POST', '/permissions', { id: 'mine', name: 'Mine', action: 'ReadChannel', condition: {} }],
  ['UpdatePermission', 'PUT', '/permissions/mine', { name: 'Mine', action: 'ReadChannel', condition: {} }],
  ['DeletePermission', 'DELETE', '/permissions/mine'],
  ['UpdateApp', 'PATCH', '/app', { grants: { user: ['ban-user'] } }],
  ['CreateChannelType', 'POST', '/channeltypes', { name: 'intruders' }, 'chat'],
  ['ListChannelTypes', 'GET', '/channeltypes', undefined, 'chat'],
  ['GetChannelType', 'GET', '/channeltypes/messaging', undefined, 'chat'],
  ['UpdateChannelType', 'PUT', '/channeltypes/messaging', { grants: { user: ['read-channel'] } }, 'chat'],
  ['DeleteChannelType', 'DELETE', '/channeltypes/messaging', undefined, 'chat'],
  ['DeleteUsers', 'POST', '/users/delete', { user_ids: ['ana'], user: 'hard' }],
  ['DeactivateUsers', 'POST', '/users/deactivate', { user_ids: ['ana'] }],
  ['ReactivateUsers', 'POST', '/users/reactivate', { user_ids: ['ana'] }],
  ['RestoreUsers', 'POST', '/users/restore', { user_ids: ['ana'] }],
  ['DeleteUser', 'DELETE', '/users/ana'],
  ['DeactivateUser', 'POST', '/users/ana/deactivate', {}],
  ['ReactivateUser', 'POST', '/users/ana/reactivate', {}],
  ['GetTask', 'GET', '/tasks/one'],
  ['DeleteChannels', 'POST', '/channels/delete', { cids: ['messaging:general'], hard_delete: true }, 'chat'],
];
const FOR_CLIENTS_TOO = [
  ['GetApp', 'GET', '/app'],
  ['SearchRoles', 'GET', '/roles/search?query=a'],
  ['UpdateUsers', 'POST', '/users', { users: { eve: { id: 'eve', name: 'Eve' } } }],
  ['UpdateUsersPartial', 'PATCH', '/users', { users: [{ id: 'eve', set: { name: 'Eve' } }] }],
  ['QueryUsers', 'GET', '/users?payload=%7B%22filter_conditions%22%3A%7B%7D%7D'],
  ['QueryChannels', 'POST', '/channels', { filter_conditions: {} }, 'chat'],
  ['GetOrCreateChannel', 'POST', '/channels/messaging/query', { data: { members: ['eve', 'ana'].map((user_id) => ({ user_id })) } }, 'chat'],
  ['GetOrCreateChannel', 'POST', '/channels/messaging/general/query', {}, 'chat'],
  ['GetChannel', 'GET', '/channels/messaging/general', undefined, 'chat'],
  ['UpdateChannel', 'POST', '/channels/messaging/general', { data: { name: 'Taken' } }, 'chat'],
  ['UpdateChannelPartial', 'PATCH', '/channels/messaging/general', { set: { name: 'Taken' } }, 'chat'],
  ['DeleteChannel', 'DELETE', '/channels/messaging/general', undefined, 'chat'],
  ['UpdateMemberPartial', 'PATCH', '/channels/messaging/general/member?user_id=eve', { set: { color: 'red' } }, 'chat'],
  ['QueryMembers', 'GET', '/members?payload=%7B%22type%22%3A%22messaging%22%2C%22id%22%3A%22general%22%2C%22filter_conditions%22%3A%7B%7D%7D', undefined, 'chat'],
];

const dialects = [
  ['the unprefixed paths', (path) => path],
  ['/api/v2', (path, chat) => (chat ? `/api/v2/chat${path}` : `/api/v2${path}`)],
];

const withKey = (path, key) => (key === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}api_key=${key}`);
const jwt = (token) => ({ 'stream-auth-type': 'jwt', ...(token === undefined ? {} : { authorization: token }) });

/** What an app looks like from inside: nothing of it may differ after a refused call. */
async function stateOf(app) {
  const [roles, settings, types, users, permissions] = await Promise.all([
    app.chat.listRoles(), app.chat.getAppSettings(), app.chat.listChannelTypes(), app.chat.queryUsers({}), app.chat.listPermissions(),
  ]);
  const channels = await app.callWith(app.serverToken, 'POST', '/channels', { filter_conditions: {}, state: true });
  const all = { roles: roles.roles, settings: settings.app, types: types.channel_types, users: users.users, permissions: permissions.permissions, channels: channels.body.channels };
  return JSON.parse(JSON.stringify(all));
}

async function appWithEve() {
  const app = await newApp();
  await people(app, 'ana', { id: 'eve', name: 'E' });
  await app.chat.createRole('agent');
  await app.chat.channel('messaging', 'general', { created_by_id: 'ana' }).create();
  return app;
}

for (const [dialect, pathIn] of dialects) {
  describe(`Stream's face, ${dialect}`, () => {
    for (const [what, code, credential] of [
      ['no api_key', 2, async (app) => [undefined, app.serverToken]],
      ['a wrong api_key', 2, async (app) => ['nosuchkey123', app.serverToken]],
      ["another app's api_key", 43, async (app) => [(await newApp()).apiKey, app.serverToken]],
      ['no token', 5, async (app) => [app.apiKey, undefined]],
      ['something that is no token', 5, async (app) => [app.apiKey, 'let-me-in']],
      ["another app's token", 43, async (app) => [app.apiKey, (await newApp()).serverToken]],
      ['the server_key of AuthZEN', 5, async (app) => [app.apiKey, app.serverKey]],
      ['the api_secret itself', 5, async (app) => [app.apiKey, app.apiSecret]],
    ]) {
      test(`${what} opens nothing`, async () => {
        const app = await appWithEve();
        const before = await stateOf(app);
        const [key, token] = await credential(app);
        for (const [name, method, path, json, chat] of [...SERVER_ONLY, ...FOR_CLIENTS_TOO]) {
          const answer = await call(method, withKey(pathIn(path, chat), key), { headers: jwt(token), json });
          const told = refusalIn(answer);
          assert.deepEqual(pick(told, 'code', 'StatusCode'), { code, StatusCode: 401 }, `${name}: ${answer.text}`);
          assert.ok(told.message.startsWith(`${name} failed with error: "`), told.message);
        }
        assert.deepEqual(await stateOf(app), before);
      });
    }

    test("a client's token does not open what is for the back end", async () => {
      const app = await appWithEve();
      await people(app, { id: 'root', role: 'admin' });
      const before = await stateOf(app);
      for (const user of ['eve', 'root']) {
        for (const [name, method, path, json, chat] of SERVER_ONLY) {
          const answer = await app.callAs(user, method, pathIn(path, chat), json);
          assert.deepEqual(refusalIn(answer), serverOnly(name));
        }
      }
      assert.deepEqual(await stateOf(app), before);
    });

    test('an anonymous caller does not open what is for the back end', async () => {
      const app = await appWithEve();
      for (const [name, method, path, json, chat] of SERVER_ONLY) {
        const answer = await call(method, withKey(pathIn(path, chat), app.apiKey), { headers: { 'stream-auth-type': 'anonymous' }, json });
        assert.deepEqual(refusalIn(answer), serverOnly(name));
      }
    });

    test('a stranger with a valid token is nobody', async () => {
      const app = await appWithEve();
      const before = await stateOf(app);
      for (const [name, method, path, json, chat] of FOR_CLIENTS_TOO.filter(([operation]) => !['GetApp', 'UpdateUsers'].includes(operation))) {
        const answer = await app.callAs('stranger', method, pathIn(path, chat), json);
        assert.deepEqual(refusalIn(answer), notAllowed(name, "User 'stranger' does not exist"));
        assert.ok(!answer.text.includes('messaging:general'), answer.text);
      }
      assert.deepEqual(await stateOf(app), before);
    });

    test('clients see of the app what is public', async () => {
      const app = await appWithEve();
      const answer = await app.callAs('eve', 'GET', pathIn('/app'));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(typeof answer.body.app.name, 'string');
      for (const secret of ['grants', 'policies', 'channel_configs', 'disable_auth_checks', 'webhook_url']) {
        assert.ok(!(secret in answer.body.app), secret);
      }
    });
  });
}

describe('tokens', () => {
  test('that have expired, are not yet valid, or are unsigned are told apart', async () => {
    const app = await appWithEve();
    const now = Math.floor(Date.now() / 1000);
    for (const [token, code] of [
      [signed(app, { user_id: 'eve', exp: now - 60 }), 40],
      [signed(app, { user_id: 'eve', nbf: now + 600 }), 41],
      [signed(app, { user_id: 'eve', iat: now + 600 }), 42],
      [signed(app, { user_id: 'eve' }, 'another-secret-of-at-least-32-bytes'), 43],
      [unsigned({ user_id: 'eve' }), 5],
      [unsigned({ server: true }), 5],
      [signed(app, { user_id: '' }), 5],
    ]) {
      const answer = await app.callWith(token, 'GET', '/users?payload=%7B%22filter_conditions%22%3A%7B%7D%7D');
      assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code, StatusCode: 401 }, answer.text);
    }
    const fine = await app.callWith(signed(app, { user_id: 'eve', iat: now + 2, exp: now + 60 }), 'GET', '/users?payload=%7B%22filter_conditions%22%3A%7B%7D%7D');
    assert.equal(fine.status, 200, fine.text);
  });

  test('speak for one user only', async () => {
    const app = await appWithEve();
    const answer = await app.callAs('eve', 'GET', '/users?user_id=ana&payload=%7B%22filter_conditions%22%3A%7B%7D%7D');
    assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code: 5, StatusCode: 401 });
  });
});

describe('AuthZEN', () => {
  const question = { subject: { type: 'user', id: 'eve' }, action: { name: 'ReadChannel' }, resource: { type: 'channel', id: 'messaging:general' } };
  const endpoints = [['/access/v1/evaluation', question], ['/access/v1/evaluations', { ...question, evaluations: [{}] }]];

  for (const [what, keyOf] of [
    ['no key', () => undefined],
    ['a wrong key', () => 'Bearer wrong'],
    ['the api_key, which every client knows', (app) => `Bearer ${app.apiKey}`],
    ['the api_secret', (app) => `Bearer ${app.apiSecret}`],
    ["a client's token", (app) => `Bearer ${app.chat.createToken('eve')}`],
    ["the back end's token", (app) => `Bearer ${app.serverToken}`],
    ['the root_key', () => `Bearer ${credentials.root_key}`],
    ['the server_key without its scheme', (app) => app.serverKey],
  ]) {
    test(`${what} opens nothing`, async () => {
      const app = await appWithEve();
      for (const [path, json] of endpoints) {
        const key = keyOf(app);
        const answer = await call('POST', path, { json, headers: { 'x-request-id': 'r-1', ...(key === undefined ? {} : { authorization: key }) } });
        assert.equal(answer.status, 401, answer.text);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
        assert.equal(answer.headers.get('x-request-id'), 'r-1');
        assert.ok(!answer.text.includes('"decision"'), answer.text);
      }
    });
  }

  test("another app's key asks about that other app", async () => {
    const [app, other] = [await appWithEve(), await newApp()];
    const ask = async (key) => (await call('POST', '/access/v1/evaluation', { json: question, headers: { authorization: `Bearer ${key}` } })).body.context.reason;
    assert.equal(await ask(app.serverKey), 'condition_failed');
    assert.equal(await ask(other.serverKey), 'unknown_subject');
  });

  test('the metadata need no key', async () => {
    const answer = await call('GET', '/.well-known/authzen-configuration');
    assert.equal(answer.status, 200);
    assert.ok(answer.body.access_evaluation_endpoint.endsWith('/access/v1/evaluation'));
  });
});

describe('the native face', () => {
  const bearer = (key) => (key === undefined ? {} : { authorization: `Bearer ${key}` });
  const question = { subject: { type: 'user', id: 'eve' }, action: { name: 'ReadChannel' }, resource: { type: 'channel', id: 'messaging:general' } };
  /** Everything that there is to do with one app. */
  const ofApp = (id) => [
    ['GET', `/v1/apps/${id}`],
    ['POST', `/v1/apps/${id}/check`, question],
    ['POST', `/v1/apps/${id}/explain`, question],
    ['POST', `/v1/apps/${id}/capabilities`, question],
    ['GET', `/v1/apps/${id}/changes?after=0`],
    ['POST', `/v1/apps/${id}/changes`, { changes: [{ change: 'user_removed', id: 'eve' }] }],
    ['POST', `/v1/apps/${id}/facts`, { user: { id: 'mallory' } }],
  ];
  /** What only the root_key does. */
  const ofRoot = (id) => [
    ['GET', '/v1/apps'],
    ['POST', '/v1/apps', { id: `${id}-x`, profile: 'stream' }],
    ['POST', `/v1/apps/${id}/keys`, { key: 'server_key' }],
    ['DELETE', `/v1/apps/${id}`],
  ];

  test('opens to the server_key of the app and to the root_key', async () => {
    const app = await appWithEve();
    for (const key of [app.serverKey, credentials.root_key]) {
      for (const [method, path, json] of ofApp(app.id).filter(([, path]) => !/(changes|facts)$/.test(path))) {
        const answer = await call(method, path, { headers: bearer(key), json });
        assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
      }
    }
  });

  test('opens to no other key', async () => {
    const app = await appWithEve();
    const before = await stateOf(app);
    for (const key of [undefined, 'wrong', app.apiKey, app.apiSecret, app.serverToken, app.chat.createToken('eve')]) {
      for (const [method, path, json] of [...ofApp(app.id), ...ofRoot(app.id)]) {
        const answer = await call(method, path, { headers: bearer(key), json });
        assert.equal(answer.status, 401, `${method} ${path}: ${answer.text}`);
        assert.equal(answer.body.error.code, key === undefined ? 'no_key' : 'wrong_key', answer.text);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      }
    }
    assert.deepEqual(await stateOf(app), before);
  });

  test("answers another app's key as if the app were not there", async () => {
    const [app, other] = [await appWithEve(), await newApp()];
    const before = await stateOf(app);
    const nowhere = ofApp(`${app.id}-nowhere`);
    for (const [index, [method, path, json]] of ofApp(app.id).entries()) {
      const answer = await call(method, path, { headers: bearer(other.serverKey), json });
      assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
      const missing = await call(nowhere[index][0], nowhere[index][1], { headers: bearer(other.serverKey), json });
      assert.deepEqual(JSON.parse(missing.text.replaceAll('-nowhere', '')), answer.body, path);
    }
    assert.deepEqual(await stateOf(app), before);
  });

  test('lets only the root_key manage apps', async () => {
    const app = await appWithEve();
    for (const [method, path, json] of ofRoot(app.id)) {
      const answer = await call(method, path, { headers: bearer(app.serverKey), json });
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
    }
    const list = await call('GET', '/v1/apps', { headers: bearer(credentials.root_key) });
    assert.equal(list.status, 200, list.text);
    const ids = list.body.apps.map((one) => one.id);
    assert.ok(ids.includes(app.id), 'it was not deleted');
    assert.ok(!ids.includes(`${app.id}-x`), 'it was not created');
    assert.ok(!list.text.includes(app.apiSecret) && !list.text.includes(app.serverKey), 'a list shows no secrets');
    assert.equal(await app.may('eve', 'FlagUser', { type: 'user', id: 'ana' }), 'granted', 'the server_key was not replaced');
  });
});

function signed(app, payload, secret = app.apiSecret) {
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

function unsigned(payload) {
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`;
}

function part(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
