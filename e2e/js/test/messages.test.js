// Messages, replies, reactions, pins, polls and uploads, through the official client, each as those who may and those who may not.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { nodeRefusalOf, notAllowedIn, notAllowedInApp, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const CID = 'messaging:general';
const MEMBER = ['user', 'channel_member'];

/** Ana made the channel, Ben and Cleo are members, Mo moderates it, Dan is a stranger. */
async function general() {
  const app = await newApp();
  await people(app, { id: 'ana' }, { id: 'ben' }, { id: 'cleo' }, { id: 'dan' }, { id: 'mo' });
  await channelOf(app, 'ana', CID, ['ben', 'cleo']);
  await app.chat.channel('messaging', 'general').addModerators(['mo']);
  const as = async (id) => {
    const client = await app.as(id);
    return { client, channel: client.channel('messaging', 'general') };
  };
  return { app, ana: await as('ana'), ben: await as('ben'), cleo: await as('cleo'), dan: await as('dan'), mo: await as('mo') };
}

/** What a user without the grant is told. */
const refused = (operation, user, roles, action) => notAllowedIn('messaging', operation, user, roles, action);

/** Replaces the grants of a role on messaging. */
async function without(app, role, ...permissions) {
  const { grants } = await app.chat.getChannelType('messaging');
  await app.chat.updateChannelType('messaging', { grants: { [role]: grants[role].filter((id) => !permissions.includes(id)) } });
}

test('a message is sent, read, changed and deleted by those who may', async () => {
  const { ana, ben, cleo, dan, mo } = await general();
  const { message } = await ben.channel.sendMessage({ text: 'Hello', mood: 'good', mentioned_users: ['cleo'] });
  assert.equal(message.user.id, 'ben');
  assert.equal(message.type, 'regular');
  assert.equal(message.mood, 'good');
  assert.deepEqual(message.mentioned_users.map((user) => user.id), ['cleo']);
  assert.equal(message.member.channel_role, 'channel_member');
  assert.deepEqual(await refusalOf(dan.channel.sendMessage({ text: 'Hello' })), refused('SendMessage', 'dan', ['user'], 'CreateMessage'));
  assert.equal((await ana.channel.sendMessage({ text: 'The owner speaks' })).message.user.id, 'ana');

  await cleo.channel.query();
  assert.deepEqual(cleo.channel.state.messages.map((one) => one.text), ['Hello', 'The owner speaks']);
  assert.equal((await cleo.client.getMessage(message.id)).message.text, 'Hello');
  assert.deepEqual(await refusalOf(dan.client.getMessage(message.id)), refused('GetMessage', 'dan', ['user'], 'ReadChannel'));

  const { message: edited } = await ben.client.updateMessage({ ...message, text: 'Hello all' });
  assert.equal(edited.text, 'Hello all');
  assert.equal(edited.mood, 'good');
  assert.deepEqual(edited.mentioned_users.map((user) => user.id), ['cleo']);
  assert.deepEqual(await refusalOf(cleo.client.updateMessage({ ...message, text: 'Mine' })), refused('UpdateMessage', 'cleo', MEMBER, 'UpdateMessage'));
  assert.equal((await mo.client.partialUpdateMessage(message.id, { set: { text: 'Moderated', mood: 'calm' } })).message.text, 'Moderated');
  assert.deepEqual(await refusalOf(cleo.client.partialUpdateMessage(message.id, { set: { mood: 'bad' } })), refused('UpdateMessagePartial', 'cleo', MEMBER, 'UpdateMessage'));

  assert.deepEqual(await refusalOf(cleo.client.deleteMessage(message.id)), refused('DeleteMessage', 'cleo', MEMBER, 'DeleteMessage'));
  const { message: gone } = await ben.client.deleteMessage(message.id);
  assert.equal(gone.type, 'deleted');
  assert.ok(gone.deleted_at);
  const shown = await cleo.client.getMessage(message.id);
  assert.deepEqual([shown.message.type, shown.message.text], ['deleted', '']);
});

