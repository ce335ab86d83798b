// What a client might try in order to get more than it was given. Eve is an ordinary user and a member of the channel; nothing that she sends may make her more.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, user } from '../hallpass/decision.js';
import { badInput, refusalIn, serverOnly } from '../hallpass/refusal.js';
import { channelOf, people, pick, rolesOf } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const HALL = 'messaging:hall';
const OWN = 'messaging:own';

async function hall() {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve');
  const server = await channelOf(app, 'ana', HALL, ['eve', 'ben']);
  return { app, server };
}

for (const [dialect, chat, common] of [['unprefixed', '', ''], ['/api/v2', '/api/v2/chat', '/api/v2']]) {
  /** A call of Eve's that must be refused, with the status of a refusal or of bad input. */
  const refused = async (app, method, path, json) => {
    const told = refusalIn(await app.callAs('eve', method, path, json));
    assert.ok([400, 401, 403].includes(told.StatusCode), `${method} ${path} ${JSON.stringify(json)}: ${JSON.stringify(told)}`);
  };

  describe(dialect, () => {
    test('a channel of one’s own comes with nothing that the back end keeps for itself', async () => {
      const { app } = await hall();
      for (const [key, data] of Object.entries({
        config_overrides: { config_overrides: { grants: { user: ['ban-channel-member'] } } },
        disabled: { disabled: true },
        channel_role: { members: [{ user_id: 'eve', channel_role: 'channel_moderator' }] },
      })) {
        await refused(app, 'POST', `${chat}/channels/messaging/own-${key}/query`, { data });
        assert.equal(await app.may('eve', 'ReadChannel', channel(`messaging:own-${key}`)), 'unknown_channel', key);
      }
      const theirs = await app.callAs('eve', 'POST', `${chat}/channels/messaging/own/query`, { data: { created_by_id: 'ana' } });
      assert.deepEqual(refusalIn(theirs), serverOnly('GetOrCreateChannel', 'creating a channel for somebody else'));
      assert.equal(await app.may('ana', 'UpdateChannel', channel(OWN)), 'unknown_channel');
    });

    test('opening an existing channel changes nothing of it', async () => {
      const { app, server } = await hall();
      const before = (await server.query()).channel;
      await app.callAs('eve', 'POST', `${chat}/channels/messaging/hall/query`, { data: { name: 'Hers', frozen: true, team: 'x', created_by_id: 'eve', members: [{ user_id: 'eve', channel_role: 'channel_moderator' }], config_overrides: { grants: { user: ['update-channel'] } } } });
      const after = await server.query();
      assert.deepEqual({ ...after.channel, own_capabilities: 0 }, { ...before, own_capabilities: 0 });
      assert.deepEqual(rolesOf(after.members), { ben: 'channel_member', eve: 'channel_member' });
    });

    test('the owner of a channel changes its data and not its fences', async () => {
      const { app } = await hall();
      const opened = await app.callAs('eve', 'POST', `${chat}/channels/messaging/own/query`, { data: { members: [{ user_id: 'eve' }, { user_id: 'ben' }] } });
      assert.equal(opened.status, 201, opened.text);
      for (const json of [
        { set: { config_overrides: { grants: { user: ['ban-channel-member'] } } } },
        { set: { config_overrides: {} } },
        { unset: ['config_overrides'] },
        { set: { disabled: true } },
        { set: { frozen: true } },
        { set: { cooldown: 10 } },
        { set: { created_by_id: 'ben' } },
        { set: { own_capabilities: ['ban-channel-members'] } },
        { set: { type: 'livestream' } },
        { set: { cid: HALL } },
        { set: { member_count: 7 } },
      ]) {
        await refused(app, 'PATCH', `${chat}/channels/messaging/own`, json);
      }
      for (const json of [
        { data: { config_overrides: { grants: { user: ['ban-channel-member'] } } } },
        { data: { disabled: true } },
        { data: { frozen: true } },
        { cooldown: 10 },
        { assign_roles: [{ user_id: 'eve', channel_role: 'channel_moderator' }] },
        { add_members: [{ user_id: 'ana', channel_role: 'channel_moderator' }] },
        { invites: [{ user_id: 'ana', channel_role: 'channel_moderator' }] },
        { add_moderators: ['eve'] },
        { remove_members: ['ben'], user_id: 'ana' },
      ]) {
        await refused(app, 'POST', `${chat}/channels/messaging/own`, json);
      }
      const { members, channel: now } = await app.chat.channel('messaging', 'own').query();
      assert.deepEqual(rolesOf(members), { ben: 'channel_member', eve: 'channel_member' });
      assert.deepEqual(pick(now, 'frozen', 'disabled'), { frozen: false, disabled: false });
      assert.equal(await app.may('eve', 'BanChannelMember', channel(OWN)), 'no_grant');
    });

    test('a member changes what is said of the membership, not what it may do', async () => {
      const { app, server } = await hall();
      for (const set of [{ channel_role: 'channel_moderator' }, { role: 'admin' }, { is_moderator: true }, { banned: false }, { user_id: 'ana' }]) {
        await refused(app, 'PATCH', `${chat}/channels/messaging/hall/member?user_id=eve`, { set });
        assert.equal(await app.may('eve', 'UpdateChannelFrozen', channel(HALL)), 'no_grant', JSON.stringify(set));
      }
      await refused(app, 'PATCH', `${chat}/channels/messaging/hall/member?user_id=ben`, { set: { color: 'red' } });
      assert.deepEqual(rolesOf((await server.query()).members), { ben: 'channel_member', eve: 'channel_member' });
    });

    test('a user changes themselves, and not what they are', async () => {
      const { app } = await hall();
      for (const set of [
        { role: 'admin' }, { teams: ['red'] }, { teams_role: { red: 'admin' } }, { banned: false }, { shadow_banned: false },
        { revoke_tokens_issued_before: '2020-01-01T00:00:00Z' }, { deactivated_at: null }, { id: 'ana' },
      ]) {
        await refused(app, 'PATCH', `${common}/users`, { users: [{ id: 'eve', set }] });
      }
      await refused(app, 'POST', `${common}/users`, { users: { eve: { id: 'eve', role: 'admin' } } });
      await refused(app, 'POST', `${common}/users`, { users: { eve: { id: 'ana', name: 'Hers' } } });
      await refused(app, 'POST', `${common}/users`, { users: { ana: { id: 'ana', name: 'Hers' } } });
      await refused(app, 'POST', `${common}/users`, { users: { mallory: { id: 'mallory' } } });
      const { users } = await app.chat.queryUsers({}, { id: 1 });
      assert.deepEqual(users.map((one) => [one.id, one.role, one.name ?? '', one.teams ?? []]), [['ana', 'user', '', []], ['ben', 'user', '', []], ['eve', 'user', '', []]]);
      assert.equal(await app.may('eve', 'UpdateUser', user('ana')), 'condition_failed');
    });

    test('to become a guest is not to become somebody who is there', async () => {
      const { app } = await hall();
      const guest = (json) => call('POST', `${common}/guest?api_key=${app.apiKey}`, { headers: { 'stream-auth-type': 'anonymous' }, json });
      const taken = await guest({ user: { id: 'ana', name: 'Not Ana' } });
      assert.equal(taken.status, 201, taken.text);
      assert.match(taken.body.user.id, /^guest-.+-ana$/);
      assert.equal(taken.body.user.role, 'guest');
      const ana = (await app.chat.queryUsers({ id: 'ana' })).users[0];
      assert.deepEqual(pick(ana, 'id', 'role', 'name'), { id: 'ana', role: 'user', name: undefined });
      assert.deepEqual(refusalIn(await guest({ user: { id: 'visitor', role: 'admin' } })), badInput('CreateGuest', "user.role: a guest has the role 'guest', got 'admin'"));
    });

    test('a user’s token stays a user’s token', async () => {
      const { app } = await hall();
      const token = app.chat.createToken('eve');
      for (const [path, headers] of [
        [`${common}/roles?api_key=${app.apiKey}&user_id=`, { authorization: token }],
        [`${common}/roles?api_key=${app.apiKey}`, { authorization: token, 'stream-auth-type': 'server' }],
        [`${common}/roles?api_key=${app.apiKey}&server=true`, { authorization: `Bearer ${token}` }],
        [`${common}/roles?api_key=${app.apiKey}`, { 'stream-auth-type': 'anonymous', authorization: app.serverToken }],
      ]) {
        const told = refusalIn(await call('GET', path, { headers }));
        assert.ok([401, 403].includes(told.StatusCode), JSON.stringify(told));
      }
    });
  });
}

test('an anonymous caller who names a user is not that user', async () => {
  const { app } = await hall();
  for (const path of ['/channels/messaging/hall/query', '/api/v2/chat/channels/messaging/hall/query']) {
    const answer = await call('POST', `${path}?api_key=${app.apiKey}&user_id=ana`, { headers: { 'stream-auth-type': 'anonymous' }, json: {} });
    assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
  }
  const answer = await call('POST', `/channels/messaging/new/query?api_key=${app.apiKey}&user_id=ana`, { headers: { 'stream-auth-type': 'anonymous' }, json: { data: {} } });
  assert.deepEqual(pick(refusalIn(answer), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
});
