// "Builtin roles": six roles that are always there, of two levels that do not mix.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, evaluate } from '../hallpass/decision.js';
import { badInput, nodeRefusalOf, notAllowed, notAllowedIn, refusalIn, refusalOf, serverOnly } from '../hallpass/refusal.js';
import { channelOf, people, rolesOf } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const SHOW = 'livestream:show';
const ROOM = 'messaging:room';

describe('the roles themselves', () => {
  const builtin = ['admin', 'anonymous', 'channel_member', 'channel_moderator', 'guest', 'user'];

  test('stream-chat lists them', async () => {
    const app = await newApp();
    const { roles } = await app.chat.listRoles();
    const byName = Object.fromEntries(roles.map((role) => [role.name, role]));
    for (const name of builtin) {
      assert.equal(byName[name]?.custom, false, name);
    }
    assert.deepEqual([...byName.user.scopes].sort(), ['.app', 'commerce', 'gaming', 'livestream', 'messaging', 'team']);
    assert.ok(!byName.channel_member.scopes.includes('.app'), 'channel roles hold nothing in the app');
    assert.ok(!byName.channel_member.scopes.includes('livestream'), 'members of livestreams gain nothing from it');
  });

  test('@stream-io/node-sdk lists them', async () => {
    const app = await newApp();
    const { roles } = await app.node.listRoles();
    const names = roles.map((role) => role.name);
    for (const name of builtin) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual(roles.filter((role) => role.custom), []);
    assert.ok(roles.every((role) => role.created_at instanceof Date && role.updated_at instanceof Date));
  });

  test('new users are users, new members are channel_members', async () => {
    const app = await newApp();
    const { users } = await app.chat.upsertUser({ id: 'ana' });
    assert.equal(users.ana.role, 'user');
    const room = await channelOf(app, 'ana', ROOM, ['ana']);
    assert.deepEqual(rolesOf((await room.query()).members), { ana: 'channel_member' });
  });
});

describe('the two levels do not mix', () => {
  test('a user role is no channel role', async () => {
    const app = await newApp();
    await people(app, 'ana', 'ben');
    const room = await channelOf(app, 'ana', ROOM, ['ben']);
    const refused = (role) => badInput('UpdateChannel', `channel_role: role '${role}' is a user-level role and cannot be used as a channel-level role`);
    assert.deepEqual(await refusalOf(room.assignRoles([{ user_id: 'ben', channel_role: 'admin' }])), refused('admin'));
    assert.deepEqual(await refusalOf(room.addMembers([{ user_id: 'ana', channel_role: 'guest' }])), refused('guest'));
    assert.deepEqual(rolesOf((await room.query()).members), { ben: 'channel_member' });
    assert.deepEqual(
      await nodeRefusalOf(app.node.chat.channel('messaging', 'room').update({ assign_roles: [{ user_id: 'ben', channel_role: 'admin' }] })),
      refused('admin'),
    );
  });

  test('a channel role is no user role', async () => {
    const app = await newApp();
    await people(app, 'ana');
    assert.deepEqual(
      await refusalOf(app.chat.partialUpdateUser({ id: 'ana', set: { role: 'channel_moderator' } })),
      badInput('UpdateUsersPartial', "role: role 'channel_moderator' is a channel-level role and cannot be used as a user-level role"),
    );
    const { users } = await app.chat.queryUsers({ id: 'ana' });
    assert.equal(users[0].role, 'user');
  });

  test('a custom role may be both', async () => {
    const app = await newApp();
    await app.chat.createRole('steward');
    await people(app, { id: 'ana', role: 'steward' }, 'ben');
    const room = await channelOf(app, 'ben', ROOM);
    const { members } = await room.addMembers([{ user_id: 'ben', channel_role: 'steward' }]);
    assert.deepEqual(rolesOf(members), { ben: 'steward' });
  });
});

test('an admin manages channels that others own', async () => {
  const app = await newApp();
  await people(app, 'ana', { id: 'root', role: 'admin' });
  await channelOf(app, 'ana', ROOM);
  const root = await app.as('root');
  assert.deepEqual(await app.mayAll('root', ['UpdateChannel', 'UpdateChannelMembers', 'DeleteChannel'], channel(ROOM)), {
    UpdateChannel: 'granted', UpdateChannelMembers: 'granted', DeleteChannel: 'granted',
  });
  const room = root.channel('messaging', 'room');
  assert.equal((await room.update({ name: 'The room' })).channel.name, 'The room');
  assert.deepEqual(rolesOf((await room.addMembers(['ana'])).members), { ana: 'channel_member' });
  assert.equal((await room.delete()).channel.cid, ROOM);
  assert.equal(await app.may('root', 'UpdateChannel', channel(ROOM)), 'channel_deleted');
});

