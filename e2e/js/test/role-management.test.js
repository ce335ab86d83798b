// "Role Management": James Bond gets a user role, becomes a member of a channel, and gets a channel role.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { badInput, nodeRefusalOf, notAllowedIn, notAllowedInApp, refusalOf, serverOnly } from '../hallpass/refusal.js';
import { channelOf, people, pick, rolesOf } from '../hallpass/scene.js';

const MI6 = 'messaging:mi6';

/** M owns the channel that everything is about; James Bond is an ordinary user outside of it. */
async function headquarters() {
  const app = await newApp();
  await people(app, { id: 'm', name: 'M' }, { id: 'james_bond', name: 'James' });
  const mi6 = await channelOf(app, 'm', MI6);
  return { app, mi6 };
}

describe('stream-chat', () => {
  test('a user gets another role', async () => {
    const { app } = await headquarters();
    const client = app.chat;
    const bond = await app.as('james_bond');
    await client.createRole('special_agent');
    await client.updateChannelType('messaging', { grants: { special_agent: ['read-channel', 'update-channel'] } });
    assert.equal(await app.may('james_bond', 'UpdateChannel', channel(MI6)), 'condition_failed');
    assert.deepEqual(
      await refusalOf(bond.channel('messaging', 'mi6').update({ motto: 'Never say never' })),
      notAllowedIn('messaging', 'UpdateChannel', 'james_bond', ['user'], 'UpdateChannel'),
    );

    const result = await client.partialUpdateUser({ id: 'james_bond', set: { role: 'special_agent' } });

    assert.deepEqual(Object.keys(result.users), ['james_bond']);
    assert.deepEqual(pick(result.users.james_bond, 'id', 'role', 'name', 'banned', 'online'), {
      id: 'james_bond', role: 'special_agent', name: 'James', banned: false, online: false,
    });
    assert.equal(await app.may('james_bond', 'UpdateChannel', channel(MI6)), 'granted');
    const updated = await bond.channel('messaging', 'mi6').update({ motto: 'Never say never' });
    assert.equal(updated.channel.motto, 'Never say never');
  });

  test('a role that does not exist is refused, and nothing changes', async () => {
    const { app } = await headquarters();
    await app.chat.createRole('special_agent');
    assert.deepEqual(
      await refusalOf(app.chat.partialUpdateUser({ id: 'james_bond', set: { role: 'special_agnt', name: 'Jim' } })),
      badInput('UpdateUsersPartial', "role: no such role 'special_agnt' (did you mean 'special_agent'?)"),
    );
    const { users } = await app.chat.queryUsers({ id: 'james_bond' });
    assert.deepEqual(users.map((user) => pick(user, 'id', 'role', 'name')), [{ id: 'james_bond', role: 'user', name: 'James' }]);
  });

  test('a user cannot take a role', async () => {
    const { app } = await headquarters();
    const bond = await app.as('james_bond');
    assert.deepEqual(
      await refusalOf(bond.partialUpdateUser({ id: 'james_bond', set: { role: 'admin' } })),
      notAllowedInApp('UpdateUsersPartial', 'james_bond', 'user', 'UpdateUserRole'),
    );
    const { users } = await app.chat.queryUsers({ id: 'james_bond' });
    assert.equal(users[0].role, 'user');
  });

  test('a user who is added to a channel becomes a channel_member', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    const bond = await app.as('james_bond');
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'condition_failed');
    assert.equal(await app.may('james_bond', 'CreateMessage', channel(MI6)), 'condition_failed');
    assert.deepEqual(await refusalOf(bond.channel('messaging', 'mi6').query()), notAllowedIn('messaging', 'GetOrCreateChannel', 'james_bond', ['user'], 'ReadChannel'));

    const result = await channelOfMi6.addMembers([{ user_id: 'james_bond' }]);

    assert.equal(result.members[0].channel_role, 'channel_member');
    assert.deepEqual(pick(result.members[0], 'user_id', 'is_moderator', 'banned', 'shadow_banned'), {
      user_id: 'james_bond', is_moderator: false, banned: false, shadow_banned: false,
    });
    assert.equal(result.members[0].user.name, 'James');
    assert.equal(result.channel.cid, MI6);
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'granted');
    assert.equal(await app.may('james_bond', 'CreateMessage', channel(MI6)), 'granted');
    const seen = await bond.channel('messaging', 'mi6').query();
    assert.deepEqual(rolesOf(seen.members), { james_bond: 'channel_member' });
    assert.equal(seen.membership.channel_role, 'channel_member');
    assert.ok(seen.channel.own_capabilities.includes('send-message'), `send-message among ${seen.channel.own_capabilities}`);
  });

  test('a user is added to a channel with a role', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    const bond = await app.as('james_bond');
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'condition_failed');

    const result = await channelOfMi6.addMembers([{ user_id: 'james_bond', channel_role: 'channel_moderator' }]);

    assert.deepEqual(result.members.map((member) => pick(member, 'user_id', 'channel_role', 'is_moderator')), [
      { user_id: 'james_bond', channel_role: 'channel_moderator', is_moderator: true },
    ]);
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'granted');
    await people(app, 'q');
    const added = await bond.channel('messaging', 'mi6').addMembers(['q']);
    assert.deepEqual(rolesOf(added.members), { james_bond: 'channel_moderator', q: 'channel_member' });
  });

  test('a member is assigned another role', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    const bond = await app.as('james_bond');
    await people(app, 'q');
    await channelOfMi6.addMembers([{ user_id: 'james_bond', channel_role: 'channel_moderator' }]);
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'granted');

    const result = await channelOfMi6.assignRoles([{ user_id: 'james_bond', channel_role: 'channel_member' }]);

    assert.deepEqual(rolesOf(result.members), { james_bond: 'channel_member' });
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'condition_failed');
    assert.deepEqual(
      await refusalOf(bond.channel('messaging', 'mi6').addMembers(['q'])),
      notAllowedIn('messaging', 'UpdateChannel', 'james_bond', ['user', 'channel_member'], 'UpdateChannelMembers'),
    );
  });

  test('a role is assigned to members only', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    assert.deepEqual(
      await refusalOf(channelOfMi6.assignRoles([{ user_id: 'james_bond', channel_role: 'channel_moderator' }])),
      badInput('UpdateChannel', "user 'james_bond' is not a member of channel 'messaging:mi6'"),
    );
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'condition_failed');
  });

  test('moderators are added and demoted', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    await channelOfMi6.addMembers(['james_bond']);
    const added = await channelOfMi6.addModerators(['james_bond']);
    assert.deepEqual(rolesOf(added.members), { james_bond: 'channel_moderator' });
    assert.equal(await app.may('james_bond', 'UpdateChannelFrozen', channel(MI6)), 'granted');
    const demoted = await channelOfMi6.demoteModerators(['james_bond']);
    assert.deepEqual(rolesOf(demoted.members), { james_bond: 'channel_member' });
    assert.equal(await app.may('james_bond', 'UpdateChannelFrozen', channel(MI6)), 'no_grant');
  });

  test('channel roles cannot be changed client-side, not even by the owner of the channel', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    await channelOfMi6.addMembers(['james_bond']);
    const m = await app.as('m');
    const mi6OfM = m.channel('messaging', 'mi6');
    assert.equal(await app.may('m', 'UpdateChannelMembers', channel(MI6)), 'granted');
    for (const [what, attempt] of [
      ['changing channel roles', () => mi6OfM.assignRoles([{ user_id: 'james_bond', channel_role: 'channel_moderator' }])],
      ['giving a channel role', () => mi6OfM.addMembers([{ user_id: 'm', channel_role: 'channel_moderator' }])],
      ['changing channel roles', () => mi6OfM.addModerators(['james_bond'])],
      ['changing channel roles', () => mi6OfM.demoteModerators(['james_bond'])],
    ]) {
      assert.deepEqual(await refusalOf(attempt()), serverOnly('UpdateChannel', what));
    }
    const { members } = await channelOfMi6.queryMembers({});
    assert.deepEqual(rolesOf(members), { james_bond: 'channel_member' });
  });

  test('a member who is removed loses what the membership gave', async () => {
    const { app, mi6: channelOfMi6 } = await headquarters();
    await channelOfMi6.addMembers(['james_bond']);
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'granted');
    const result = await channelOfMi6.removeMembers(['james_bond']);
    assert.deepEqual(result.members, []);
    assert.equal(await app.may('james_bond', 'ReadChannel', channel(MI6)), 'condition_failed');
  });
});

