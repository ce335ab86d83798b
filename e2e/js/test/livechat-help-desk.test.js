// A day at a help desk, through `@livechat/lc-sdk-js`: an administrator sets it up, agents talk to customers, a program helps.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newLivechatApp, receiver, refusalOf, signature } from '../hallpass/livechat.js';

const AGENT = ['chats--access:rw', 'customers:rw', 'customers.ban:rw', 'agents--my:rw', 'multicast:rw'];
const ADMINISTRATOR = [
  'accounts--all:rc',
  'agents--all:rw',
  'groups--all:rw',
  'access_rules:rw',
  'tags--all:rw',
  'agents-bot--my:rw',
  'webhooks.configuration:rw',
  'webhooks.state:rw',
  'properties.configuration:rw',
  'properties.license.value--my:rw',
  'chats--all:rw',
];

test('a day at a help desk', async (t) => {
  const app = await newLivechatApp();
  await app.person('ada', 'administrator');
  const ada = await app.token('ada', ADMINISTRATOR, app.clientId);
  const setUp = app.configuration(ada);
  const hook = await receiver();
  t.after(hook.close);

  // Ada makes a group, and agents who wait to be approved. The organization does that.
  const { id: sales } = await setUp.createGroup('Sales', { ada: 'normal' });
  assert.equal(typeof sales, 'number');
  for (const id of ['nick', 'mia']) {
    assert.deepEqual(await setUp.createAgent(id, { name: id, groups: [{ id: sales, priority: 'normal' }] }), { id });
  }
  const { id: zoe } = await setUp.createAgent('zoe', { name: 'Zoe' });
  assert.equal((await setUp.getAgent('nick', ['awaiting_approval', 'groups'])).awaiting_approval, true);
  for (const id of ['nick', 'mia']) {
    await app.person(id, 'normal', [sales]);
  }
  await app.person(zoe, 'normal');
  assert.deepEqual((await setUp.listAgents([sales])).map(({ id }) => id), ['ada', 'mia', 'nick']);
  assert.deepEqual(await setUp.getGroup(sales, ['agent_priorities']), {
    id: sales,
    name: 'Sales',
    language_code: 'en',
    agent_priorities: { ada: 'normal', mia: 'normal', nick: 'normal' },
  });

  // She wants to be told of what is said.
  const { id: webhook } = await setUp.registerWebhook({ action: 'incoming_event', secret_key: 'hush', url: hook.url, type: 'license' });
  assert.deepEqual(await setUp.getLicenseWebhooksState(), { license_webhooks_enabled: false });
  await setUp.enableLicenseWebhooks();
  assert.deepEqual((await setUp.listWebhooks()).map(({ id, action }) => [id, action]), [[webhook, 'incoming_event']]);

  // Nick takes chats, and starts one with a customer, for his group.
  const nick = app.chat(await app.token('nick', AGENT));
  const mia = app.chat(await app.token('mia', AGENT));
  await nick.setRoutingStatus('accepting_chats');
  await mia.setRoutingStatus('accepting_chats');
  const { customer_id: carl } = await nick.createCustomer({ name: 'Carl', email: 'carl@example.com' });
  const started = await nick.startChat({ chat: { users: [{ id: carl, type: 'customer' }], access: { group_ids: [sales] } } });
  const { chat_id: chat, thread_id: thread } = started;
  const { event_id: event } = await nick.sendEvent(chat, { type: 'message', text: 'Hello, Carl', recipients: 'all' });

  const [told] = await hook.until(1);
  assert.equal(told.headers['x-hallpass-signature'], signature('hush', told.text));
  const { created_at, ...said } = told.body.payload.event;
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual(
    { ...told.body, payload: { ...told.body.payload, event: said } },
    {
      webhook_id: webhook,
      secret_key: 'hush',
      action: 'incoming_event',
      organization_id: app.organizationId,
      payload: { chat_id: chat, thread_id: thread, event: { id: event, type: 'message', text: 'Hello, Carl', visibility: 'all', author_id: 'nick' } },
      additional_data: {},
    },
  );

  // It is seen by the group, and by nobody else.
  const seen = await mia.getChat(chat);
  assert.deepEqual(seen.users.map(({ id, type, present }) => [id, type, present]), [['nick', 'agent', true], [carl, 'customer', true]]);
  assert.deepEqual(seen.thread.events.map(({ id, text, recipients }) => [id, text, recipients]), [[event, 'Hello, Carl', 'all']]);
  const outside = app.chat(await app.token(zoe, AGENT));
  const closed = await refusalOf(outside.getChat(chat));
  assert.equal(closed.type, 'missing_access');
  assert.deepEqual((await outside.listChats()).chats_summary, []);
  assert.deepEqual((await mia.listChats()).chats_summary.map(({ id }) => id), [chat]);

  // Who is not in it says nothing, whatever their scopes.
  const unheard = await refusalOf(mia.sendEvent(chat, { type: 'message', text: 'I am here, too' }));
  assert.deepEqual([unheard.type, unheard.message], ['not_allowed', 'Requester is not user of the chat']);

  // Tag, hand over, and the rule beside the scopes: Zoe has no access, so the chat is not given to her.
  await app.configuration(ada, '3.6').send('create_tag', { name: 'vip', group_ids: [sales] });
  await nick.tagThread(chat, thread, 'vip');
  assert.deepEqual((await mia.getChat(chat)).thread.tags, ['vip']);
  assert.deepEqual((await nick.listAgentsForTransfer(chat)).map(({ agent_id }) => agent_id), ['mia']);
  assert.equal((await refusalOf(nick.transferChat(chat, { target: { type: 'agent', ids: [zoe] } }))).type, 'missing_access');
  await nick.transferChat(chat, { target: { type: 'agent', ids: ['mia'] } });
  assert.equal((await refusalOf(nick.sendEvent(chat, { type: 'message', text: 'One more thing' }))).type, 'not_allowed');
  await mia.sendEvent(chat, { type: 'message', text: 'I go on from here' });
  await hook.until(2);

  // A program of Ada's helps. What it may do follows from being a bot.
  const { id: bot, secret } = await setUp.createBot({ name: 'Helper', groups: [{ id: sales, priority: 'normal' }] });
  const { token } = await app.configuration(ada, '3.6').send('issue_bot_token', { bot_id: bot, bot_secret: secret, client_id: app.clientId, organization_id: app.organizationId });
  await mia.addUserToChat(chat, bot, 'agent');
  await app.chat(token).sendEvent(chat, { type: 'message', text: 'Your parcel is on its way' });
  assert.equal((await refusalOf(app.configuration(token).listAgents())).type, 'authorization');

  // Carl misbehaves.
  await mia.banCustomer(carl, 3);
  await mia.deactivateChat(chat);
  assert.equal((await refusalOf(mia.sendEvent(chat, { type: 'message', text: 'Are you there?' }))).type, 'chat_inactive');
  assert.equal((await refusalOf(nick.startChat({ chat: { users: [{ id: carl, type: 'customer' }] } }))).type, 'customer_banned');

  // An agent is told which scope an administrator's work takes.
  const refused = await refusalOf(app.configuration(await app.token('nick', AGENT)).deleteBot(bot));
  assert.equal(refused.type, 'authorization');
  assert.equal(refused.data.reason, 'scope_missing');
  assert.ok(refused.data.missing_scopes.some((all) => all.includes('agents-bot--all:rw')), JSON.stringify(refused.data));
  await setUp.deleteBot(bot);
  assert.equal((await refusalOf(setUp.getBot(bot))).type, 'not_found');

  await setUp.unregisterWebhook(webhook);
  assert.deepEqual(await setUp.listWebhooks(), []);
});

