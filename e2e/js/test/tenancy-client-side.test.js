// Teams, end to end through the client: two teams, somebody in both, a role per team, an admin of any team, and what queries find.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { refusalOf } from '../hallpass/refusal.js';

const CHANNEL_OF = { red: 'rosso', blue: 'azzurro' };

/** Ana is in the red team, Ben in the blue one, Dora in both and a moderator in blue only, Gil may everything everywhere, Nils is in no team. */
async function twoTeams() {
  const app = await newApp();
  await app.chat.updateAppSettings({ multi_tenant_enabled: true });
  await app.chat.upsertUsers([
    { id: 'ana', teams: ['red'] },
    { id: 'ben', teams: ['blue'] },
    { id: 'dora', teams: ['red', 'blue'], teams_role: { blue: 'moderator' } },
    { id: 'gil', role: 'global_admin' },
    { id: 'nils' },
  ]);
  for (const [team, id] of Object.entries(CHANNEL_OF)) {
    await app.chat.channel('messaging', id, { created_by_id: team === 'red' ? 'ana' : 'ben', team, members: [team === 'red' ? 'ana' : 'ben'] }).create();
  }
  const clients = await Promise.all(['ana', 'ben', 'dora', 'gil', 'nils'].map((id) => app.as(id)));
  return { app, ...Object.fromEntries(['ana', 'ben', 'dora', 'gil', 'nils'].map((id, at) => [id, clients[at]])) };
}

const channel = (client, id) => Object.assign(client.channel('messaging', id), { initialized: true });
const post = (client, id) => channel(client, id).sendMessage({ text: 'hello' });

test('one reaches the channels of one’s teams, and no others', async () => {
  const { ana, ben, nils, app } = await twoTeams();
  await post(ana, 'rosso');
  await app.chat.channel('messaging', 'azzurro').addMembers(['ana']);
  // A member, and yet of another team.
  const { code, message } = await refusalOf(post(ana, 'azzurro'));
  assert.equal(code, 17);
  assert.match(message, /User 'ana' with roles \['user', 'channel_member'\] from team 'red' is not allowed to perform action CreateMessage in scope 'messaging'/);
  await post(ben, 'azzurro');
  assert.equal((await refusalOf(post(nils, 'rosso'))).code, 17);
  const teamless = await refusalOf(ana.channel('messaging', 'nowhere').create());
  assert.match(teamless.message, /from team 'red' cannot access resource in scope 'messaging' because requested resource does not belong to any team/);
  assert.equal((await ana.channel('messaging', 'garden', { team: 'red' }).create()).channel.team, 'red');
  assert.equal((await refusalOf(ana.channel('messaging', 'pond', { team: 'blue' }).create())).code, 17);
});

test('somebody in both teams has the role of each in its channels', async () => {
  const { dora } = await twoTeams();
  // A moderator in blue posts anywhere in it and bans; in red she is a user like others.
  await post(dora, 'azzurro');
  await channel(dora, 'azzurro').banUser('ben', {});
  assert.match((await refusalOf(post(dora, 'rosso'))).message, /with roles \['user'\] from teams \['blue', 'red'\] is not allowed to perform action CreateMessage/);
  assert.equal((await refusalOf(channel(dora, 'rosso').banUser('ana', {}))).code, 17);
});

test('an admin of any team crosses them', async () => {
  const { gil, app } = await twoTeams();
  for (const id of Object.values(CHANNEL_OF)) {
    await post(gil, id);
    await channel(gil, id).updatePartial({ set: { name: 'seen' } });
  }
  await app.chat.partialUpdateUser({ id: 'gil', set: { role: 'admin', teams: ['red'] } });
  await post(gil, 'rosso');
  assert.equal((await refusalOf(post(gil, 'azzurro'))).code, 17, 'an admin stays within the team');
});

test('queries find what is in one’s teams, unless they ask for more', async () => {
  const { ana, dora, gil, app } = await twoTeams();
  const ids = async (client, filter) => (await client.queryUsers(filter, [{ id: 1 }])).users.map((user) => user.id);
  assert.deepEqual(await ids(ana, {}), ['ana', 'dora']);
  assert.deepEqual(await ids(dora, {}), ['ana', 'ben', 'dora']);
  // Asking for everybody's team finds those whom one may see.
  assert.deepEqual(await ids(ana, { teams: {} }), ['ana', 'dora']);
  assert.deepEqual(await ids(gil, { teams: {} }), ['ana', 'ben', 'dora', 'gil', 'nils']);
  assert.deepEqual(await ids(gil, { teams: { $in: ['blue'] } }), ['ben', 'dora']);

  const cids = async (client, filter) => (await client.queryChannels(filter, [{ cid: 1 }], { watch: false })).map((one) => one.cid);
  assert.deepEqual(await cids(ana, { type: 'messaging' }), ['messaging:rosso']);
  assert.deepEqual(await cids(gil, { type: 'messaging', team: {} }), ['messaging:azzurro', 'messaging:rosso']);
  const refused = await refusalOf(ana.queryChannels({ type: 'messaging', team: 'blue' }, [{ cid: 1 }], { watch: false }));
  assert.equal(refused.code, 70);
  // Nothing of this goes for the back end.
  assert.deepEqual(await ids(app.chat, {}), ['ana', 'ben', 'dora', 'gil', 'nils']);
});

test('bans, flags and reports stay within the team', async () => {
  const { ana, ben, dora, gil, app } = await twoTeams();
  await app.chat.updateAppSettings({ grants: { moderator: ['read-flag-reports', 'ban-user'], user: ['flag-user', 'mute-user', 'search-user'] } });
  await ana.muteUser('dora');
  assert.equal((await refusalOf(ana.muteUser('ben'))).code, 17);
  assert.equal((await refusalOf(ben.flagUser('ana'))).code, 17);
  const { message } = await post(ana, 'rosso');
  await ana.flagMessage(message.id);
  const { message: blue } = await post(ben, 'azzurro');
  await ben.flagMessage(blue.id);
  await app.chat.upsertUser({ id: 'mod', role: 'moderator', teams: ['blue'] });
  const mod = await app.as('mod');
  const reported = async (client) => (await client._queryFlagReports()).flag_reports.map((report) => report.message.id).sort();
  assert.deepEqual(await reported(mod), [blue.id]);
  assert.deepEqual(await reported(gil), [message.id, blue.id].sort());
  await mod.banUser('ben');
  assert.equal((await refusalOf(mod.banUser('ana'))).code, 17);
  assert.equal((await refusalOf(dora._queryFlagReports())).code, 17, 'a role per team counts in channels of the team only');
});
