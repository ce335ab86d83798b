// Groups through CometChat's own SDK, as several people at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { base, newApp, refusalOf } from '../hallpass/cometchat.js';

/** The club: Ana owns it, Ada is admin, Mia moderator, Ben and Cid are participants; Dan is not in it. */
async function club() {
  const app = await newApp();
  await app.people('ana', 'ada', 'mia', 'ben', 'cid', 'dan');
  await app.group('club', { admins: ['ada'], moderators: ['mia'], participants: ['ben', 'cid'] });
  return app;
}

/** The scopes of all members, by id, as somebody sees them. */
async function scopes(CometChat, guid = 'club') {
  const members = await new CometChat.GroupMembersRequestBuilder(guid).setLimit(30).build().fetchNext();
  return Object.fromEntries(members.map((member) => [member.getUid(), member.getScope()]));
}

test('somebody logs in by the auth key, or by a token of the back end, and out', async () => {
  const app = await newApp();
  await app.people('ana');
  const CometChat = await app.as('ana');
  assert.equal((await CometChat.getLoggedinUser()).getName(), 'Ana');
  assert.equal(await CometChat.isExtensionEnabled('polls'), false);

  const { authToken } = await app.rest('POST', '/users/ana/auth_tokens', {});
  const other = await app.sdk();
  assert.equal((await other.login(authToken)).getUid(), 'ana');
  await other.logout();
  const again = await app.sdk();
  assert.equal(await refusalOf(again.login(authToken)), 'AUTH_ERR_AUTH_TOKEN_NOT_FOUND');
  assert.equal((await CometChat.getUser('ana')).getUid(), 'ana', 'one session ends, not the other');

  const stranger = await app.sdk();
  assert.equal(await refusalOf(stranger.login('nobody', app.authKey)), 'ERR_UID_NOT_FOUND');
  assert.equal(await refusalOf((await app.sdk()).login('ana', 'wrong')), 'AUTH_ERR_APIKEY_NOT_FOUND');
});

test('without a socket everything else works', async () => {
  const app = await newApp();
  await app.people('ana');
  const addresses = [];
  class RefusedSocket {
    readyState = 0;

    constructor(address) {
      addresses.push(address);
      queueMicrotask(() => {
        this.readyState = 3;
        this.onclose?.({ code: 1006 });
      });
    }

    close() {}
  }
  const CometChat = await app.sdk(RefusedSocket);
  assert.equal((await CometChat.login('ana', app.authKey)).getUid(), 'ana');
  assert.equal((await CometChat.createGroup(new CometChat.Group('tea', 'Tea', 'public'))).getOwner(), 'ana');
  assert.deepEqual([...new Set(addresses)], [`wss://${new URL(base).host}`]);
  assert.notEqual(CometChat.getConnectionStatus(), 'connected');
  CometChat.disconnect();
});

test('a group is made, found, joined, changed, left and deleted', async () => {
  const app = await newApp();
  await app.people('ana', 'ben');
  const [ana, ben] = [await app.as('ana'), await app.as('ben')];
  const made = await ana.createGroup(new ana.Group('tea', 'Tea', ana.GROUP_TYPE.PUBLIC));
  assert.deepEqual([made.getOwner(), made.getScope(), made.getMembersCount(), made.getHasJoined()], ['ana', 'admin', 1, true]);

  const found = await new ben.GroupsRequestBuilder().setLimit(30).build().fetchNext();
  assert.deepEqual(found.map((group) => [group.getGuid(), group.getHasJoined()]), [['tea', false]]);
  assert.equal((await ben.joinGroup('tea', ben.GROUP_TYPE.PUBLIC)).getHasJoined(), true);
  assert.equal(await refusalOf(ben.joinGroup('tea', ben.GROUP_TYPE.PUBLIC)), 'ERR_ALREADY_JOINED');
  assert.deepEqual(await scopes(ana, 'tea'), { ana: 'admin', ben: 'participant' });

  const renamed = (CometChat, name) => CometChat.updateGroup(new CometChat.Group('tea', name, CometChat.GROUP_TYPE.PUBLIC));
  assert.equal((await renamed(ana, 'Green tea')).getName(), 'Green tea');
  assert.equal(await refusalOf(renamed(ben, 'Black tea')), 'ERR_PERMISSION_DENIED');
  assert.equal(await ben.leaveGroup('tea'), true);
  assert.equal(await refusalOf(ana.leaveGroup('tea')), 'ERR_OWNER_EXIT_FORBIDDEN');
  assert.equal(await refusalOf(ben.deleteGroup('tea')), 'ERR_GROUP_NOT_JOINED');
  assert.equal(await ana.deleteGroup('tea'), true);
  assert.equal(await refusalOf(ana.getGroup('tea')), 'ERR_GUID_NOT_FOUND');
});

