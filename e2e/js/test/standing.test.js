// What stands before all grants: frozen and disabled channels, users who are deactivated or gone, checks that are switched off.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, user } from '../hallpass/decision.js';
import { notAllowed, notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick } from '../hallpass/scene.js';

const POND = 'messaging:pond';

async function pond() {
  const app = await newApp();
  await people(app, 'ana', 'ben');
  const server = await channelOf(app, 'ana', POND, ['ben']);
  return { app, server, ben: (await app.as('ben')).channel('messaging', 'pond') };
}

test('a frozen channel is read and not written, except by who may use it frozen', async () => {
  const { app, server, ben } = await pond();
  const frozen = await server.updatePartial({ set: { frozen: true } });
  assert.equal(frozen.channel.frozen, true);
  assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage', 'CreateReaction'], channel(POND)), { ReadChannel: 'granted', CreateMessage: 'frozen', CreateReaction: 'frozen' });
  const { own_capabilities } = (await ben.query()).channel;
  assert.ok(['send-message', 'send-reaction', 'send-links'].every((one) => !own_capabilities.includes(one)), own_capabilities.join());

  await server.updatePartial({ set: { config_overrides: { grants: { channel_member: ['use-frozen-channel'] } } } });
  assert.equal(await app.may('ben', 'CreateMessage', channel(POND)), 'granted');
  assert.ok((await ben.query()).channel.own_capabilities.includes('send-message'));
});

test('freezing takes a grant of its own', async () => {
  const { app, ben, server } = await pond();
  assert.equal(await app.may('ben', 'UpdateChannelFrozen', channel(POND)), 'no_grant');
  assert.deepEqual(await refusalOf(ben.updatePartial({ set: { frozen: true } })), notAllowedIn('messaging', 'UpdateChannelPartial', 'ben', ['user', 'channel_member'], 'UpdateChannelFrozen'));
  await server.addModerators(['ben']);
  assert.equal((await ben.updatePartial({ set: { frozen: true } })).channel.frozen, true);
  assert.equal(await app.may('ben', 'CreateMessage', channel(POND)), 'frozen');
});

test('slow mode takes a grant of its own', async () => {
  const { app, ben, server } = await pond();
  assert.deepEqual(await refusalOf(ben.enableSlowMode(10)), notAllowedIn('messaging', 'UpdateChannel', 'ben', ['user', 'channel_member'], 'UpdateChannelCooldown'));
  await server.addModerators(['ben']);
  assert.equal((await ben.enableSlowMode(10)).channel.cooldown, 10);
  const seen = (await (await app.as('ana')).channel('messaging', 'pond').query()).channel.own_capabilities;
  assert.ok(seen.includes('slow-mode') && !seen.includes('skip-slow-mode'), seen.join());
  const mine = (await ben.query()).channel.own_capabilities;
  assert.ok(!mine.includes('slow-mode') && mine.includes('skip-slow-mode'), mine.join());
});

test('a disabled channel is closed to all clients', async () => {
  const { app, server, ben } = await pond();
  await server.updatePartial({ set: { disabled: true } });
  assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage'], channel(POND)), { ReadChannel: 'disabled', CreateMessage: 'disabled' });
  assert.deepEqual(pick(await refusalOf(ben.query()), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
  await server.updatePartial({ set: { disabled: false } });
  assert.equal((await ben.query()).channel.disabled, false);
});

test('a feature that is switched off is off for everybody', async () => {
  const { app, server, ben } = await pond();
  assert.equal(await app.may('ben', 'CreateReaction', channel(POND)), 'granted');
  await app.chat.updateChannelType('messaging', { reactions: false });
  assert.equal(await app.may('ben', 'CreateReaction', channel(POND)), 'feature_off');
  assert.ok(!(await ben.query()).channel.own_capabilities.includes('send-reaction'));
  await server.updatePartial({ set: { config_overrides: { reactions: true } } });
  assert.equal(await app.may('ben', 'CreateReaction', channel(POND)), 'granted');
});

test('a deactivated user may do nothing until reactivated', async () => {
  const { app, ben } = await pond();
  await app.chat.deactivateUser('ben');
  assert.equal(await app.may('ben', 'ReadChannel', channel(POND)), 'deactivated');
  assert.deepEqual(await refusalOf(ben.query()), notAllowed('GetOrCreateChannel', "User 'ben' is deactivated"));
  await app.chat.reactivateUser('ben');
  assert.equal(await app.may('ben', 'ReadChannel', channel(POND)), 'granted');
  assert.equal((await ben.query()).channel.cid, POND);
});

test('a deleted user is nobody, and whoever gets the id next starts from nothing', async () => {
  const { app, ben } = await pond();
  await app.chat.deleteUser('ben', { hard_delete: true });
  assert.equal(await app.may('ben', 'ReadChannel', channel(POND)), 'unknown_subject');
  assert.deepEqual(await refusalOf(ben.query()), notAllowed('GetOrCreateChannel', "User 'ben' does not exist"));
  await people(app, 'ben');
  assert.equal(await app.may('ben', 'ReadChannel', channel(POND)), 'condition_failed');
});

test('a deleted channel takes RecreateChannel to come back', async () => {
  const { app, ben } = await pond();
  const ana = (await app.as('ana')).channel('messaging', 'pond');
  await ana.delete();
  assert.equal(await app.may('ben', 'CreateMessage', channel(POND)), 'channel_deleted');
  assert.deepEqual(pick(await refusalOf(ben.create()), 'code', 'StatusCode'), { code: 17, StatusCode: 403 });
  assert.equal((await ana.create()).channel.created_by.id, 'ana');
  assert.equal(await app.may('ana', 'CreateMessage', channel(POND)), 'granted');
});

test('with permission checks switched off, every user may do everything', async () => {
  const { app } = await pond();
  await people(app, 'eve');
  const eve = (await app.as('eve')).channel('messaging', 'pond');
  await app.chat.updateAppSettings({ disable_permissions_checks: true });
  assert.equal((await eve.update({ name: 'Hers' })).channel.name, 'Hers');
  await app.chat.updateAppSettings({ disable_permissions_checks: false });
  assert.deepEqual(await refusalOf(eve.update({ name: 'Hers' })), notAllowedIn('messaging', 'UpdateChannel', 'eve', ['user'], 'UpdateChannel'));
  assert.equal(await app.may('eve', 'UpdateUser', user('ana')), 'condition_failed');
});

test('with auth checks switched off, a development token is enough', async () => {
  const { app } = await pond();
  const token = app.chat.devToken('ben');
  const ben = (await app.withToken('ben', token)).channel('messaging', 'pond');
  assert.deepEqual(pick(await refusalOf(ben.query()), 'code', 'StatusCode'), { code: 43, StatusCode: 401 });
  await app.chat.updateAppSettings({ disable_auth_checks: true });
  assert.equal((await ben.query()).channel.cid, POND);
  await app.chat.updateAppSettings({ disable_auth_checks: false });
  assert.deepEqual(pick(await refusalOf(ben.query()), 'code', 'StatusCode'), { code: 43, StatusCode: 401 });
});
