// Messages, threads, reactions, conversations and calls through CometChat's own SDK, as several people at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp, refusalOf } from '../hallpass/cometchat.js';

/** The club: Ana owns it, Mia is moderator, Ben and Cid are participants; Dan is not in it. */
async function club() {
  const app = await newApp();
  await app.people('ana', 'mia', 'ben', 'cid', 'dan');
  await app.group('club', { moderators: ['mia'], participants: ['ben', 'cid'] });
  return app;
}

const say = (CometChat, receiver, text, kind = 'group') => CometChat.sendMessage(new CometChat.TextMessage(receiver, text, kind));

/** Texts of a group as somebody sees them, oldest first. */
async function texts(CometChat, guid = 'club') {
  const messages = await new CometChat.MessagesRequestBuilder().setGUID(guid).setLimit(30).build().fetchPrevious();
  return messages.map((message) => message.getText?.() ?? message.getType());
}

test('what somebody says arrives with who said it, where', async () => {
  const app = await club();
  const [ben, cid] = [await app.as('ben'), await app.as('cid')];
  const sent = await say(ben, 'club', 'Hello');
  assert.deepEqual([sent.getSender().getName(), sent.getReceiver().getName(), sent.getConversationId()], ['Ben', 'Club', 'group_club']);
  assert.deepEqual(await texts(cid), ['Hello']);
  assert.equal((await cid.getMessageDetails(sent.getId())).getText(), 'Hello');
  assert.equal(await refusalOf(say(await app.as('dan'), 'club', 'Me too')), 'ERR_GROUP_NOT_JOINED');
  assert.equal(await refusalOf(texts(await app.as('dan'))), 'ERR_GROUP_NOT_JOINED');

  const secret = await say(ben, 'cid', 'Psst', 'user');
  assert.equal(secret.getReceiver().getUid(), 'cid');
  assert.equal(await refusalOf((await app.as('mia')).getMessageDetails(secret.getId())), 'ERR_MESSAGE_ID_NOT_FOUND');
});

test('the request of "Set Scope Permissions": participants are silenced, moderators are not, until it is unset', async () => {
  const app = await club();
  const [mia, ben] = [await app.as('mia'), await app.as('ben')];
  const set = await app.rest('PUT', '/groups/club/scopes/participant/permissions', { permissions: { sendMessage: 'deny' } });
  assert.deepEqual(set, {
    sendMessage: { success: true, message: 'Permission with id sendMessage have been mapped successfully to scope participant on group club.' },
    permissions: { sendMessage: 'deny' },
  });
  assert.equal(await refusalOf(say(ben, 'club', 'Hi')), 'ERR_PERMISSION_DENIED');
  await say(mia, 'club', 'Quiet, please');
  await say(ben, 'mia', 'Why?', 'user');
  await app.rest('DELETE', '/groups/club/scopes/participant/permissions/sendMessage');
  await say(ben, 'club', 'At last');
  assert.deepEqual(await texts(mia), ['Quiet, please', 'At last']);
});

test('one edits and deletes what is one\'s own, and moderators what is said in their group', async () => {
  const app = await club();
  const [mia, ben, cid] = [await app.as('mia'), await app.as('ben'), await app.as('cid')];
  const sent = await say(ben, 'club', 'Helo');
  const edit = (CometChat, text) => {
    const message = new CometChat.TextMessage('club', text, 'group');
    message.setId(sent.getId());
    return CometChat.editMessage(message);
  };
  const edited = await edit(ben, 'Hello');
  assert.deepEqual([edited.getText(), edited.getEditedBy()], ['Hello', 'ben']);
  assert.equal(await refusalOf(edit(cid, 'Mine')), 'ERR_MESSAGE_NOT_A_SENDER');
  assert.equal((await edit(mia, 'Hello, all')).getEditedBy(), 'mia');
  assert.equal(await refusalOf(cid.deleteMessage(sent.getId())), 'ERR_MESSAGE_NOT_A_SENDER');
  await app.rest('PUT', '/roles/default/permissions', { permissions: { deleteMessage: 'deny' } });
  assert.equal(await refusalOf(ben.deleteMessage(sent.getId())), 'ERR_PERMISSION_DENIED');
  await app.rest('DELETE', '/roles/default/permissions/deleteMessage');
  assert.equal((await ben.deleteMessage(sent.getId())).getDeletedBy(), 'ben');
  assert.equal((await cid.getMessageDetails(sent.getId())).getDeletedBy(), 'ben');
});