test('passwords open groups, and private ones are for who is added', async () => {
  const app = await newApp();
  await app.people('ana', 'ben');
  const [ana, ben] = [await app.as('ana'), await app.as('ben')];
  await ana.createGroup(new ana.Group('safe', 'Safe', ana.GROUP_TYPE.PASSWORD, 'sesame'));
  assert.equal(await refusalOf(ben.joinGroup('safe', ben.GROUP_TYPE.PASSWORD, 'open')), 'ERR_WRONG_GROUP_PASS');
  assert.equal((await ben.joinGroup('safe', ben.GROUP_TYPE.PASSWORD, 'sesame')).getGuid(), 'safe');

  await ana.createGroup(new ana.Group('attic', 'Attic', ana.GROUP_TYPE.PRIVATE));
  const listed = async () => (await new ben.GroupsRequestBuilder().setLimit(30).build().fetchNext()).map((group) => group.getGuid());
  assert.deepEqual(await listed(), ['safe']);
  assert.equal(await refusalOf(ben.joinGroup('attic', ben.GROUP_TYPE.PRIVATE)), 'ERR_GROUP_JOIN_NOT_ALLOWED');
  assert.deepEqual(await ana.addMembersToGroup('attic', [new ana.GroupMember('ben', ana.GROUP_MEMBER_SCOPE.PARTICIPANT)], []), { ben: 'success' });
  assert.deepEqual(await listed(), ['attic', 'safe']);
});

test('a group is made with its members, and others are banned from the start', async () => {
  const app = await newApp();
  await app.people('ana', 'ben', 'cid', 'dan');
  const ana = await app.as('ana');
  const members = [new ana.GroupMember('ben', ana.GROUP_MEMBER_SCOPE.MODERATOR), new ana.GroupMember('nobody', ana.GROUP_MEMBER_SCOPE.PARTICIPANT)];
  const { group, members: results } = await ana.createGroupWithMembers(new ana.Group('tea', 'Tea', ana.GROUP_TYPE.PUBLIC), members, ['dan']);
  assert.equal(group.getMembersCount(), 2);
  assert.deepEqual(results, { ben: 'success', nobody: 'The UID nobody does not exist.', dan: 'success' });
  assert.equal(await refusalOf((await app.as('dan')).joinGroup('tea', ana.GROUP_TYPE.PUBLIC)), 'ERR_BANNED_GROUPMEMBER');
});

test('adding many answers for each of them', async () => {
  const app = await club();
  const [ada, ben] = [await app.as('ada'), await app.as('ben')];
  const wanted = (CometChat) => [
    new CometChat.GroupMember('dan', CometChat.GROUP_MEMBER_SCOPE.MODERATOR),
    new CometChat.GroupMember('cid', CometChat.GROUP_MEMBER_SCOPE.PARTICIPANT),
    new CometChat.GroupMember('nobody', CometChat.GROUP_MEMBER_SCOPE.ADMIN),
  ];
  assert.equal(await refusalOf(ben.addMembersToGroup('club', wanted(ben), [])), 'ERR_PERMISSION_DENIED');
  assert.deepEqual(await ada.addMembersToGroup('club', wanted(ada), ['ben']), {
    dan: 'success',
    cid: 'The user cid has already joined the group club.',
    nobody: 'The UID nobody does not exist.',
    ben: 'success',
  });
  assert.deepEqual(await scopes(ada), { ada: 'admin', ana: 'admin', cid: 'participant', dan: 'moderator', mia: 'moderator' });
});

