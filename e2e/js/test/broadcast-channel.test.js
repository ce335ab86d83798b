// "Broadcast and Reply-only Channels": a few write, all others read, react and reply.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, message } from '../hallpass/decision.js';
import { nodeRefusalOf, notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, rolesOf } from '../hallpass/scene.js';

const NEWS = 'broadcast:news';
const ACTIONS = ['ReadChannel', 'CreateReaction', 'CreateReply', 'CreateMessage', 'AddLinks', 'UpdateChannel'];

/** What members of the broadcast are left with: to read, to react and to reply. */
const AUDIENCE = ['read-channel', 'create-reaction', 'create-reply'];

async function broadcast() {
  const app = await newApp();
  await people(app, 'editor', 'reader', 'stranger');
  await app.chat.createChannelType({ name: 'broadcast' });
  const news = await channelOf(app, 'editor', NEWS);
  await news.addMembers([{ user_id: 'editor', channel_role: 'channel_moderator' }, { user_id: 'reader' }]);
  return { app, news };
}

test('stream-chat makes a channel type a broadcast', async () => {
  const { app, news } = await broadcast();
  assert.deepEqual(await app.mayAll('reader', ACTIONS, channel(NEWS)), {
    ReadChannel: 'granted', CreateReaction: 'granted', CreateReply: 'granted', CreateMessage: 'granted', AddLinks: 'granted', UpdateChannel: 'condition_failed',
  });

  await app.chat.updateChannelType('broadcast', { grants: { channel_member: AUDIENCE, user: [] } });

  assert.deepEqual(await app.mayAll('reader', ACTIONS, channel(NEWS)), {
    ReadChannel: 'granted', CreateReaction: 'granted', CreateReply: 'granted', CreateMessage: 'no_grant', AddLinks: 'no_grant', UpdateChannel: 'no_grant',
  });
  assert.deepEqual(await app.mayAll('editor', ACTIONS, channel(NEWS)), {
    ReadChannel: 'granted', CreateReaction: 'granted', CreateReply: 'granted', CreateMessage: 'granted', AddLinks: 'granted', UpdateChannel: 'granted',
  });
  assert.equal(await app.may('editor', 'DeleteMessage', message(NEWS, 'reader')), 'granted');
  assert.equal(await app.may('reader', 'DeleteMessage', message(NEWS, 'reader')), 'no_grant');

  const reader = (await app.as('reader')).channel('broadcast', 'news');
  const seen = await reader.query();
  assert.deepEqual(rolesOf(seen.members), { editor: 'channel_moderator', reader: 'channel_member' });
  const may = seen.channel.own_capabilities;
  assert.ok(['send-reaction', 'send-reply'].every((one) => may.includes(one)), may.join());
  assert.ok(['send-message', 'send-links', 'quote-message', 'update-own-message'].every((one) => !may.includes(one)), may.join());
  assert.deepEqual(await refusalOf(reader.update({ name: 'Mine' })), notAllowedIn('broadcast', 'UpdateChannel', 'reader', ['user', 'channel_member'], 'UpdateChannel'));

  const stranger = (await app.as('stranger')).channel('broadcast', 'news');
  assert.equal(await app.may('stranger', 'ReadChannel', channel(NEWS)), 'no_grant');
  assert.deepEqual(await refusalOf(stranger.query()), notAllowedIn('broadcast', 'GetOrCreateChannel', 'stranger', ['user'], 'ReadChannel'));

  const editor = (await app.as('editor')).channel('broadcast', 'news');
  assert.equal((await editor.update({ name: 'News' })).channel.name, 'News');

  // A reader who is made a moderator of the channel may write.
  await news.assignRoles([{ user_id: 'reader', channel_role: 'channel_moderator' }]);
  assert.equal(await app.may('reader', 'CreateMessage', channel(NEWS)), 'granted');
  assert.ok((await reader.query()).channel.own_capabilities.includes('send-message'));
});

test('@stream-io/node-sdk makes a channel type a broadcast', async () => {
  const { app } = await broadcast();
  const client = app.node.chat;
  await client.updateChannelType({
    name: 'broadcast', automod: 'disabled', automod_behavior: 'flag', max_message_length: 5000, grants: { channel_member: AUDIENCE, user: [] },
  });
  assert.deepEqual(await app.mayAll('reader', ACTIONS, channel(NEWS)), {
    ReadChannel: 'granted', CreateReaction: 'granted', CreateReply: 'granted', CreateMessage: 'no_grant', AddLinks: 'no_grant', UpdateChannel: 'no_grant',
  });
  assert.equal(await app.may('editor', 'CreateMessage', channel(NEWS)), 'granted');
  const reader = app.nodeAs('reader').chat.channel('broadcast', 'news');
  const { channel: seen } = await reader.getOrCreate({ state: true });
  assert.ok(seen.own_capabilities.includes('send-reply') && !seen.own_capabilities.includes('send-message'), seen.own_capabilities.join());
  assert.deepEqual(
    await nodeRefusalOf(reader.updateChannelPartial({ set: { name: 'Mine' } })),
    notAllowedIn('broadcast', 'UpdateChannelPartial', 'reader', ['user', 'channel_member'], 'UpdateChannel'),
  );
});

test('one channel of an ordinary type becomes a broadcast by modifiers', async () => {
  const app = await newApp();
  await people(app, 'editor', 'reader');
  const town = await channelOf(app, 'editor', 'messaging:town', ['reader']);
  assert.equal(await app.may('reader', 'CreateMessage', channel('messaging:town')), 'granted');
  await town.updatePartial({ set: { config_overrides: { grants: { channel_member: ['!create-message', '!add-links'] } } } });
  assert.deepEqual(await app.mayAll('reader', ['ReadChannel', 'CreateReaction', 'CreateReply', 'CreateMessage'], channel('messaging:town')), {
    ReadChannel: 'granted', CreateReaction: 'granted', CreateReply: 'granted', CreateMessage: 'condition_failed',
  });
  assert.equal(await app.may('editor', 'CreateMessage', channel('messaging:town')), 'granted', 'the owner still holds create-message-owner');
});