test('reactions are counted, and taken back by who reacted', async () => {
  const app = await club();
  const [ben, cid] = [await app.as('ben'), await app.as('cid')];
  const sent = await say(ben, 'club', 'Cake?');
  await ben.addReaction(sent.getId(), '🍰');
  const reacted = await cid.addReaction(sent.getId(), '🍰');
  const counts = reacted.getReactions().map((count) => [count.getReaction(), count.getCount(), count.getReactedByMe()]);
  assert.deepEqual(counts, [['🍰', 2, true]]);
  const reactions = await new cid.ReactionsRequestBuilder().setMessageId(sent.getId()).setLimit(10).build().fetchNext();
  assert.deepEqual(reactions.map((reaction) => reaction.getReactedBy().getUid()).sort(), ['ben', 'cid']);
  assert.deepEqual((await cid.removeReaction(sent.getId(), '🍰')).getReactions().map((count) => count.getCount()), [1]);
  await app.rest('PUT', '/groups/club/scopes/participant/permissions', { permissions: { addReaction: 'deny' } });
  assert.equal(await refusalOf(cid.addReaction(sent.getId(), '🍰')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(ben.removeReaction(sent.getId(), '🍰')), 'ERR_PERMISSION_DENIED');
});

test('threads have permissions of their own', async () => {
  const app = await club();
  const [mia, ben] = [await app.as('mia'), await app.as('ben')];
  const note = await say(mia, 'club', 'Plans?');
  const reply = (CometChat, text) => {
    const message = new CometChat.TextMessage('club', text, 'group');
    message.setParentMessageId(note.getId());
    return CometChat.sendMessage(message);
  };
  assert.equal(`${(await reply(ben, 'Tea')).getParentMessageId()}`, `${note.getId()}`);
  const thread = (CometChat) => new CometChat.MessagesRequestBuilder().setParentMessageId(note.getId()).setLimit(30).build().fetchPrevious();
  assert.deepEqual((await thread(mia)).map((message) => message.getText()), ['Tea']);
  await app.rest('PUT', '/groups/club/scopes/participant/permissions', { permissions: { sendThreadedMessage: 'deny' } });
  assert.equal(await refusalOf(reply(ben, 'Coffee')), 'ERR_PERMISSION_DENIED');
  await say(ben, 'club', 'Coffee');
});

test('what may be sent is said by type, and by MIME type for each file', async () => {
  const app = await club();
  const ben = await app.as('ben');
  const picture = (...types) => {
    const message = new ben.MediaMessage('club', '', ben.MESSAGE_TYPE.IMAGE, 'group');
    message.setAttachments(types.map((mimeType) => new ben.Attachment({ name: 'a', extension: 'a', mimeType, url: 'https://files.example.com/a' })));
    return ben.sendMediaMessage(message);
  };
  const poll = () => ben.sendCustomMessage(new ben.CustomMessage('club', 'group', 'poll', { question: 'Tea?' }));
  assert.equal((await picture('image/png')).getAttachments()[0].getMimeType(), 'image/png');
  assert.deepEqual((await poll()).getCustomData(), { question: 'Tea?' });
  await app.rest('PUT', '/roles/default/permissions', {
    permissions: { 'sendMessage.allowedMimeTypes': ['image/png'], 'sendMessage.allowedCustomTypes': ['location'] },
  });
  await picture('image/png');
  assert.equal(await refusalOf(picture('image/png', 'image/svg+xml')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(poll()), 'ERR_PERMISSION_DENIED');
  await app.rest('PUT', '/groups/club/scopes/participant/permissions', { permissions: { 'sendMessage.allowedMessageTypes': 'text' } });
  assert.equal(await refusalOf(picture('image/png')), 'ERR_PERMISSION_DENIED');
  await say(ben, 'club', 'Words are fine');
});

test('friends mode: strangers are not written to, groups are', async () => {
  const app = await club();
  const ben = await app.as('ben');
  await app.rest('PUT', '/roles/default/permissions', { permissions: { 'sendMessage.mode': 'friends' } });
  assert.equal(await refusalOf(say(ben, 'cid', 'Hi', 'user')), 'ERR_PERMISSION_DENIED');
  await say(ben, 'club', 'Hi all');
  await app.rest('POST', '/users/ben/friends', { accepted: ['cid'] });
  await say(ben, 'cid', 'Hi', 'user');
});

test('lists are read page by page, from the newest to the oldest', async () => {
  const app = await club();
  const ben = await app.as('ben');
  for (const text of ['a', 'b', 'c', 'd', 'e']) await say(ben, 'club', text);
  const request = new ben.MessagesRequestBuilder().setGUID('club').setLimit(2).build();
  const pages = [];
  for (let page = 0; page < 4; page += 1) pages.push((await request.fetchPrevious()).map((message) => message.getText()).join(''));
  assert.deepEqual(pages, ['de', 'bc', 'a', '']);
});

test('conversations are each person\'s own', async () => {
  const app = await club();
  const [ben, cid] = [await app.as('ben'), await app.as('cid')];
  await say(ben, 'club', 'Hi all');
  await say(ben, 'cid', 'Psst', 'user');
  const all = async (CometChat) =>
    (await new CometChat.ConversationsRequestBuilder().setLimit(30).build().fetchNext()).map((one) => [
      one.getConversationId(),
      one.getLastMessage().getText(),
      one.getUnreadMessageCount(),
    ]);
  assert.deepEqual(await all(cid), [['ben_user_cid', 'Psst', 1], ['group_club', 'Hi all', 1]]);
  assert.deepEqual(await cid.getUnreadMessageCount(), { users: { ben: 1 }, groups: { club: 1 } });
  await cid.markConversationAsRead('ben', 'user');
  assert.deepEqual((await cid.tagConversation('club', 'group', ['fun'])).getTags(), ['fun']);
  assert.equal((await cid.getConversation('ben', 'user')).getUnreadMessageCount(), 0);
  await cid.deleteConversation('ben', 'user');
  assert.deepEqual(await all(cid), [['group_club', 'Hi all', 1]]);
  assert.deepEqual(await all(ben), [['ben_user_cid', 'Psst', 0], ['group_club', 'Hi all', 0]]);
  await app.rest('PUT', '/roles/default/permissions', { permissions: { deleteConversation: 'deny', listConversations: 'deny' } });
  assert.equal(await refusalOf(ben.deleteConversation('cid', 'user')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(all(ben)), 'ERR_PERMISSION_DENIED');
});

test('calls ring and are joined where role and scope allow', async () => {
  const app = await club();
  const [ben, cid] = [await app.as('ben'), await app.as('cid')];
  const rung = await ben.initiateCall(new ben.Call('cid', ben.CALL_TYPE.AUDIO, 'user'));
  assert.deepEqual([rung.getStatus(), rung.getCallInitiator().getUid(), rung.getCallReceiver().getUid()], ['initiated', 'ben', 'cid']);
  assert.equal((await cid.acceptCall(rung.getSessionId())).getStatus(), 'ongoing');
  const mia = await app.as('mia');
  assert.equal(await refusalOf(mia.acceptCall(rung.getSessionId())), 'ERR_CALL_SESSION_NOT_FOUND');
  await app.rest('PUT', '/groups/club/scopes/moderator/permissions', { permissions: { initiateCall: 'deny' } });
  assert.equal(await refusalOf(mia.initiateCall(new mia.Call('club', mia.CALL_TYPE.VIDEO, 'group'))), 'ERR_PERMISSION_DENIED');
});

test('a role narrows everywhere what a scope would allow', async () => {
  const app = await club();
  await app.rest('POST', '/roles', { role: 'guest', name: 'Guest' });
  await app.rest('PUT', '/users/mia', { role: 'guest' });
  await app.rest('PUT', '/roles/guest/permissions', { permissions: { sendMessage: 'deny', createGroup: 'deny' } });
  const [mia, ben] = [await app.as('mia'), await app.as('ben')];
  assert.equal(await refusalOf(say(mia, 'club', 'Hi')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(say(mia, 'ben', 'Hi', 'user')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(mia.createGroup(new mia.Group('mine', 'Mine', 'public'))), 'ERR_PERMISSION_DENIED');
  await say(ben, 'club', 'Hi');
  await app.rest('POST', '/roles/default/restrictedfeatures', { featuresToRestrict: ['u.createMessage'] });
  assert.equal(await refusalOf(say(ben, 'club', 'Hi')), 'ERR_PERMISSION_DENIED');
});
