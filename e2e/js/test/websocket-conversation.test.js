// Two people and a moderator talk over the WebSocket of the official client: each sees what they should, and learns at once what they
// may do. Nothing in here polls: what is expected is waited for as an event.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { browser, connected, Ear } from '../hallpass/connected.js';
import { notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick } from '../hallpass/scene.js';
import { call } from '../hallpass/server.js';

const GENERAL = 'messaging:general';

describe('a conversation of two', () => {
  let app;
  let ana;
  let ben;
  let mia;
  const channels = {};
  const ears = {};

  /** What Ben's client believes that he may do: what its user interface shows. */
  const may = (capability) => channels.ben.data.own_capabilities.includes(capability);
  /** Waits until Ben's client was told; by then the channel has it. */
  const told = async (capability, expected) => {
    const event = await ears.ben.next('capabilities.changed', (event) => event.own_capabilities.includes(capability) === expected);
    assert.equal(event.cid, GENERAL);
    assert.equal(may(capability), expected, 'the SDK has taken it');
    assert.equal(channels.ben.data.name, 'General', 'and has lost nothing by it');
    assert.deepEqual([...channels.ben.data.own_capabilities].sort(), (await channels.ben.query({ state: false })).channel.own_capabilities);
  };

  before(async () => {
    app = await newApp();
    await people(app, 'ana', 'ben', 'mia', 'zoe');
    const channel = await channelOf(app, 'ana', GENERAL, ['ana', 'ben', { user_id: 'mia', channel_role: 'channel_moderator' }]);
    await channel.updatePartial({ set: { name: 'General' } });
    [ana, ben, mia] = await Promise.all(['ana', 'ben', 'mia'].map((id) => connected(app, id)));
    for (const [name, client] of Object.entries({ ana, ben, mia })) {
      channels[name] = client.channel('messaging', 'general');
      await channels[name].watch();
      ears[name] = new Ear(client);
    }
  });

  after(async () => {
    await Promise.all([ana, ben, mia].map((client) => client?.disconnectUser()));
  });

  test('each knows who they are, and that the others are there', () => {
    assert.deepEqual(pick(ben.user, 'id', 'role', 'online', 'banned'), { id: 'ben', role: 'user', online: true, banned: false });
    assert.deepEqual([ben.mutedUsers, ben.mutedChannels], [[], []]);
    assert.equal(channels.mia.state.watcher_count, 3);
    assert.deepEqual(Object.keys(channels.mia.state.watchers).sort(), ['ana', 'ben', 'mia']);
    assert.equal(may('send-message'), true);
    assert.equal(may('ban-channel-members'), false);
  });

  test('what one sends the other sees', async () => {
    await channels.ana.keystroke();
    assert.equal((await ears.ben.next('typing.start')).user.id, 'ana');
    const { message } = await channels.ana.sendMessage({ text: 'hello Ben' });
    const heard = await ears.ben.next('message.new');
    assert.deepEqual(pick(heard.message, 'id', 'text'), { id: message.id, text: 'hello Ben' });
    assert.equal(channels.ben.state.messages.at(-1).text, 'hello Ben');
    assert.equal(channels.ben.countUnread(), 1);
    await ears.ana.next('message.new');

    await channels.ben.sendReaction(message.id, { type: 'wave' });
    assert.equal((await ears.ana.next('reaction.new')).reaction.user_id, 'ben');
    assert.deepEqual(channels.ana.state.messages.at(-1).latest_reactions.map((reaction) => reaction.type), ['wave']);
    await channels.ben.markRead();
    assert.equal((await ears.ana.next('message.read')).user.id, 'ben');
    await ana.updateMessage({ id: message.id, text: 'hello Benjamin' });
    assert.equal((await ears.ben.next('message.updated')).message.text, 'hello Benjamin');
    await channels.ben.sendEvent({ type: 'balloons', colour: 'red' });
    assert.equal((await ears.ana.next('balloons')).colour, 'red');
    await ana.deleteMessage(message.id);
    assert.equal((await ears.ben.next('message.deleted')).message.type, 'deleted');
  });

  test('a mute is one\'s own affair', async () => {
    await ana.muteUser('ben');
    const event = await ears.ana.next('notification.mutes_updated');
    assert.deepEqual(event.me.mutes.map((mute) => mute.target.id), ['ben']);
    assert.deepEqual(ana.mutedUsers.map((mute) => mute.target.id), ['ben']);
    // Ben can go on, and learns nothing of it: the next that he hears of is his own message.
    await channels.ben.sendMessage({ text: 'still there?' });
    await ears.ben.next('message.new', (event) => event.message.text === 'still there?');
    assert.deepEqual(ears.ben.types.filter((type) => type.includes('mute')), []);
    await ears.ana.next('message.new', (event) => event.user.id === 'ben');
    await ana.unmuteUser('ben');
    assert.deepEqual((await ears.ana.next('notification.mutes_updated')).me.mutes, []);
  });

  test('a ban of a minute, its end, and an unban', async () => {
    await channels.mia.banUser('ben', { timeout: 1, reason: 'enough' });
    assert.equal((await ears.ana.next('user.banned')).user.id, 'ben');
    await told('send-message', false);
    const refused = await refusalOf(channels.ben.sendMessage({ text: 'but' }));
    const expected = notAllowedIn('messaging', 'SendMessage', 'ben', ['user', 'channel_member'], 'CreateMessage');
    assert.deepEqual(pick(refused, 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
    assert.ok(refused.message.startsWith(expected.message.slice(0, -1)), refused.message);
    const { bans } = await app.chat.queryBannedUsers({ channel_cid: GENERAL });
    const left = Date.parse(bans[0].expires) - Date.now();
    assert.ok(left > 30_000 && left <= 60_000, `a minute, not ${left} ms`);

    // Nobody wants to wait for it: the same ban ends in a second.
    await changes({ change: 'relation_put', kind: 'ban', user: 'ben', channel: GENERAL, expires_at: Date.now() + 1_000 });
    await told('send-message', true);
    await channels.ben.sendMessage({ text: 'back again' });
    await ears.ana.next('message.new', (event) => event.message.text === 'back again');

    await channels.mia.banUser('ben', { timeout: 60 });
    await told('send-message', false);
    await channels.mia.unbanUser('ben');
    await told('send-message', true);
    await ears.ana.next('user.unbanned');
  });

  /** Changes facts through another face. */
  async function changes(...list) {
    const answer = await call('POST', `/v1/apps/${app.id}/changes`, { headers: { authorization: `Bearer ${app.serverKey}` }, json: { changes: list } });
    assert.equal(answer.status, 200, answer.text);
  }

  test('promoted, demoted, frozen, slowed: whatever the cause', async () => {
    const server = app.chat.channel('messaging', 'general');
    await server.addModerators(['ben']);
    await told('ban-channel-members', true);
    await channels.ben.banUser('ana', { timeout: 1 });
    await ears.ana.next('capabilities.changed', (event) => !event.own_capabilities.includes('send-message'));
    await channels.ben.unbanUser('ana');
    await server.demoteModerators(['ben']);
    await told('ban-channel-members', false);
    assert.equal((await refusalOf(channels.ben.banUser('ana'))).code, 17);

    await server.updatePartial({ set: { frozen: true } });
    await told('send-message', false);
    await server.updatePartial({ set: { frozen: false } });
    await told('send-message', true);
    await channels.mia.enableSlowMode(30);
    await told('slow-mode', true);
    await channels.mia.disableSlowMode();
    await told('slow-mode', false);
    await app.chat.updateChannelType('messaging', { grants: { channel_member: ['read-channel', 'create-reaction'] } });
    await told('send-message', false);
    await app.chat.updateChannelType('messaging', { grants: null });
    await told('send-message', true);
    await server.updatePartial({ set: { config_overrides: { grants: { user: ['delete-channel'] } } } });
    await told('delete-channel', true);
  });

  test('who is removed hears that, and then nothing', async () => {
    await app.chat.channel('messaging', 'general').removeMembers(['ben']);
    const gone = await ears.ben.next('notification.removed_from_channel');
    assert.equal(gone.channel.cid, GENERAL);
    assert.equal((await ears.ana.next('member.removed')).user.id, 'ben');
    const { message } = await channels.ana.sendMessage({ text: 'about Ben' });
    await ears.ana.next('message.new', (event) => event.message.id === message.id);
    // What Ben hears next is of another channel.
    await channelOf(app, 'mia', 'messaging:other', ['mia', 'ben']);
    await ears.ben.next('notification.added_to_channel', (event) => event.cid === 'messaging:other');
    assert.ok(!ears.ben.heard((event) => event.message?.id === message.id), ears.ben.types.join());
  });
});

test('who connects may be refused, and is told why', async () => {
  const app = await newApp();
  await people(app, 'ana', 'gone');
  await app.chat.deactivateUser('gone');
  const told = async (user, token) => {
    const client = browser(app);
    const failure = await client.connectUser(user, token).then(() => assert.fail('this should have failed'), (error) => JSON.parse(error.message));
    await client.disconnectUser();
    return pick(failure, 'code', 'StatusCode', 'isWSFailure');
  };
  const claims = (id) => app.chat.createToken(id);
  assert.deepEqual(await told({ id: 'ana' }, app.chat.createToken('ana', Math.floor(Date.now() / 1000) - 60)), { code: 40, StatusCode: 401, isWSFailure: false });
  const [head, body] = claims('ana').split('.');
  assert.deepEqual(await told({ id: 'ana' }, `${head}.${body}.${claims('ben').split('.')[2]}`), { code: 43, StatusCode: 401, isWSFailure: false });
  assert.deepEqual(await told({ id: 'gone' }, claims('gone')), { code: 17, StatusCode: 403, isWSFailure: false });
  assert.deepEqual(await told({ id: 'ana', role: 'admin' }, claims('ana')), { code: 17, StatusCode: 403, isWSFailure: false });
});

test('a client with a token provider gets a new token when the old one has expired', async () => {
  const app = await newApp();
  await people(app, 'ana');
  const now = Math.floor(Date.now() / 1000);
  const tokens = [app.chat.createToken('ana', now - 60), app.chat.createToken('ana', now + 3600)];
  const client = await connected(app, 'ana', async () => tokens.shift());
  assert.equal(client.user.id, 'ana');
  assert.equal(tokens.length, 0);
  await client.disconnectUser();
});

test('guests and nobodies', async () => {
  const app = await newApp();
  await people(app, 'ana');
  const show = await channelOf(app, 'ana', 'livestream:show');

  const guest = browser(app);
  await guest.setGuestUser({ id: 'tim', name: 'Tim' });
  assert.deepEqual(pick(guest.user, 'role', 'name'), { role: 'guest', name: 'Tim' });
  const nobody = browser(app);
  await nobody.connectAnonymousUser();
  assert.equal(nobody.user.role, 'anonymous');
  const ears = [];
  for (const client of [guest, nobody]) {
    const channel = client.channel('livestream', 'show');
    await channel.watch();
    ears.push(new Ear(channel));
    assert.equal((await refusalOf(channel.sendMessage({ text: 'me too' }))).code, 17);
  }
  await show.sendMessage({ text: 'it begins', user_id: 'ana' });
  for (const ear of ears) {
    assert.equal((await ear.next('message.new')).message.text, 'it begins');
  }
  await Promise.all([guest.disconnectUser(), nobody.disconnectUser()]);
});

test('people come and go', async () => {
  const app = await newApp();
  await people(app, 'ana', 'ben');
  await channelOf(app, 'ana', GENERAL, ['ana', 'ben']);
  const ana = await connected(app, 'ana');
  const channel = ana.channel('messaging', 'general');
  await channel.watch({ presence: true });
  const ear = new Ear(ana);
  const ben = await connected(app, { id: 'ben', name: 'Benjamin' });
  assert.equal((await ear.next('user.updated')).user.name, 'Benjamin');
  assert.equal((await ear.next('user.presence.changed')).user.online, true);
  await ben.channel('messaging', 'general').watch();
  assert.equal((await ear.next('user.watching.start')).user.id, 'ben');
  assert.equal(channel.state.watcher_count, 2);
  await ben.disconnectUser();
  assert.equal((await ear.next('user.presence.changed')).user.online, false);
  assert.equal((await ear.next('user.watching.stop')).user.id, 'ben');
  assert.equal(channel.state.watcher_count, 1);
  await channel.stopWatching();
  await ana.disconnectUser();
});
