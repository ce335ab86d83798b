// "Custom Roles": made with a name, worth nothing until something is granted to them, and deleted only when nothing hangs on them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { missing, nodeRefusalOf, notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick, rolesOf } from '../hallpass/scene.js';

const MI6 = 'messaging:mi6';
/** As many custom roles as one app may have. */
const MOST_ROLES = 25;

/** Names of the custom roles, sorted. */
async function customRoles(app) {
  const { roles } = await app.chat.listRoles();
  return roles.filter((role) => role.custom).map((role) => role.name).sort();
}

/** What is told of an input that cannot be taken: the code, and what the text must name. */
function assertBadInput(told, operation, ...named) {
  assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 4, StatusCode: 400 });
  assert.ok(told.message.startsWith(`${operation} failed with error: "`) && told.message.endsWith('"'), told.message);
  for (const name of named) {
    assert.ok(told.message.includes(name), `${name} in: ${told.message}`);
  }
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
    assertBadInput(await refusalOf(app.chat.deleteRole('agent_006')), 'DeleteRole', 'agent_006', 'livestream');
    assert.deepEqual(await customRoles(app), ['agent_006']);
    await app.chat.updateChannelType('livestream', { grants: { agent_006: [] } });
    await app.chat.updateAppSettings({ grants: { agent_006: ['search-user'] } });
    assertBadInput(await refusalOf(app.chat.deleteRole('agent_006')), 'DeleteRole', 'agent_006', '.app');
    await app.chat.updateAppSettings({ grants: { agent_006: [] } });
    await app.chat.deleteRole('agent_006');
    assert.deepEqual(await customRoles(app), []);
  });

  test('a role that users have cannot be deleted, until they are deleted or have another', async () => {
    const app = await newApp();
    await app.chat.createRole('agent_006');
    await people(app, { id: 'alec', role: 'agent_006' }, { id: 'xenia', role: 'agent_006' });
    assertBadInput(await refusalOf(app.chat.deleteRole('agent_006')), 'DeleteRole', 'agent_006');
    await app.chat.partialUpdateUser({ id: 'alec', set: { role: 'user' } });
    assertBadInput(await refusalOf(app.chat.deleteRole('agent_006')), 'DeleteRole', 'agent_006');
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
    const told = await refusalOf(app.chat.deleteRole('agent_007'));
    assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 16, StatusCode: 404 });
    assert.match(told.message, /^DeleteRole failed with error: ".*agent_007.*"$/);
    assert.deepEqual(told, missing('DeleteRole', told.message.slice('DeleteRole failed with error: "'.length, -1)));
  });

  test('builtin roles stay', async () => {
    const app = await newApp();
    for (const role of ['user', 'guest', 'anonymous', 'admin', 'channel_member', 'channel_moderator']) {
      assertBadInput(await refusalOf(app.chat.deleteRole(role)), 'DeleteRole', role);
    }
  });

  test('a name is taken once', async () => {
    const app = await newApp();
    await app.chat.createRole('special_agent');
    assertBadInput(await refusalOf(app.chat.createRole('special_agent')), 'CreateRole', 'special_agent');
    assertBadInput(await refusalOf(app.chat.createRole('admin')), 'CreateRole', 'admin');
    assert.deepEqual(await customRoles(app), ['special_agent']);
  });

  test('a name is needed, of at most 64 characters', async () => {
    const app = await newApp();
    assertBadInput(await refusalOf(app.chat.createRole('')), 'CreateRole', 'name');
    assertBadInput(await refusalOf(app.chat.createRole('r'.repeat(65))), 'CreateRole', '64');
    await app.chat.createRole('r'.repeat(64));
    assert.deepEqual(await customRoles(app), ['r'.repeat(64)]);
  });

  test('the 26th role is refused', async () => {
    const app = await newApp();
    for (let n = 1; n <= MOST_ROLES; n += 1) {
      await app.chat.createRole(`agent_${n}`);
    }
    assertBadInput(await refusalOf(app.chat.createRole('agent_26')), 'CreateRole', '25');
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
    assertBadInput(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), 'DeleteRole', 'agent_006', '.app');
    await client.updateApp({ grants: { agent_006: [] } });
    await client.upsertUsers([{ id: 'alec', role: 'agent_006' }]);
    assertBadInput(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), 'DeleteRole', 'agent_006');
    await client.updateUsersPartial({ users: [{ id: 'alec', set: { role: 'user' } }] });
    await client.deleteRole({ name: 'agent_006' });
    assert.deepEqual(pick(await nodeRefusalOf(client.deleteRole({ name: 'agent_006' })), 'code', 'StatusCode'), { code: 16, StatusCode: 404 });
    assertBadInput(await nodeRefusalOf(client.deleteRole({ name: 'admin' })), 'DeleteRole', 'admin');
    assertBadInput(await nodeRefusalOf(client.createRole({ name: 'user' })), 'CreateRole', 'user');
  });
});
