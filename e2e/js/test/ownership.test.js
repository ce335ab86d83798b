// "Ownership": channels, messages, attachments and users have an owner, and a permission can be for owners only.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { attachment, channel, message, user } from '../hallpass/decision.js';
import { nodeRefusalOf, notAllowedIn, notAllowedInApp, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, rolesOf } from '../hallpass/scene.js';

const GARDEN = 'messaging:garden';

/** Ana made the channel and is not a member of it; Ben is. */
async function garden() {
  const app = await newApp();
  await people(app, { id: 'ana', name: 'Ana' }, { id: 'ben', name: 'Ben' });
  await channelOf(app, 'ana', GARDEN, ['ben']);
  return { app, ana: await app.as('ana'), ben: await app.as('ben') };
}

test('who created a channel may do in it what owners may, member or not', async () => {
  const { app, ana, ben } = await garden();
  assert.deepEqual(await app.mayAll('ana', ['CreateMessage', 'UpdateChannel', 'UpdateChannelMembers', 'DeleteChannel', 'BanChannelMember'], channel(GARDEN)), {
    CreateMessage: 'granted', UpdateChannel: 'granted', UpdateChannelMembers: 'granted', DeleteChannel: 'granted', BanChannelMember: 'no_grant',
  });
  assert.deepEqual(await app.mayAll('ben', ['CreateMessage', 'UpdateChannel', 'UpdateChannelMembers', 'DeleteChannel'], channel(GARDEN)), {
    CreateMessage: 'granted', UpdateChannel: 'condition_failed', UpdateChannelMembers: 'condition_failed', DeleteChannel: 'condition_failed',
  });

  const gardenOfAna = ana.channel('messaging', 'garden');
  assert.equal((await gardenOfAna.update({ name: 'Roses' })).channel.name, 'Roses');
  const gardenOfBen = ben.channel('messaging', 'garden');
  const refused = (operation, action) => notAllowedIn('messaging', operation, 'ben', ['user', 'channel_member'], action);
  assert.deepEqual(await refusalOf(gardenOfBen.update({ name: 'Weeds' })), refused('UpdateChannel', 'UpdateChannel'));
  assert.deepEqual(await refusalOf(gardenOfBen.updatePartial({ set: { name: 'Weeds' } })), refused('UpdateChannelPartial', 'UpdateChannel'));
  assert.deepEqual(await refusalOf(gardenOfBen.addMembers(['ana'])), refused('UpdateChannel', 'UpdateChannelMembers'));
  assert.deepEqual(await refusalOf(gardenOfBen.delete()), refused('DeleteChannel', 'DeleteChannel'));
  assert.equal((await gardenOfBen.query()).channel.name, 'Roses');
  assert.deepEqual(rolesOf((await gardenOfAna.removeMembers(['ben'])).members), {});
  assert.deepEqual(await refusalOf(gardenOfBen.query()), notAllowedIn('messaging', 'GetOrCreateChannel', 'ben', ['user'], 'ReadChannel'));
  assert.equal((await gardenOfAna.delete()).channel.cid, GARDEN);
});

test('a channel that a user creates is theirs', async () => {
  const { app, ben } = await garden();
  assert.equal(await app.may('ben', 'CreateChannel', channel('messaging:shed')), 'granted');
  const created = await ben.channel('messaging', 'shed', { name: 'Shed' }).create();
  assert.equal(created.channel.created_by.id, 'ben');
  assert.equal(await app.may('ben', 'UpdateChannel', channel('messaging:shed')), 'granted');
  assert.equal(await app.may('ana', 'UpdateChannel', channel('messaging:shed')), 'condition_failed');
});

test('a client cannot create a channel for somebody else to own', async () => {
  const { app, ben } = await garden();
  await ben.channel('messaging', 'gift', { created_by_id: 'ana' }).create().then(
    (created) => assert.equal(created.channel.created_by.id, 'ben'),
    (error) => assert.equal(error.code, 17),
  );
  assert.notEqual(await app.may('ana', 'UpdateChannel', channel('messaging:gift')), 'granted');
});