test('a webhook that fails is tried again, with the same delivery', async (t) => {
  const app = await newLivechatApp();
  await app.person('ada', 'administrator');
  const setUp = app.configuration(await app.token('ada', ADMINISTRATOR, app.clientId));
  const hook = await receiver({ failures: 2 });
  t.after(hook.close);
  await setUp.registerWebhook({ action: 'agent_created', secret_key: 'hush', url: hook.url, type: 'license' });
  await setUp.enableLicenseWebhooks();
  await setUp.createAgent('nick', { name: 'Nick' });
  const tries = await hook.until(3);
  assert.equal(new Set(tries.map(({ headers }) => headers['x-hallpass-delivery'])).size, 1);
  assert.equal(new Set(tries.map(({ text }) => text)).size, 1);
  assert.equal(tries[0].body.payload.id, 'nick');
});

test('properties belong to the client that registered them', async () => {
  const app = await newLivechatApp();
  await app.person('ada', 'administrator');
  const setUp = app.configuration(await app.token('ada', ADMINISTRATOR, app.clientId));
  const definition = { type: 'int', access: { chat: { agent: ['read', 'write'] }, license: { agent: ['read', 'write'] } }, range: { from: 0, to: 10 } };
  await setUp.registerProperty({ name: 'mood', owner_client_id: app.clientId, ...definition });
  const listed = await setUp.listProperties(app.clientId);
  assert.deepEqual(listed.mood, { name: 'mood', owner_client_id: app.clientId, ...definition });

  await setUp.updateLicenseProperties({ [app.clientId]: { mood: 7 } });
  assert.deepEqual(await setUp.listLicenseProperties(app.clientId), { [app.clientId]: { mood: 7 } });
  const wrong = await refusalOf(setUp.updateLicenseProperties({ [app.clientId]: { mood: 11 } }));
  assert.deepEqual([wrong.type, wrong.message], ['validation', `properties.${app.clientId}.mood: expected a number from 0 to 10`]);

  // Another client's token cannot use it before it is published.
  const { client_id: other } = await app.native('POST', '/clients', { name: 'Other', type: 'server_side_app', redirect_uris: ['https://other.example.com/back'], scopes: ['chats--all:rw'] });
  const elsewhere = app.chat(await app.token('ada', ['chats--all:rw'], other));
  const { chat_id: chat } = await elsewhere.startChat();
  const closed = await refusalOf(elsewhere.updateChatProperties(chat, { [app.clientId]: { mood: 3 } }));
  assert.deepEqual([closed.type, closed.data.reason], ['authorization', 'property_private']);
  const own = app.chat(await app.token('ada', ['chats--all:rw'], app.clientId));
  await own.updateChatProperties(chat, { [app.clientId]: { mood: 5 } });
  assert.deepEqual((await own.getChat(chat)).properties, { [app.clientId]: { mood: 5 } });
  assert.deepEqual((await elsewhere.getChat(chat)).properties, {});
  assert.deepEqual((await elsewhere.listChats()).chats_summary[0].properties, {});
  await setUp.publishProperty('mood', app.clientId, true, true);
  await elsewhere.updateChatProperties(chat, { [app.clientId]: { mood: 3 } });
  assert.deepEqual((await elsewhere.getChat(chat)).properties, { [app.clientId]: { mood: 3 } });
});
