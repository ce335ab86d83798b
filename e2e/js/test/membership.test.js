// Coming and going: who may join, leave, invite, and be looked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { notAllowed, notAllowedIn, refusalIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick, rolesOf } from '../hallpass/scene.js';

const CLUB = 'messaging:club';

async function club(members = []) {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve');
  const server = await channelOf(app, 'ana', CLUB, members);
  return { app, server, ben: (await app.as('ben')).channel('messaging', 'club') };
}

test('joining takes a grant of its own, which nobody has at first', async () => {
  const { app, ben } = await club();
  assert.equal(await app.may('ben', 'AddOwnChannelMembership', channel(CLUB)), 'no_grant');
  const told = await refusalOf(ben.addMembers(['ben']));
  assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 17, StatusCode: 403 });

  const { grants } = await app.chat.getChannelType('messaging');
  await app.chat.updateChannelType('messaging', { grants: { user: [...grants.user, 'add-own-channel-membership'] } });

  assert.equal(await app.may('ben', 'AddOwnChannelMembership', channel(CLUB)), 'granted');
  assert.deepEqual(rolesOf((await ben.addMembers(['ben'])).members), { ben: 'channel_member' });
  // Joining is about oneself: nobody else comes along.
  assert.deepEqual(await refusalOf(ben.addMembers(['eve'])), notAllowedIn('messaging', 'UpdateChannel', 'ben', ['user', 'channel_member'], 'UpdateChannelMembers'));
});

test('leaving is what members may do, for themselves', async () => {
  const { app, server, ben } = await club(['ben', 'eve']);
  assert.equal(await app.may('ben', 'RemoveOwnChannelMembership', channel(CLUB)), 'granted');
  assert.deepEqual(await refusalOf(ben.removeMembers(['eve'])), notAllowedIn('messaging', 'UpdateChannel', 'ben', ['user', 'channel_member'], 'UpdateChannelMembers'));
  await ben.removeMembers(['ben']);
  assert.deepEqual(rolesOf((await server.queryMembers({})).members), { eve: 'channel_member' });
  assert.equal(await app.may('ben', 'ReadChannel', channel(CLUB)), 'condition_failed');
});

test('an invitation gives nothing before it is accepted', async () => {
  const { app, server, ben } = await club();
  await server.inviteMembers(['ben']);
  assert.equal(await app.may('ben', 'CreateMessage', channel(CLUB)), 'condition_failed');
  const accepted = await ben.acceptInvite();
  assert.equal(rolesOf(accepted.members).ben, 'channel_member');
  assert.equal(await app.may('ben', 'CreateMessage', channel(CLUB)), 'granted');

  await server.inviteMembers(['eve']);
  await (await app.as('eve')).channel('messaging', 'club').rejectInvite();
  assert.notEqual(await app.may('eve', 'CreateMessage', channel(CLUB)), 'granted');
});

test('channels that one may not read refuse the whole query', async () => {
  const { app } = await club(['ben']);
  await channelOf(app, 'ana', 'messaging:secret');
  const ben = await app.as('ben');
  const mine = await ben.queryChannels({ type: 'messaging', members: { $in: ['ben'] } });
  assert.deepEqual(mine.map((one) => one.cid), [CLUB]);
  const told = await refusalOf(ben.queryChannels({ type: 'messaging' }));
  assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 70, StatusCode: 403 });
  for (const path of ['/channels', '/api/v2/chat/channels']) {
    const answer = await app.callAs('ben', 'POST', path, { filter_conditions: { type: 'messaging' } });
    assert.deepEqual(refusalIn(answer), told);
    assert.ok(!answer.text.includes('secret'), `what one may not see is not named: ${answer.text}`);
  }
  assert.deepEqual((await app.chat.queryChannels({ type: 'messaging' })).map((one) => one.cid).sort(), [CLUB, 'messaging:secret']);
});

test('a conversation of a set of members: everybody starts their own, nobody one of others', async () => {
  const { app } = await club();
  const ben = await app.as('ben');
  const talk = await ben.channel('messaging', { members: ['ben', 'eve'] }).create();
  assert.match(talk.channel.id, /^!members-/);
  assert.equal(talk.channel.created_by.id, 'ben');
  assert.deepEqual(rolesOf(talk.members), { ben: 'channel_member', eve: 'channel_member' });
  const again = await (await app.as('eve')).channel('messaging', { members: ['eve', 'ben'] }).create();
  assert.equal(again.channel.cid, talk.channel.cid);
  assert.deepEqual(
    await refusalOf(ben.channel('messaging', { members: ['ana', 'eve'] }).create()),
    notAllowedIn('messaging', 'GetOrCreateChannel', 'ben', ['user'], 'CreateDistinctChannelForOthers'),
  );
});

test('members are found by what they are', async () => {
  const { app, server } = await club(['ben']);
  await server.addMembers([{ user_id: 'eve', channel_role: 'channel_moderator' }]);
  assert.deepEqual(rolesOf((await server.queryMembers({ channel_role: 'channel_moderator' })).members), { eve: 'channel_moderator' });
  assert.deepEqual(rolesOf((await server.queryMembers({ id: { $in: ['ben'] } })).members), { ben: 'channel_member' });
  assert.equal(await app.may('eve', 'BanChannelMember', channel(CLUB)), 'granted');
});

test('strangers to the app are refused by name', async () => {
  const { app } = await club();
  const ghost = await app.as('ghost');
  assert.deepEqual(await refusalOf(ghost.channel('messaging', 'club').query()), notAllowed('GetOrCreateChannel', "User 'ghost' does not exist"));
});