test('a member edits and deletes own messages and no others', async () => {
  const { app } = await garden();
  for (const action of ['UpdateMessage', 'DeleteMessage']) {
    assert.equal(await app.may('ben', action, message(GARDEN, 'ben')), 'granted', action);
    assert.equal(await app.may('ben', action, message(GARDEN, 'ana')), 'condition_failed', action);
  }
});

test('an attachment belongs to who uploaded it', async () => {
  const { app } = await garden();
  assert.equal(await app.may('ben', 'DeleteAttachment', attachment(GARDEN, 'ben')), 'granted');
  assert.equal(await app.may('ben', 'DeleteAttachment', attachment(GARDEN, 'ana')), 'condition_failed');
});

test('users change themselves, except role and teams, and nobody else', async () => {
  const { app, ben } = await garden();
  assert.equal(await app.may('ben', 'UpdateUser', user('ben')), 'granted');
  assert.equal(await app.may('ben', 'UpdateUser', user('ana')), 'condition_failed');
  assert.equal(await app.may('ben', 'UpdateUserRole', user('ben')), 'no_grant');
  assert.equal(await app.may('ben', 'UpdateUserTeams', user('ben')), 'no_grant');

  const { users } = await ben.partialUpdateUser({ id: 'ben', set: { name: 'Benjamin', hobby: 'roses' } });
  assert.equal(users.ben.name, 'Benjamin');
  assert.equal(users.ben.hobby, 'roses');
  assert.deepEqual(await refusalOf(ben.partialUpdateUser({ id: 'ana', set: { name: 'Anna' } })), notAllowedInApp('UpdateUsersPartial', 'ben', 'user', 'UpdateUser'));
  assert.deepEqual(await refusalOf(ben.upsertUser({ id: 'ben', role: 'admin' })), notAllowedInApp('UpdateUsers', 'ben', 'user', 'UpdateUserRole'));
  assert.deepEqual(await refusalOf(ben.partialUpdateUser({ id: 'ben', set: { teams: ['green'] } })), notAllowedInApp('UpdateUsersPartial', 'ben', 'user', 'UpdateUserTeams'));
  assert.deepEqual(
    await nodeRefusalOf(app.nodeAs('ben').updateUsersPartial({ users: [{ id: 'ana', set: { name: 'Anna' } }] })),
    notAllowedInApp('UpdateUsersPartial', 'ben', 'user', 'UpdateUser'),
  );
  // One refused user refuses the whole call.
  assert.deepEqual(
    await refusalOf(ben.partialUpdateUsers([{ id: 'ben', set: { name: 'B' } }, { id: 'ana', set: { name: 'A' } }])),
    notAllowedInApp('UpdateUsersPartial', 'ben', 'user', 'UpdateUser'),
  );
  const all = await app.chat.queryUsers({ id: { $in: ['ana', 'ben'] } }, { id: 1 });
  assert.deepEqual(all.users.map((u) => [u.id, u.name, u.role]), [['ana', 'Ana', 'user'], ['ben', 'Benjamin', 'user']]);
});

test('a permission for owners can be taken from them and given to all', async () => {
  const { app, ben } = await garden();
  const { grants } = await app.chat.getChannelType('messaging');
  await app.chat.updateChannelType('messaging', { grants: { user: grants.user.filter((id) => id !== 'update-channel-owner'), channel_member: [...grants.channel_member, 'update-channel'] } });
  assert.equal(await app.may('ana', 'UpdateChannel', channel(GARDEN)), 'no_grant');
  assert.equal(await app.may('ben', 'UpdateChannel', channel(GARDEN)), 'granted');
  assert.deepEqual(
    await refusalOf((await app.as('ana')).channel('messaging', 'garden').update({ name: 'Mine' })),
    notAllowedIn('messaging', 'UpdateChannel', 'ana', ['user'], 'UpdateChannel'),
  );
  assert.equal((await ben.channel('messaging', 'garden').update({ name: 'Ours' })).channel.name, 'Ours');
});
