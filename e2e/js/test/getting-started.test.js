// "Getting Started": is subject A allowed to perform action B on resource C? And: only client-side calls are checked.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, evaluate, message, user } from '../hallpass/decision.js';
import { notAllowedIn, nodeRefusalOf, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick } from '../hallpass/scene.js';
import { call, credentials } from '../hallpass/server.js';
import { App } from '../hallpass/app.js';

const GENERAL = 'messaging:general';

test('the server side may do everything, the client side what is granted', async () => {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve');
  const general = await channelOf(app, 'ana', GENERAL, ['ben']);
  const ben = await app.as('ben');

  // Ben is a member, and members do not change channels.
  assert.equal(await app.may('ben', 'UpdateChannel', channel(GENERAL)), 'condition_failed');
  assert.deepEqual(
    await refusalOf(ben.channel('messaging', 'general').update({ topic: 'cakes' })),
    notAllowedIn('messaging', 'UpdateChannel', 'ben', ['user', 'channel_member'], 'UpdateChannel'),
  );
  assert.deepEqual(
    await nodeRefusalOf(app.nodeAs('ben').chat.channel('messaging', 'general').updateChannelPartial({ set: { topic: 'cakes' } })),
    notAllowedIn('messaging', 'UpdateChannelPartial', 'ben', ['user', 'channel_member'], 'UpdateChannel'),
  );

  // With the secret of the app the same call just works, in both dialects, and nobody asks for whom.
  assert.equal((await general.update({ topic: 'pies' })).channel.topic, 'pies');
  const partial = await app.node.chat.channel('messaging', 'general').updateChannelPartial({ set: { topic: 'tarts' } });
  assert.deepEqual(partial.channel.custom, { topic: 'tarts' });
  assert.equal((await ben.channel('messaging', 'general').query()).channel.topic, 'tarts');
});

test('what a user may do with a channel, with a message, and with another user', async () => {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve');
  await channelOf(app, 'ana', GENERAL, ['ben']);

  assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage', 'AddLinks', 'UpdateChannel', 'BanChannelMember', 'UseFrozenChannel'], channel(GENERAL)), {
    ReadChannel: 'granted', CreateMessage: 'granted', AddLinks: 'granted', UpdateChannel: 'condition_failed', BanChannelMember: 'no_grant', UseFrozenChannel: 'no_grant',
  });
  assert.equal(await app.may('ben', 'UpdateMessage', message(GENERAL, 'ben')), 'granted');
  assert.equal(await app.may('ben', 'UpdateMessage', message(GENERAL, 'ana')), 'condition_failed');
  assert.deepEqual(await app.mayAll('ben', ['FlagUser', 'MuteUser', 'SearchUser', 'UpdateUser', 'BanUser'], user('eve')), {
    FlagUser: 'granted', MuteUser: 'granted', SearchUser: 'granted', UpdateUser: 'condition_failed', BanUser: 'no_grant',
  });
});

test('a question about what does not exist is a refusal with its own reason', async () => {
  const app = await newApp();
  await people(app, 'ben');
  assert.equal(await app.may('nobody', 'ReadChannel', channel(GENERAL)), 'unknown_subject');
  assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'unknown_channel');
  assert.equal(await app.may('ben', 'ReadChanel', channel(GENERAL)), 'unknown_action');
});

test('facts that come with a question count for this question alone', async () => {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve');
  await channelOf(app, 'ana', GENERAL, ['ben']);
  const asked = { subject: { type: 'user', id: 'eve', properties: { role: 'admin' } }, action: { name: 'UpdateChannel' }, resource: channel(GENERAL) };
  assert.equal(await evaluate(app.serverKey, asked), 'granted');
  assert.equal(await app.may('eve', 'UpdateChannel', channel(GENERAL)), 'condition_failed');
});

test('the demo app of a fresh data directory works with the keys that it came with', async () => {
  const demo = credentials.apps.find((app) => app.profile === 'stream');
  assert.deepEqual(Object.keys(demo).sort(), ['api_key', 'api_secret', 'id', 'profile', 'server_key']);
  assert.equal(demo.id, 'demo-stream');
  assert.deepEqual(credentials.apps.map((app) => pick(app, 'id', 'profile')), [
    { id: 'demo-stream', profile: 'stream' }, { id: 'demo-cometchat', profile: 'cometchat' }, { id: 'demo-livechat', profile: 'livechat' },
  ]);
  const secrets = credentials.apps.flatMap((app) => Object.entries(app).filter(([key]) => !['id', 'profile'].includes(key)).map(([, value]) => value));
  assert.equal(new Set([credentials.root_key, ...secrets]).size, secrets.length + 1, 'no key is used twice');
  assert.ok(demo.api_secret.length >= 32, 'JWT libraries refuse shorter secrets');

  const app = new App(demo);
  const suffix = Math.random().toString(36).slice(2);
  await people(app, `ana-${suffix}`);
  const cid = `messaging:demo-${suffix}`;
  await channelOf(app, `ana-${suffix}`, cid);
  assert.equal(await app.may(`ana-${suffix}`, 'UpdateChannel', channel(cid)), 'granted');
});

test('apps share nothing', async () => {
  const [one, other] = await Promise.all([newApp(), newApp()]);
  await people(one, 'ana');
  await channelOf(one, 'ana', GENERAL);
  assert.equal(await one.may('ana', 'ReadChannel', channel(GENERAL)), 'granted');
  assert.equal(await other.may('ana', 'ReadChannel', channel(GENERAL)), 'unknown_subject');
  assert.deepEqual((await other.chat.queryUsers({ id: 'ana' })).users, []);
  assert.deepEqual(await other.chat.queryChannels({ cid: GENERAL }), []);
});

test('a token of one app is worth nothing in another', async () => {
  const [one, other] = await Promise.all([newApp(), newApp()]);
  const answer = await call('GET', `/roles?api_key=${other.apiKey}`, { headers: { authorization: one.serverToken, 'stream-auth-type': 'jwt' } });
  assert.equal(answer.status, 401);
  assert.deepEqual(pick(answer.body, 'code', 'StatusCode'), { code: 43, StatusCode: 401 });
});