test('scopes go up and down by rank', async () => {
  const app = await club();
  const [ana, ada, mia, ben] = [await app.as('ana'), await app.as('ada'), await app.as('mia'), await app.as('ben')];
  assert.equal(await refusalOf(ben.updateGroupMemberScope('club', 'cid', 'moderator')), 'ERR_GROUP_NO_MODERATOR_SCOPE');
  assert.equal(await mia.updateGroupMemberScope('club', 'ben', 'moderator'), true);
  assert.equal(await refusalOf(mia.updateGroupMemberScope('club', 'cid', 'admin')), 'ERR_GROUP_NO_ADMIN_SCOPE');
  assert.equal(await refusalOf(mia.updateGroupMemberScope('club', 'ben', 'participant')), 'ERR_GROUP_NO_SCOPE_CLEARANCE');
  assert.equal(await ada.updateGroupMemberScope('club', 'ben', 'participant'), true);
  assert.equal(await refusalOf(ada.updateGroupMemberScope('club', 'ben', 'participant')), 'ERR_SAME_SCOPE');
  assert.equal(await refusalOf(ada.updateGroupMemberScope('club', 'ana', 'participant')), 'ERR_GROUP_NO_CLEARANCE');
  assert.equal(await ana.updateGroupMemberScope('club', 'ada', 'moderator'), true);
  assert.equal(await refusalOf(ana.updateGroupMemberScope('club', 'ana', 'moderator')), 'ERR_GROUP_NO_SELF_ACTION');
  assert.deepEqual(await scopes(ana), { ada: 'moderator', ana: 'admin', ben: 'participant', cid: 'participant', mia: 'moderator' });
});

test('who is kicked may come again; who is banned may not', async () => {
  const app = await club();
  const [ada, mia, ben] = [await app.as('ada'), await app.as('mia'), await app.as('ben')];
  assert.equal(await refusalOf(ben.kickGroupMember('club', 'cid')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(ben.banGroupMember('club', 'cid')), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(mia.kickGroupMember('club', 'ada')), 'ERR_GROUP_NO_CLEARANCE');
  assert.equal(await mia.kickGroupMember('club', 'ben'), true);
  assert.equal((await ben.joinGroup('club', ben.GROUP_TYPE.PUBLIC)).getHasJoined(), true);

  assert.equal(await mia.banGroupMember('club', 'ben'), true);
  assert.equal(await refusalOf(ben.joinGroup('club', ben.GROUP_TYPE.PUBLIC)), 'ERR_BANNED_GROUPMEMBER');
  const banned = async (CometChat) => new CometChat.BannedMembersRequestBuilder('club').setLimit(30).build().fetchNext();
  assert.deepEqual((await banned(mia)).map((member) => member.getUid()), ['ben']);
  const cid = await app.as('cid');
  assert.equal(await refusalOf(banned(cid)), 'ERR_PERMISSION_DENIED');
  assert.equal(await refusalOf(cid.unbanGroupMember('club', 'ben')), 'ERR_PERMISSION_DENIED');
  assert.equal(await ada.unbanGroupMember('club', 'ben'), true);
  assert.equal((await ben.joinGroup('club', ben.GROUP_TYPE.PUBLIC)).getHasJoined(), true);
});

test('ownership passes on, and with it what only owners do', async () => {
  const app = await club();
  const [ana, ada, ben] = [await app.as('ana'), await app.as('ada'), await app.as('ben')];
  assert.equal(await refusalOf(ada.transferGroupOwnership('club', 'ada')), 'ERR_GROUP_NO_CLEARANCE');
  assert.equal(await refusalOf(ana.transferGroupOwnership('club', 'dan')), 'ERR_NOT_A_MEMBER');
  assert.match(await ana.transferGroupOwnership('club', 'ben'), /ben/);
  assert.equal((await ada.getGroup('club')).getOwner(), 'ben');
  assert.deepEqual(await scopes(ben), { ada: 'admin', ana: 'admin', ben: 'admin', cid: 'participant', mia: 'moderator' });
  assert.equal(await refusalOf(ana.deleteGroup('club')), 'ERR_PERMISSION_DENIED');
  assert.equal(await ana.leaveGroup('club'), true);
  assert.equal(await ben.deleteGroup('club'), true);
});

test('a scope permission of one group changes what its members may do, and no other group', async () => {
  const app = await club();
  await app.group('other', { participants: ['ben'] });
  const [ada, ben] = [await app.as('ada'), await app.as('ben')];
  await app.rest('PUT', '/groups/club/scopes/participant/permissions', { permissions: { listMembers: 'deny', kickMembers: 'allow' } });
  assert.equal(await refusalOf(scopes(ben)), 'ERR_PERMISSION_DENIED');
  assert.deepEqual(await scopes(ben, 'other'), { ana: 'admin', ben: 'participant' });
  assert.equal(await ben.kickGroupMember('club', 'cid'), true, 'a participant who may kick reaches participants');
  assert.equal(await refusalOf(ben.kickGroupMember('club', 'mia')), 'ERR_GROUP_NO_CLEARANCE');
  await app.rest('DELETE', '/groups/club/scopes/participant/permissions/listMembers');
  assert.deepEqual(await scopes(ben), await scopes(ada));
});