test('hard deletion leaves nothing, deletion for oneself leaves it to the others, and the back end takes a soft one back', async () => {
  const { app, ben, cleo, mo } = await general();
  const { message: first } = await ben.channel.sendMessage({ text: 'one' });
  const { message: second } = await ben.channel.sendMessage({ text: 'two' });
  await mo.client.deleteMessage(first.id, true);
  assert.deepEqual(await refusalOf(ben.client.getMessage(first.id)), { code: 16, StatusCode: 404, message: `GetMessage failed with error: "message '${first.id}' does not exist"` });

  const { message: forMe } = await cleo.client.deleteMessage(second.id, { deleteForMe: true });
  assert.equal(forMe.type, 'deleted');
  await cleo.channel.query();
  assert.deepEqual(cleo.channel.state.messages, []);
  await ben.channel.query();
  assert.deepEqual(ben.channel.state.messages.map((one) => one.text), ['two']);

  await ben.client.deleteMessage(second.id);
  assert.equal((await app.chat.undeleteMessage(second.id, 'mo')).message.text, 'two');
  assert.equal((await refusalOf(mo.client.undeleteMessage(second.id, 'mo'))).code, 17);
});

test('replies make a thread, which its starter and moderators may name', async () => {
  const { app, ben, cleo, dan, mo } = await general();
  const { message: parent } = await ben.channel.sendMessage({ text: 'Lunch?' });
  const { message: reply } = await cleo.channel.sendMessage({ text: 'Yes', parent_id: parent.id });
  assert.deepEqual([reply.type, reply.parent_id], ['reply', parent.id]);
  const { messages } = await ben.channel.getReplies(parent.id, {});
  assert.deepEqual(messages.map((one) => one.text), ['Yes']);
  const { message: counted } = await ben.client.getMessage(parent.id);
  assert.equal(counted.reply_count, 1);
  assert.deepEqual(counted.thread_participants.map((user) => user.id), ['cleo']);
  await ben.channel.query();
  assert.deepEqual(ben.channel.state.messages.map((one) => one.text), ['Lunch?']);
  assert.equal((await refusalOf(ben.channel.sendMessage({ text: 'Deeper', parent_id: reply.id }))).code, 21);
  assert.deepEqual(await refusalOf(dan.channel.getReplies(parent.id, {})), refused('GetReplies', 'dan', ['user'], 'ReadChannel'));

  const thread = await cleo.client.getThread(parent.id);
  assert.equal(thread.id, parent.id);
  assert.deepEqual((await cleo.client.queryThreads()).threads.map((one) => one.id), [parent.id]);
  assert.deepEqual((await mo.client.queryThreads()).threads, []);
  assert.equal((await ben.client.partialUpdateThread(parent.id, { set: { title: 'Food' } })).thread.title, 'Food');
  assert.equal((await mo.client.partialUpdateThread(parent.id, { set: { title: 'Lunch' } })).thread.title, 'Lunch');
  assert.deepEqual(
    await refusalOf(cleo.client.partialUpdateThread(parent.id, { set: { title: 'Mine' } })),
    refused('UpdateThreadPartial', 'cleo', MEMBER, 'UpdateThread'),
  );

  await without(app, 'channel_member', 'create-reply');
  assert.deepEqual(await refusalOf(cleo.channel.sendMessage({ text: 'No', parent_id: parent.id })), refused('SendMessage', 'cleo', MEMBER, 'CreateReply'));
  await cleo.channel.sendMessage({ text: 'Messages still go' });
});

test('reactions are of those who react, and moderators take them away', async () => {
  const { app, ben, cleo, dan, mo } = await general();
  await Promise.all([ben, cleo, mo].map((one) => one.channel.watch()));
  const { message } = await ben.channel.sendMessage({ text: 'Cake' });
  const { reaction, message: liked } = await cleo.channel.sendReaction(message.id, { type: 'like', score: 3 });
  assert.deepEqual([reaction.type, reaction.user.id, reaction.score], ['like', 'cleo', 3]);
  assert.deepEqual([liked.reaction_counts, liked.reaction_scores, liked.own_reactions.length], [{ like: 1 }, { like: 3 }, 1]);
  await ben.channel.sendReaction(message.id, { type: 'like' });
  const { message: both } = await ben.channel.sendReaction(message.id, { type: 'love' }, { enforce_unique: true });
  assert.deepEqual(both.reaction_counts, { like: 1, love: 1 });
  assert.deepEqual((await cleo.client.getMessage(message.id)).message.own_reactions.map((one) => one.type), ['like']);
  assert.equal((await cleo.channel.getReactions(message.id, {})).reactions.length, 2);
  assert.deepEqual((await cleo.client.queryReactions(message.id, { type: 'love' })).reactions.map((one) => one.user_id), ['ben']);
  assert.deepEqual(await refusalOf(dan.channel.sendReaction(message.id, { type: 'like' })), refused('SendReaction', 'dan', ['user'], 'CreateReaction'));

  assert.deepEqual(await refusalOf(ben.channel.deleteReaction(message.id, 'like', 'cleo')), refused('DeleteReaction', 'ben', MEMBER, 'DeleteReaction'));
  assert.deepEqual((await mo.channel.deleteReaction(message.id, 'like', 'cleo')).message.reaction_counts, { love: 1 });
  assert.deepEqual((await ben.channel.deleteReaction(message.id, 'love')).message.reaction_counts, {});
  await app.chat.updateChannelType('messaging', { reactions: false });
  assert.equal((await refusalOf(ben.channel.sendReaction(message.id, { type: 'like' }))).code, 19);
});

