// "Custom Roles": made with a name, worth nothing until something is granted to them, and deleted only when nothing hangs on them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { badInput, missing, nodeRefusalOf, notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick, rolesOf } from '../hallpass/scene.js';

const MI6 = 'messaging:mi6';
/** As many custom roles as one app may have. */
const MOST_ROLES = 25;

/** Names of the custom roles, sorted. */
async function customRoles(app) {
  const { roles } = await app.chat.listRoles();
  return roles.filter((role) => role.custom).map((role) => role.name).sort();
}

/** What is told of a role that still holds one grant. */
function holdsGrants(level) {
  return badInput('DeleteRole', `role 'agent_006' is still in use: it holds grants at '${level}' (1); remove them first`);
}

/** What is told of a role that users still have. */
function hadByUsers(count) {
  return badInput('DeleteRole', `role 'agent_006' is still in use: users who have it (${count}); give them another first`);
}

describe('stream-chat', () => {
  test('a role is created, holds nothing, is given something, and is deleted', async () => {
    const app = await newApp();
    const client = app.chat;
    await people(app, 'm', 'james_bond');
    await channelOf(app, 'm', MI6);
    const bond = await app.as('james_bond');

    const created = await client.createRole('special_agent');
    assert.deepEqual(pick(created.role, 'name', 'custom', 'scopes'), { name: 'special_agent', custom: true, scopes: [] });
    assert.match(created.role.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    assert.deepEqual(await customRoles(app), ['special_agent']);

    await client.partialUpdateUser({ id: 'james_bond', set: { role: 'special_agent' } });
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'no_grant');
    assert.deepEqual(await refusalOf(bond.channel('messaging', 'mi6').query()), notAllowedIn('messaging', 'GetOrCreateChannel', 'james_bond', ['special_agent'], 'ReadChannel'));

    await client.updateChannelType('messaging', { grants: { special_agent: ['read-channel'] } });
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'granted');
    assert.equal((await bond.channel('messaging', 'mi6').query()).channel.cid, MI6);
    assert.deepEqual((await client.listRoles()).roles.find((role) => role.name === 'special_agent').scopes, ['messaging']);

    await client.partialUpdateUser({ id: 'james_bond', set: { role: 'user' } });
    await client.updateChannelType('messaging', { grants: { special_agent: [] } });
    const deleted = await client.deleteRole('special_agent');
    assert.deepEqual(Object.keys(deleted), ['duration']);
    assert.deepEqual(await customRoles(app), []);
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'condition_failed');
  });

  test('a role with grants cannot be deleted', async () => {
    const app = await newApp();
    await app.chat.createRole('agent_006');
    await app.chat.updateChannelType('livestream', { grants: { agent_006: ['read-channel'] } });
    assert.deepEqual(await refusalOf(app.chat.deleteRole('agent_006')), holdsGrants('livestream'));
    assert.deepEqual(await customRoles(app), ['agent_006']);
    await app.chat.updateChannelType('livestream', { grants: { agent_006: [] } });
    await app.chat.updateAppSettings({ grants: { agent_006: ['search-user'] } });
    assert.deepEqual(await refusalOf(app.chat.deleteRole('agent_006')), holdsGrants('.app'));
    await app.chat.updateAppSettings({ grants: { agent_006: [] } });
    await app.chat.deleteRole('agent_006');
    assert.deepEqual(await customRoles(app), []);
  });

  test('a role that a channel gives something to cannot be deleted', async () => {
    const app = await newApp();
    await people(app, 'm');
    const mi6 = await channelOf(app, 'm', MI6);
    await app.chat.createRole('agent_006');
    await mi6.updatePartial({ set: { config_overrides: { grants: { agent_006: ['read-channel'] } } } });
    assert.deepEqual(
      await refusalOf(app.chat.deleteRole('agent_006')),
      badInput('DeleteRole', "role 'agent_006' is still in use: modifiers of its grants in channels (1); remove them first"),
    );
    await mi6.updatePartial({ set: { config_overrides: {} } });
    await app.chat.deleteRole('agent_006');
    assert.deepEqual(await customRoles(app), []);
  });

  test('a role that users have cannot be deleted, until they are deleted or have another', async () => {
    const app = await newApp();
    await app.chat.createRole('agent_006');
    await people(app, { id: 'alec', role: 'agent_006' }, { id: 'xenia', role: 'agent_006' });
    assert.deepEqual(await refusalOf(app.chat.deleteRole('agent_006')), hadByUsers(2));
    await app.chat.partialUpdateUser({ id: 'alec', set: { role: 'user' } });
    assert.deepEqual(await refusalOf(app.chat.deleteRole('agent_006')), hadByUsers(1));
    assert.equal((await app.chat.queryUsers({ id: 'xenia' })).users[0].role, 'agent_006');
    await app.chat.deleteUser('xenia');
    await app.chat.deleteRole('agent_006');
    assert.deepEqual(await customRoles(app), []);
  });

  test('a channel role is deleted under its members, who lose what it gave them', async () => {
    const app = await newApp();
    await people(app, 'm', 'alec');
    const mi6 = await channelOf(app, 'm', MI6);
    await app.chat.createRole('agent_006');
    await app.chat.updateChannelType('messaging', { grants: { agent_006: ['read-channel', 'update-channel'] } });
    const { members } = await mi6.addMembers([{ user_id: 'alec', channel_role: 'agent_006' }]);
    assert.deepEqual(rolesOf(members), { alec: 'agent_006' });
    const alec = await app.as('alec');
    await alec.channel('messaging', 'mi6').update({ name: 'Janus' });

    await app.chat.updateChannelType('messaging', { grants: { agent_006: [] } });
    await app.chat.deleteRole('agent_006');

    assert.deepEqual(await customRoles(app), []);
    assert.notEqual(await app.may('alec', 'ReadChannel', channel(MI6)), 'granted');
    const told = await refusalOf(alec.channel('messaging', 'mi6').update({ name: 'Lienz' }));
    assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
  });

  test('a role that does not exist is not found', async () => {
    const app = await newApp();
    await app.chat.createRole('agent_006');
    assert.deepEqual(await refusalOf(app.chat.deleteRole('agent_007')), missing('DeleteRole', "role 'agent_007' does not exist"));
    assert.deepEqual(await customRoles(app), ['agent_006']);
  });

  test('builtin roles stay', async () => {
    const app = await newApp();
    for (const role of ['user', 'guest', 'anonymous', 'admin', 'channel_member', 'channel_moderator']) {
      assert.deepEqual(await refusalOf(app.chat.deleteRole(role)), badInput('DeleteRole', `role '${role}' is built in and cannot be deleted`));
    }
  });

  test('a name is taken once', async () => {
    const app = await newApp();
    await app.chat.createRole('special_agent');
    assert.deepEqual(await refusalOf(app.chat.createRole('special_agent')), badInput('CreateRole', "role 'special_agent' exists already"));
    assert.deepEqual(await refusalOf(app.chat.createRole('admin')), badInput('CreateRole', "role 'admin' exists already"));
    assert.deepEqual(await customRoles(app), ['special_agent']);
  });

  test('a name is needed, of at most 64 characters', async () => {
    const app = await newApp();
    assert.deepEqual(await refusalOf(app.chat.createRole('')), badInput('CreateRole', 'name: must not be empty'));
    const tooLong = await refusalOf(app.chat.createRole('r'.repeat(65)));
    assert.deepEqual(pick(tooLong, 'code', 'StatusCode'), { code: 4, StatusCode: 400 });
    assert.match(tooLong.message, /^CreateRole failed with error: "name.* 65 is more than the limit of 64"$/);
    await app.chat.createRole('r'.repeat(64));
    assert.deepEqual(await customRoles(app), ['r'.repeat(64)]);
  });

  test('the 26th role is refused', async () => {
    const app = await newApp();
    for (let n = 1; n <= MOST_ROLES; n += 1) {
      await app.chat.createRole(`agent_${n}`);
    }
    const tooMany = await refusalOf(app.chat.createRole('agent_26'));
    assert.deepEqual(pick(tooMany, 'code', 'StatusCode'), { code: 4, StatusCode: 400 });
    assert.match(tooMany.message, /^CreateRole failed with error: ".*26 is more than the limit of 25"$/);
    assert.equal((await customRoles(app)).length, MOST_ROLES);
    await app.chat.deleteRole('agent_1');
    await app.chat.createRole('agent_26');
    assert.equal((await customRoles(app)).length, MOST_ROLES);
  });

  test('the role can be given in the very next call', async () => {
    const app = await newApp();
    await people(app, 'james_bond');
    await app.chat.createRole('special_agent');
    const { users } = await app.chat.partialUpdateUser({ id: 'james_bond', set: { role: 'special_agent' } });
    assert.equal(users.james_bond.role, 'special_agent');
  });
});

