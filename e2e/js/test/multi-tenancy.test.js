// "Multi-Tenancy": users of one team have nothing to do with what belongs to another.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { nodeRefusalOf, notAllowed, notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { people, pick } from '../hallpass/scene.js';

const RED = 'messaging:red';
const BLUE = 'messaging:blue';
const OPEN = 'messaging:open';

/** Rita is of team red, Bo of team blue, Tom of both, and Una of none. Each team has a channel with Tom in it; a third channel has no team. */
async function teams({ on = true } = {}) {
  const app = await newApp();
  await app.chat.updateAppSettings({ multi_tenant_enabled: on });
  await people(app, { id: 'rita', teams: ['red'] }, { id: 'bo', teams: ['blue'] }, { id: 'tom', teams: ['red', 'blue'] }, 'una', { id: 'global', role: 'global_admin' });
  for (const [cid, team] of [[RED, 'red'], [BLUE, 'blue'], [OPEN, undefined]]) {
    const [type, id] = cid.split(':');
    await app.chat.channel(type, id, { created_by_id: 'tom', team, members: ['tom', 'rita', 'una'] }).create();
  }
  return app;
}

const reads = async (app, user) => [await app.may(user, 'ReadChannel', channel(RED)), await app.may(user, 'ReadChannel', channel(BLUE)), await app.may(user, 'ReadChannel', channel(OPEN))];

test('users reach what is of their teams, and users without a team what is of none', async () => {
  const app = await teams();
  assert.deepEqual(await reads(app, 'rita'), ['granted', 'team_mismatch', 'team_mismatch']);
  assert.deepEqual(await reads(app, 'tom'), ['granted', 'granted', 'team_mismatch']);
  assert.deepEqual(await reads(app, 'una'), ['team_mismatch', 'team_mismatch', 'granted']);
  assert.deepEqual(await reads(app, 'global'), ['granted', 'granted', 'granted']);

  const rita = await app.as('rita');
  assert.equal((await rita.channel('messaging', 'red').query()).channel.team, 'red');
  assert.deepEqual(pick(await refusalOf(rita.channel('messaging', 'blue').query()), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
  assert.equal((await (await app.as('global')).channel('messaging', 'blue').query()).channel.team, 'blue');
});

test('without multi-tenancy, teams mean nothing', async () => {
  const app = await teams({ on: false });
  assert.deepEqual(await reads(app, 'rita'), ['granted', 'granted', 'granted']);
  await app.chat.updateAppSettings({ multi_tenant_enabled: true });
  assert.deepEqual(await reads(app, 'rita'), ['granted', 'team_mismatch', 'team_mismatch']);
});

describe('a user of a team creates a channel', () => {
  test('with its team', async () => {
    const app = await teams();
    const rita = await app.as('rita');
    const { channel: created } = await rita.channel('messaging', 'red-2', { team: 'red' }).create();
    assert.equal(created.team, 'red');
    assert.equal(await app.may('tom', 'ReadChannel', channel('messaging:red-2')), 'condition_failed');
  });

  test('not without', async () => {
    const app = await teams();
    const rita = await app.as('rita');
    assert.deepEqual(
      await refusalOf(rita.channel('messaging', 'no-team').create()),
      notAllowed('GetOrCreateChannel', "User 'rita' with roles ['user'] from team 'red' cannot access resource in scope 'messaging' because requested resource does not belong to any team"),
    );
    const tom = app.nodeAs('tom');
    assert.deepEqual(
      await nodeRefusalOf(tom.chat.channel('messaging', 'no-team').getOrCreate({})),
      notAllowed('GetOrCreateChannel', "User 'tom' with roles ['user'] from teams ['blue', 'red'] cannot access resource in scope 'messaging' because requested resource does not belong to any team"),
    );
  });

  test('not for another team', async () => {
    const app = await teams();
    const rita = await app.as('rita');
    assert.deepEqual(pick(await refusalOf(rita.channel('messaging', 'blue-2', { team: 'blue' }).create()), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
    assert.equal(await app.may('bo', 'ReadChannel', channel('messaging:blue-2')), 'unknown_channel');
  });
});

test('a role per team counts in the channels of that team', async () => {
  const app = await teams();
  await app.chat.partialUpdateUser({ id: 'tom', set: { teams_role: { red: 'admin' } } });
  assert.equal(await app.may('tom', 'BanChannelMember', channel(RED)), 'granted');
  assert.equal(await app.may('tom', 'BanChannelMember', channel(BLUE)), 'no_grant');
  const { users } = await app.node.updateUsersPartial({ users: [{ id: 'tom', set: { teams_role: { blue: 'admin' } } }] });
  assert.deepEqual(users.tom.teams_role, { blue: 'admin' });
  assert.equal(await app.may('tom', 'BanChannelMember', channel(RED)), 'no_grant');
  assert.equal(await app.may('tom', 'BanChannelMember', channel(BLUE)), 'granted');
});

test('users see users of their teams', async () => {
  const app = await teams();
  const rita = await app.as('rita');
  const { users } = await rita.queryUsers({});
  assert.deepEqual(users.map((user) => user.id).sort(), ['rita', 'tom']);
  const all = await app.chat.queryUsers({});
  assert.deepEqual(all.users.map((user) => user.id).sort(), ['bo', 'global', 'rita', 'tom', 'una']);
});

test('a member without the team of the channel is refused like anybody else', async () => {
  const app = await teams();
  const una = await app.as('una');
  assert.deepEqual(
    await refusalOf(una.channel('messaging', 'red').query()),
    notAllowedIn('messaging', 'GetOrCreateChannel', 'una', ['user', 'channel_member'], 'ReadChannel'),
  );
});