test('an admin is checked too: managing roles is for the server side', async () => {
  const app = await newApp();
  await people(app, { id: 'root', role: 'admin' });
  assert.deepEqual(await refusalOf((await app.as('root')).createRole('steward')), serverOnly('CreateRole'));
  assert.deepEqual((await app.chat.listRoles()).roles.filter((role) => role.custom), []);
});

describe('guests', () => {
  test('get a token without one, and the role guest', async () => {
    const app = await newApp();
    await people(app, 'ana');
    await channelOf(app, 'ana', SHOW);
    const answer = await call('POST', `/guest?api_key=${app.apiKey}`, { headers: { 'stream-auth-type': 'anonymous' }, json: { user: { id: 'visitor', name: 'V' } } });
    assert.equal(answer.status, 201, answer.text);
    const { user, access_token } = answer.body;
    assert.equal(user.role, 'guest');
    assert.equal(user.name, 'V');

    const visitor = await app.withToken(user.id, access_token);
    assert.equal(await app.may(user.id, 'ReadChannel', channel(SHOW)), 'granted');
    assert.equal((await visitor.channel('livestream', 'show').query()).channel.cid, SHOW);
    assert.equal(await app.may(user.id, 'CreateChannel', channel('livestream:mine')), 'no_grant');
    assert.deepEqual(
      await refusalOf(visitor.channel('livestream', 'mine').create()),
      notAllowedIn('livestream', 'GetOrCreateChannel', user.id, ['guest'], 'CreateChannel'),
    );
  });

  test('can be switched off', async () => {
    const app = await newApp();
    await app.chat.updateAppSettings({ guest_user_creation_disabled: true });
    const answer = await call('POST', `/guest?api_key=${app.apiKey}`, { headers: { 'stream-auth-type': 'anonymous' }, json: { user: { id: 'visitor' } } });
    assert.deepEqual(refusalIn(answer), notAllowed('CreateGuest', 'guest users are switched off for this app'));
    assert.equal(await app.may('visitor', 'SearchUser', { type: 'app', id: 'app' }), 'unknown_subject');
  });
});

describe('anonymous users', () => {
  const anonymously = (app, method, path, json) =>
    call(method, `${path}?api_key=${app.apiKey}&user_id=somebody`, { headers: { 'stream-auth-type': 'anonymous' }, json });

  test('read what their role may read', async () => {
    const app = await newApp();
    await people(app, 'ana');
    await channelOf(app, 'ana', SHOW);
    await channelOf(app, 'ana', ROOM);
    const show = await anonymously(app, 'POST', '/channels/livestream/show/query', { state: true });
    assert.equal(show.status, 201, show.text);
    assert.equal(show.body.channel.cid, SHOW);
    const room = await anonymously(app, 'POST', '/channels/messaging/room/query', { state: true });
    assert.deepEqual(refusalIn(room), notAllowedIn('messaging', 'GetOrCreateChannel', 'somebody', ['anonymous'], 'ReadChannel'));
  });

  test('write nothing, whatever is granted to them', async () => {
    const app = await newApp();
    await people(app, 'ana');
    await channelOf(app, 'ana', SHOW);
    await app.chat.updateChannelType('livestream', { grants: { anonymous: ['read-channel', 'update-channel', 'create-message'] } });
    assert.deepEqual(
      refusalIn(await anonymously(app, 'PATCH', '/channels/livestream/show', { set: { name: 'mine' } })),
      notAllowed('UpdateChannelPartial', "User 'somebody' with roles ['anonymous'] is not allowed to perform action UpdateChannel in scope 'livestream': anonymous subjects may not write"),
    );
    const asked = { subject: { type: 'user', id: 'somebody', properties: { role: 'anonymous' } }, action: { name: 'CreateMessage' }, resource: channel(SHOW) };
    assert.equal(await evaluate(app.serverKey, asked), 'anonymous_write');
  });
});
