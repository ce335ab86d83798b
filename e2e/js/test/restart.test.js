// What was answered is still there after a restart, and after a crash: entities with their custom fields, policy, and so decisions.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { App } from '../hallpass/app.js';
import { channel, user } from '../hallpass/decision.js';
import { DATA, serve } from '../hallpass/own-server.js';
import { channelOf, people } from '../hallpass/scene.js';

const binary = process.env.HALLPASS_BIN;
const CLUB = 'club:chess';
const GAME = '1. Nf3 d5';

/** The demo app of the server in a directory. */
async function demo(home, url) {
  const { apps } = JSON.parse(await readFile(join(home, DATA, 'credentials.json'), 'utf8'));
  return new App(apps.find((app) => app.profile === 'stream'), url);
}

/** Everything that can be seen of an app, and some decisions in it. */
async function worldOf(app) {
  const [roles, settings, types, users, permissions, channels] = await Promise.all([
    app.chat.listRoles(), app.chat.getAppSettings(), app.chat.listChannelTypes(), app.chat.queryUsers({}, { id: 1 }), app.chat.listPermissions(),
    app.callWith(app.serverToken, 'POST', '/channels', { filter_conditions: {}, sort: [{ field: 'cid', direction: 1 }], state: true }),
  ]);
  const actions = ['ReadChannel', 'CreateMessage', 'UpdateChannel', 'AddLinks', 'DeleteChannel'];
  const decisions = {};
  for (const id of ['ana', 'ben', 'eve', 'merlin', 'gone']) {
    decisions[id] = { ...(await app.mayAll(id, actions, channel(CLUB))), ...(await app.mayAll(id, ['SearchUser', 'BanUser', 'UpdateUser'], user('ana'))) };
  }
  const byName = (list) => [...list].sort((one, other) => one.name.localeCompare(other.name));
  const all = {
    roles: byName(roles.roles), settings: settings.app, types: types.channel_types, users: users.users, permissions: permissions.permissions, channels: channels.body.channels, decisions,
  };
  return JSON.parse(JSON.stringify(all));
}

async function furnish(app) {
  await app.chat.createRole('agent');
  await app.chat.createPermission({ id: 'by-magic', name: 'By magic', action: 'DeleteChannel', condition: { '$subject.magic': 'true' } });
  await people(app, { id: 'ana', hat: 'blue', nested: { a: [1, null] } }, 'ben', { id: 'eve', role: 'agent' }, { id: 'merlin', magic: 'true' }, 'gone', 'retired');
  await app.chat.createChannelType({ name: 'club', reactions: false });
  await app.chat.updateChannelType('club', { grants: { agent: ['read-channel', 'by-magic'], channel_member: ['read-channel', 'add-links', 'by-magic'] } });
  await app.chat.updateAppSettings({ grants: { user: ['search-user'], admin: [] }, multi_tenant_enabled: false });
  const chess = await channelOf(app, 'ana', CLUB, ['ben', 'merlin']);
  await chess.update({ board: 8, name: 'Schach ♟' });
  await chess.assignRoles([{ user_id: 'ben', channel_role: 'agent' }]);
  await chess.updatePartial({ set: { config_overrides: { grants: { channel_member: ['!add-links', 'create-message'] } } } });
  await app.chat.deleteUser('gone');
  await app.chat.deactivateUser('retired');

  const { message } = await chess.sendMessage({ text: 'Knight to f3', user_id: 'ben', eco: 'A04' });
  await chess.sendMessage({ text: 'Pawn to d5', user_id: 'ana', parent_id: message.id });
  await app.chat.pinMessage(message.id, null, 'ana');
  const { message: blunder } = await chess.sendMessage({ text: 'Queen to h5', user_id: 'ben' });
  await app.chat.deleteMessage(blunder.id);
  await app.chat.updateChannelType('club', { reactions: true, polls: true });
  await chess.sendReaction(message.id, { type: 'like', user_id: 'ana' });
  const { poll } = await app.chat.createPoll({ name: 'Draw?', options: [{ text: 'Yes' }, { text: 'No' }] }, 'ana');
  const { message: asked } = await chess.sendMessage({ text: 'Draw?', user_id: 'ana', poll_id: poll.id });
  await app.chat.castPollVote(asked.id, poll.id, { option_id: poll.options[0].id }, 'ben');
  const { file } = await chess.sendFile(Buffer.from(GAME), 'game.txt', 'text/plain', { id: 'ben' });
  return new URL(file).pathname;
}

for (const [how, signal, status] of [['a restart', 'SIGTERM', 0], ['a crash', 'SIGKILL', 'SIGKILL']]) {
  test(`${how} changes nothing`, async () => {
    const home = await mkdtemp(join(tmpdir(), 'hallpass-restart-'));
    const first = await serve(binary, home);
    try {
      const game = await furnish(await demo(home, first.url));
      const before = await worldOf(await demo(home, first.url));
      assert.equal(before.decisions.merlin.DeleteChannel, 'granted');
      assert.equal(before.decisions.merlin.AddLinks, 'condition_failed');
      assert.equal(before.decisions.gone.ReadChannel, 'unknown_subject');
      const [chess] = before.channels.filter(({ channel: one }) => one.cid === CLUB);
      assert.deepEqual(chess.messages.map((one) => [one.type, one.reply_count, one.reaction_counts, one.pinned, one.poll?.vote_count]), [
        ['regular', 1, { like: 1 }, true, undefined], ['deleted', 0, {}, false, undefined], ['regular', 0, {}, false, 1],
      ]);
      assert.equal(await first.end(signal), status);

      const second = await serve(binary, home);
      try {
        const after = await demo(home, second.url);
        assert.deepEqual(await worldOf(after), before);
        assert.equal(await (await fetch(second.url + game)).text(), GAME);
        // And it goes on: the next change is seen by the next question.
        await after.chat.channel('club', 'chess').removeMembers(['merlin']);
        assert.equal(await after.may('merlin', 'DeleteChannel', channel(CLUB)), 'condition_failed');
      } finally {
        assert.equal(await second.end('SIGTERM'), 0);
      }
    } finally {
      await first.end('SIGKILL');
      await rm(home, { recursive: true, force: true });
    }
  });
}