describe('@stream-io/node-sdk', () => {
  test('a user gets another role', async () => {
    const { app } = await headquarters();
    const client = app.node;
    const bond = app.nodeAs('james_bond');
    await client.createRole({ name: 'special_agent' });
    await client.chat.updateChannelType({ name: 'messaging', automod: 'disabled', automod_behavior: 'flag', max_message_length: 5000, grants: { special_agent: ['read-channel', 'update-channel'] } });
    assert.equal(await app.may('james_bond', 'UpdateChannel', channel(MI6)), 'condition_failed');
    assert.deepEqual(
      await nodeRefusalOf(bond.chat.channel('messaging', 'mi6').update({ data: { custom: { motto: 'Never say never' } } })),
      notAllowedIn('messaging', 'UpdateChannel', 'james_bond', ['user'], 'UpdateChannel'),
    );

    const result = await client.updateUsersPartial({ users: [{ id: 'james_bond', set: { role: 'special_agent' } }] });

    assert.deepEqual(Object.keys(result.users), ['james_bond']);
    assert.deepEqual(pick(result.users.james_bond, 'id', 'role', 'name', 'banned', 'online', 'custom', 'teams'), {
      id: 'james_bond', role: 'special_agent', name: 'James', banned: false, online: false, custom: {}, teams: [],
    });
    assert.ok(result.users.james_bond.created_at instanceof Date && !Number.isNaN(result.users.james_bond.created_at.getTime()));
    assert.equal(await app.may('james_bond', 'UpdateChannel', channel(MI6)), 'granted');
    const updated = await bond.chat.channel('messaging', 'mi6').update({ data: { custom: { motto: 'Never say never' } } });
    assert.deepEqual(updated.channel.custom, { motto: 'Never say never' });
  });

  test('a user who is added to a channel becomes a channel_member', async () => {
    const { app } = await headquarters();
    const mi6 = app.node.chat.channel('messaging', 'mi6');
    assert.equal(await app.may('james_bond', 'CreateMessage', channel(MI6)), 'condition_failed');

    const result = await mi6.update({ add_members: [{ user_id: 'james_bond' }] });

    assert.equal(result.members[0].channel_role, 'channel_member');
    assert.deepEqual(pick(result.members[0], 'user_id', 'is_moderator', 'banned', 'shadow_banned', 'custom'), {
      user_id: 'james_bond', is_moderator: false, banned: false, shadow_banned: false, custom: {},
    });
    assert.equal(await app.may('james_bond', 'CreateMessage', channel(MI6)), 'granted');
    const { members } = await app.nodeAs('james_bond').chat.queryMembers({ payload: { type: 'messaging', id: 'mi6', filter_conditions: {} } });
    assert.deepEqual(rolesOf(members), { james_bond: 'channel_member' });
  });

  test('a user is added with a role, and is assigned another', async () => {
    const { app } = await headquarters();
    const mi6 = app.node.chat.channel('messaging', 'mi6');
    const bond = app.nodeAs('james_bond').chat.channel('messaging', 'mi6');
    await people(app, 'q');

    const added = await mi6.update({ add_members: [{ user_id: 'james_bond', channel_role: 'channel_moderator' }] });
    assert.deepEqual(rolesOf(added.members), { james_bond: 'channel_moderator' });
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'granted');
    await bond.update({ add_members: [{ user_id: 'q' }] });

    const assigned = await mi6.update({ assign_roles: [{ user_id: 'james_bond', channel_role: 'channel_member' }] });
    assert.equal(rolesOf(assigned.members).james_bond, 'channel_member');
    assert.equal(await app.may('james_bond', 'UpdateChannelMembers', channel(MI6)), 'condition_failed');
    assert.deepEqual(
      await nodeRefusalOf(bond.update({ remove_members: ['q'] })),
      notAllowedIn('messaging', 'UpdateChannel', 'james_bond', ['user', 'channel_member'], 'UpdateChannelMembers'),
    );
  });

  test('channel roles cannot be changed client-side', async () => {
    const { app, mi6 } = await headquarters();
    await mi6.addMembers(['james_bond']);
    assert.deepEqual(
      await nodeRefusalOf(app.nodeAs('m').chat.channel('messaging', 'mi6').update({ assign_roles: [{ user_id: 'james_bond', channel_role: 'channel_moderator' }] })),
      serverOnly('UpdateChannel', 'changing channel roles'),
    );
    assert.equal(await app.may('james_bond', 'UpdateChannelFrozen', channel(MI6)), 'no_grant');
  });
});

test('errors that both dialects share are the same in both', async () => {
  const { app, mi6 } = await headquarters();
  const crowd = Array.from({ length: 101 }, (_, n) => `agent-${n}`);
  const old = await refusalOf(mi6.addMembers(crowd));
  assert.deepEqual(await nodeRefusalOf(app.node.chat.channel('messaging', 'mi6').update({ add_members: crowd.map((user_id) => ({ user_id })) })), old);
  assert.deepEqual(old, badInput('UpdateChannel', 'add_members: at most 100 members at a time, got 101'));
});