test('whoever may pin pins, and a pinned message stays editable by its author', async () => {
  const { app, ben, cleo, mo } = await general();
  await without(app, 'channel_member', 'pin-message');
  const { message } = await ben.channel.sendMessage({ text: 'Rules' });
  assert.deepEqual(await refusalOf(ben.client.pinMessage(message.id)), refused('UpdateMessagePartial', 'ben', MEMBER, 'PinMessage'));
  const { message: pinned } = await mo.client.pinMessage(message.id, null);
  assert.deepEqual([pinned.pinned, pinned.pinned_by.id], [true, 'mo']);
  assert.deepEqual((await cleo.channel.getPinnedMessages({})).messages.map((one) => one.id), [message.id]);
  assert.deepEqual((await cleo.channel.query()).pinned_messages.map((one) => one.id), [message.id]);

  // The whole message as it was read, `pinned: true` and all, with another text.
  const { message: read } = await ben.client.getMessage(message.id);
  const { message: edited } = await ben.client.updateMessage({ ...read, text: 'Rules, corrected' });
  assert.deepEqual([edited.text, edited.pinned, edited.pinned_by.id], ['Rules, corrected', true, 'mo']);
  // As his client knew it before it was pinned: it says `pinned: false`, and the pin stays.
  const { message: late } = await ben.client.updateMessage({ ...message, text: 'Rules, final' });
  assert.deepEqual([late.text, late.pinned], ['Rules, final', true]);
  assert.deepEqual(await refusalOf(ben.client.updateMessage({ ...late, pinned_at: null })), refused('UpdateMessage', 'ben', MEMBER, 'PinMessage'));
  assert.deepEqual(await refusalOf(ben.client.unpinMessage(message.id)), refused('UpdateMessagePartial', 'ben', MEMBER, 'PinMessage'));
  await mo.client.unpinMessage(message.id);
  assert.deepEqual((await cleo.channel.getPinnedMessages({})).messages, []);
});

test('links, mentions of everybody and restricted messages have permissions of their own', async () => {
  const { app, ben, cleo, mo } = await general();
  await without(app, 'channel_member', 'add-links', 'notify-channel', 'create-mention');
  assert.deepEqual(await refusalOf(ben.channel.sendMessage({ text: 'see https://example.com' })), refused('SendMessage', 'ben', MEMBER, 'AddLinks'));
  assert.deepEqual(await refusalOf(ben.channel.sendMessage({ text: 'hi', mentioned_users: ['cleo'] })), refused('SendMessage', 'ben', MEMBER, 'CreateMention'));
  assert.deepEqual(await refusalOf(ben.channel.sendMessage({ text: 'hi', mentioned_channel: true })), refused('SendMessage', 'ben', MEMBER, 'NotifyChannel'));
  assert.deepEqual(await refusalOf(ben.channel.sendMessage({ text: 'hi', type: 'system' })), refused('SendMessage', 'ben', MEMBER, 'CreateSystemMessage'));
  const { message } = await ben.channel.sendMessage({ text: 'plain' });
  assert.deepEqual(await refusalOf(ben.client.updateMessage({ ...message, text: 'www.example.com' })), refused('UpdateMessage', 'ben', MEMBER, 'AddLinks'));
  assert.equal((await mo.channel.sendMessage({ text: 'the app says so', type: 'system' })).message.type, 'system');

  const { message: secret } = await app.chat.channel('messaging', 'general').sendMessage({ text: 'for Cleo', user_id: 'mo', restricted_visibility: ['cleo'] });
  assert.equal((await cleo.client.getMessage(secret.id)).message.text, 'for Cleo');
  assert.deepEqual(await refusalOf(ben.client.getMessage(secret.id)), refused('GetMessage', 'ben', MEMBER, 'ReadRestrictedVisibilityMessage'));
  await ben.channel.query();
  assert.ok(!ben.channel.state.messages.some((one) => one.id === secret.id));
});

