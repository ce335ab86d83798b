// Mutes, blocks, bans, hidden and unread channels, as the client keeps them: each call changes what the SDK shows its user.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { connected, Ear } from '../hallpass/connected.js';
import { refusalOf } from '../hallpass/refusal.js';
import { channelOf, people } from '../hallpass/scene.js';

/** Ana and Ben are members of `general`, Cleo moderates it; Ana and Ben are connected. */
async function general(t) {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'cleo');
  const channel = await channelOf(app, 'ana', 'messaging:general', ['ana', 'ben']);
  await channel.addModerators(['cleo']);
  const connect = async (id) => {
    const client = await connected(app, id);
    t.after(() => client.disconnectUser());
    return client;
  };
  return { app, ana: await connect('ana'), ben: await connect('ben'), cleo: await app.as('cleo') };
}

/** The next event of a type that a client, or one of its channels, gets. */
const next = (source, type) => new Ear(source).next(type);

test('who is muted is known to the one who mutes, on each of their devices', async (t) => {
  const { ben } = await general(t);
  const heard = next(ben, 'notification.mutes_updated');
  const { mute, own_user } = await ben.muteUser('ana', undefined, { timeout: 60 });
  assert.deepEqual([mute.user.id, mute.target.id, own_user.mutes.length], ['ben', 'ana', 1]);
  assert.equal((await heard).me.mutes[0].target.id, 'ana');
  assert.equal(ben.userMuteStatus('ana'), true);
  const again = next(ben, 'notification.mutes_updated');
  await ben.unmuteUser('ana');
  await again;
  assert.equal(ben.userMuteStatus('ana'), false);
});

test('a muted channel is muted for one, and counts nothing as unread', async (t) => {
  const { ana, ben } = await general(t);
  const bens = ben.channel('messaging', 'general');
  await bens.watch();
  const heard = next(ben, 'notification.channel_mutes_updated');
  await bens.mute({ expiration: 60_000 });
  await heard;
  assert.equal(bens.muteStatus().muted, true);
  await ana.channel('messaging', 'general').sendMessage({ text: 'psst' });
  assert.equal((await ben.getUnreadCount()).total_unread_count, 0);
  await bens.unmute();
  assert.equal((await ben.getUnreadCount()).total_unread_count, 1);
});

test('unread messages are counted until they are read', async (t) => {
  const { ana, ben } = await general(t);
  const bens = ben.channel('messaging', 'general');
  await bens.watch();
  const anas = ana.channel('messaging', 'general');
  await anas.watch();
  const seen = next(bens, 'message.new');
  const { message } = await anas.sendMessage({ text: 'one' });
  await seen;
  assert.equal(bens.countUnread(), 1);
  const read = next(anas, 'message.read');
  await bens.markRead();
  assert.equal((await read).user.id, 'ben');
  assert.ok(anas.state.read.ben);
  assert.equal((await ben.getUnreadCount()).total_unread_count, 0);
  await bens.markUnread({ message_id: message.id });
  assert.equal((await ben.getUnreadCount()).total_unread_count, 1);
});

test('a hidden channel is gone from the list until somebody writes', async (t) => {
  const { ana, ben } = await general(t);
  const list = async (more = {}) => (await ben.queryChannels({ members: { $in: ['ben'] }, ...more }, [])).map((channel) => channel.cid);
  const [mine] = await ben.queryChannels({ members: { $in: ['ben'] } }, []);
  const hidden = next(ben, 'channel.hidden');
  await mine.hide();
  assert.equal((await hidden).cid, 'messaging:general');
  assert.deepEqual([await list(), await list({ hidden: true })], [[], ['messaging:general']]);
  await ana.channel('messaging', 'general').sendMessage({ text: 'hello?' });
  assert.deepEqual(await list(), ['messaging:general']);
  await mine.hide();
  await mine.show();
  assert.deepEqual(await list(), ['messaging:general']);
});

test('blocking is a list of one’s own', async (t) => {
  const { ben } = await general(t);
  assert.equal((await ben.blockUser('ana')).blocked_user_id, 'ana');
  assert.deepEqual((await ben.getBlockedUsers()).blocks.map((block) => block.blocked_user.id), ['ana']);
  await ben.unBlockUser('ana');
  assert.deepEqual((await ben.getBlockedUsers()).blocks, []);
});

test('a ban is heard in the channel, shown in queries, and over when it is lifted', async (t) => {
  const { ben, ana, cleo } = await general(t);
  const anas = ana.channel('messaging', 'general');
  await anas.watch();
  const bens = ben.channel('messaging', 'general');
  await bens.watch();
  const cleos = Object.assign(cleo.channel('messaging', 'general'), { initialized: true });
  const heard = next(anas, 'user.banned');
  await cleos.banUser('ben', { timeout: 60, reason: 'rude' });
  const event = await heard;
  assert.deepEqual([event.user.id, event.created_by.id, event.reason, event.cid], ['ben', 'cleo', 'rude', 'messaging:general']);
  const { bans } = await cleo.queryBannedUsers({ channel_cid: 'messaging:general' });
  assert.deepEqual(bans.map((ban) => [ban.user.id, ban.banned_by.id, ban.reason, ban.channel.cid]), [['ben', 'cleo', 'rude', 'messaging:general']]);
  assert.equal((await refusalOf(bens.sendMessage({ text: 'but' }))).code, 17);
  const lifted = next(anas, 'user.unbanned');
  await cleos.unbanUser('ben');
  assert.equal((await lifted).user.id, 'ben');
  await bens.sendMessage({ text: 'sorry' });
});

test('a shadow ban is known to moderators only', async (t) => {
  const { ben, ana, cleo } = await general(t);
  const cleos = Object.assign(cleo.channel('messaging', 'general'), { initialized: true });
  await cleos.shadowBan('ben', {});
  const bens = ben.channel('messaging', 'general');
  await bens.watch();
  const { message } = await bens.sendMessage({ text: 'can you hear me?' });
  assert.equal(bens.state.members.ben.shadow_banned, false);
  assert.ok((await bens.query({ messages: { limit: 5 } })).messages.some((one) => one.id === message.id));
  const anas = ana.channel('messaging', 'general');
  assert.deepEqual((await anas.query({ messages: { limit: 5 } })).messages, []);
  await cleos.removeShadowBan('ben');
  const { message: heard } = await bens.sendMessage({ text: 'and now?' });
  assert.deepEqual((await anas.query({ messages: { limit: 5 } })).messages.map((one) => one.id), [heard.id]);
});