describe('@stream-io/node-sdk', () => {
  test('a role is created and deleted', async () => {
    const app = await newApp();
    const client = app.node;
    const created = await client.createRole({ name: 'special_agent' });
    assert.deepEqual(pick(created.role, 'name', 'custom', 'scopes'), { name: 'special_agent', custom: true, scopes: [] });
    assert.ok(created.role.created_at instanceof Date);
    assert.deepEqual(await customRoles(app), ['special_agent']);
    assert.ok((await client.listRoles()).roles.some((role) => role.name === 'special_agent'));
    await client.deleteRole({ name: 'special_agent' });
    assert.deepEqual(await customRoles(app), []);
  });

  test('the rules of deletion hold', async () => {
    const app = await newApp();
    const client = app.node;
    await client.createRole({ name: 'agent_006' });
    await client.updateApp({ grants: { agent_006: ['search-user'] } });
    assert.deepEqual(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), holdsGrants('.app'));
    await client.updateApp({ grants: { agent_006: [] } });
    await client.upsertUsers([{ id: 'alec', role: 'agent_006' }]);
    assert.deepEqual(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), hadByUsers(1));
    await client.updateUsersPartial({ users: [{ id: 'alec', set: { role: 'user' } }] });
    await client.deleteRole({ name: 'agent_006' });
    assert.deepEqual(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), missing('DeleteRole', "role 'agent_006' does not exist"));
    assert.deepEqual(await nodeRefusalOf(client.deleteRole({ name: 'admin' })), badInput('DeleteRole', "role 'admin' is built in and cannot be deleted"));
    assert.deepEqual(await nodeRefusalOf(client.createRole({ name: 'user' })), badInput('CreateRole', "role 'user' exists already"));
  });
});