test('a poll is made, sent, voted on, closed', async () => {
  const { app, ben, cleo, dan, mo } = await general();
  await app.chat.updateChannelType('messaging', { polls: true });
  const { poll } = await ben.client.createPoll({ name: 'Where to?', options: [{ text: 'Lima' }, { text: 'Quito' }], enforce_unique_vote: true, allow_answers: true });
  assert.deepEqual([poll.created_by_id, poll.options.length, poll.vote_count, poll.is_closed], ['ben', 2, 0, false]);
  const { message } = await ben.channel.sendMessage({ text: 'Vote!', poll_id: poll.id });
  assert.equal(message.poll.id, poll.id);
  const [lima, quito] = poll.options.map((option) => option.id);

  const { vote } = await cleo.client.castPollVote(message.id, poll.id, { option_id: lima });
  assert.deepEqual([vote.option_id, vote.user_id], [lima, 'cleo']);
  await cleo.client.castPollVote(message.id, poll.id, { option_id: quito });
  await cleo.client.addPollAnswer(message.id, poll.id, 'Anywhere warm');
  const { poll: counted } = await cleo.client.getPoll(poll.id);
  assert.deepEqual([counted.vote_counts_by_option, counted.answers_count, counted.own_votes.length], [{ [quito]: 1 }, 1, 2]);
  assert.deepEqual(await refusalOf(dan.client.castPollVote(message.id, poll.id, { option_id: lima })), refused('CastPollVote', 'dan', ['user'], 'CastVote'));
  assert.equal((await ben.client.queryPollVotes(poll.id, { option_id: quito })).votes.length, 1);
  const own = counted.own_votes.find((one) => one.option_id === quito);
  await cleo.client.removePollVote(message.id, poll.id, own.id);

  const update = { id: poll.id, name: 'Where?', options: poll.options };
  assert.deepEqual(await refusalOf(cleo.client.updatePoll(update)), notAllowedInApp('UpdatePoll', 'cleo', 'user', 'UpdatePoll'));
  assert.equal((await ben.client.updatePoll(update)).poll.name, 'Where?');
  assert.deepEqual(await refusalOf(mo.client.closePoll(poll.id)), notAllowedInApp('UpdatePollPartial', 'mo', 'user', 'ClosePoll'));
  assert.equal((await ben.client.closePoll(poll.id)).poll.is_closed, true);
  assert.equal((await refusalOf(cleo.client.castPollVote(message.id, poll.id, { option_id: lima }))).code, 4);
  assert.deepEqual((await ben.client.queryPolls({})).polls.map((one) => one.id), [poll.id]);
  assert.deepEqual((await cleo.client.queryPolls({})).polls, []);
  assert.deepEqual(await refusalOf(cleo.client.deletePoll(poll.id)), notAllowedInApp('DeletePoll', 'cleo', 'user', 'DeletePoll'));
  await ben.client.deletePoll(poll.id);
  assert.equal((await cleo.client.getMessage(message.id)).message.poll, undefined);
});

test('a file is uploaded, read and deleted by its uploader', async () => {
  const { app, ben, cleo, dan, mo } = await general();
  const bytes = Buffer.from('Lots of words\n');
  const { file } = await ben.channel.sendFile(bytes, 'notes.txt', 'text/plain');
  const read = async (url) => fetch(url);
  const served = await read(file);
  assert.deepEqual([served.status, served.headers.get('content-type'), await served.text()], [200, 'text/plain; charset=utf-8', 'Lots of words\n']);
  assert.equal(served.headers.get('x-content-type-options'), 'nosniff');
  assert.deepEqual(await refusalOf(dan.channel.sendFile(bytes, 'notes.txt', 'text/plain')), refused('UploadChannelFile', 'dan', ['user'], 'UploadAttachment'));
  const { message } = await ben.channel.sendMessage({ text: 'Notes', attachments: [{ type: 'file', asset_url: file, title: 'notes.txt' }] });
  assert.equal(message.attachments[0].asset_url, file);

  assert.deepEqual(await refusalOf(cleo.channel.deleteFile(file)), refused('DeleteChannelFile', 'cleo', MEMBER, 'DeleteAttachment'));
  await ben.channel.deleteFile(file);
  assert.equal((await read(file)).status, 404);
  assert.equal((await refusalOf(ben.channel.deleteFile(file))).code, 16);

  const { file: picture } = await cleo.channel.sendFile(Buffer.from('GIF89a'), 'cat.gif', 'image/gif');
  await mo.channel.deleteFile(picture);
  assert.equal((await read(picture)).status, 404);
  const { file: own } = await ben.client.uploadFile(bytes, 'own.txt', 'text/plain');
  assert.equal((await read(own)).status, 200);
  assert.deepEqual(await refusalOf(cleo.client.deleteFile(own)).then((told) => told.code), 17);
  await ben.client.deleteFile(own);
  await app.chat.updateChannelType('messaging', { uploads: false });
  assert.equal((await refusalOf(ben.channel.sendFile(bytes, 'notes.txt', 'text/plain'))).code, 19);
});

test('a command is for its author until they send it', async () => {
  const { ben, cleo, mo } = await general();
  await ben.channel.watch();
  const { message } = await ben.channel.sendMessage({ text: '/giphy cats' });
  assert.deepEqual([message.type, message.command], ['ephemeral', 'giphy']);
  assert.equal((await refusalOf(cleo.client.getMessage(message.id))).code, 16);
  const { message: sent } = await ben.channel.sendAction(message.id, { image_action: 'send' });
  assert.equal(sent.type, 'regular');
  assert.equal((await mo.client.getMessage(message.id)).message.attachments[0].title, 'cats');
});

test('search finds what one may read, and truncation empties a channel', async () => {
  const { ana, ben, cleo, dan } = await general();
  await ben.channel.sendMessage({ text: 'red apples' });
  await cleo.channel.sendMessage({ text: 'green pears' });
  const found = async (one, query) => (await one.channel.search(query)).results.map((result) => result.message.text);
  assert.deepEqual(await found(ben, 'apple'), ['red apples']);
  assert.deepEqual(await found(ben, { text: { $autocomplete: 'pe' } }), ['green pears']);
  assert.deepEqual(await refusalOf(dan.channel.search('apple')), refused('Search', 'dan', ['user'], 'ReadChannel'));
  assert.deepEqual(await refusalOf(ben.channel.truncate()), refused('TruncateChannel', 'ben', MEMBER, 'TruncateChannel'));
  const truncated = await ana.channel.truncate({ message: { text: 'All gone' } });
  assert.ok(truncated.channel.truncated_at);
  assert.deepEqual([truncated.message.type, truncated.message.text], ['system', 'All gone']);
  await ben.channel.query();
  assert.deepEqual(ben.channel.state.messages.map((one) => one.text), ['All gone']);
});

test('the other dialect: `@stream-io/node-sdk` with a user token', async () => {
  const { app } = await general();
  const ben = app.nodeAs('ben');
  const dan = app.nodeAs('dan');
  const where = { type: 'messaging', id: 'general' };
  const { message } = await ben.chat.sendMessage({ ...where, message: { text: 'Hello', custom: { mood: 'good' } } });
  assert.deepEqual([message.text, message.custom, message.user.id], ['Hello', { mood: 'good' }, 'ben']);
  assert.deepEqual(await nodeRefusalOf(dan.chat.sendMessage({ ...where, message: { text: 'Hello' } })), refused('SendMessage', 'dan', ['user'], 'CreateMessage'));
  const { message: reacted } = await ben.chat.sendReaction({ id: message.id, reaction: { type: 'like' } });
  assert.deepEqual(reacted.reaction_counts, { like: 1 });
  assert.equal((await ben.chat.getMessage({ id: message.id })).message.channel.cid, CID);
  assert.equal((await ben.chat.updateMessagePartial({ id: message.id, set: { text: 'Bye' } })).message.text, 'Bye');
  assert.ok((await ben.chat.deleteMessage({ id: message.id })).message.deleted_at);
});

test('what was acknowledged is there, what was refused is not, whoever asks', async () => {
  const { app, ben } = await general();
  const { message } = await ben.channel.sendMessage({ text: 'kept' });
  const answer = await call('GET', `/messages/${message.id}?api_key=${app.apiKey}`, { headers: { authorization: app.serverToken, 'stream-auth-type': 'jwt' } });
  assert.equal(answer.body.message.text, 'kept');
  const other = await newApp();
  const elsewhere = await call('GET', `/messages/${message.id}?api_key=${other.apiKey}`, { headers: { authorization: other.serverToken, 'stream-auth-type': 'jwt' } });
  assert.equal(elsewhere.status, 404, 'ids of one app mean nothing in another');
});
