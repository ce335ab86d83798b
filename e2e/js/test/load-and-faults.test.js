// Two hundred people send through the official client for a minute, and in the middle of it the server is killed. What was acknowledged
// is there afterwards; what was refused is not.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';

import { App } from '../hallpass/app.js';
import { connected, Ear } from '../hallpass/connected.js';
import { DATA, serve } from '../hallpass/own-server.js';

const CLIENTS = 200;
/** Each channel has as many members. */
const PER_CHANNEL = 10;
/** Every seventh is a member of a channel in which members may not post. */
const MAY_NOT = 7;
/** How long is sent, and when in it the server is killed. */
const SENDING_MS = 60_000;
const KILLED_AT_MS = 25_000;
/** Each sends about as often, so that a debug build on a busy machine keeps up. */
const EVERY_MS = 4_000;
/** Connecting at once. */
const AT_ONCE = 20;

const channelOf = (index) => `room-${Math.floor(index / PER_CHANNEL)}`;
const mayNot = (index) => index % MAY_NOT === 0;

test('no acknowledged message is lost and no refused one is stored, though the server is killed', { timeout: 170_000 }, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'hallpass-load-'));
  let server = await serve(process.env.HALLPASS_BIN, home);
  const port = new URL(server.url).port;
  const clients = [];
  try {
    const { apps } = JSON.parse(await readFile(join(home, DATA, 'credentials.json'), 'utf8'));
    const app = new App(apps.find((one) => one.profile === 'stream'), server.url);
    await furnish(app);
    for (let from = 0; from < CLIENTS; from += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, at) => from + at);
      clients.push(...(await Promise.all(batch.map((index) => connected(app, `user-${index}`)))));
    }
    const channels = clients.map((client, index) => client.channel('messaging', channelOf(index)));
    await Promise.all(channels.map((channel) => channel.watch()));
    const ears = channels.map((channel) => new Ear(channel));

    const told = { acknowledged: new Map(), refused: new Set(), unanswered: new Set() };
    const until = Date.now() + SENDING_MS;
    const sending = clients.map((_, index) => send(index, channels[index], until, told));
    await pause(KILLED_AT_MS);
    const before = told.acknowledged.size;
    await server.end('SIGKILL');
    server = await serve(process.env.HALLPASS_BIN, home, port);
    await Promise.all(sending);
    t.diagnostic(`${told.acknowledged.size} acknowledged (${before} before the crash), ${told.refused.size} refused, ${told.unanswered.size} unanswered`);
    assert.ok(before >= CLIENTS && told.acknowledged.size >= before + CLIENTS, 'it was busy before and after the crash');
    assert.ok(told.refused.size >= CLIENTS / MAY_NOT, 'some were refused');

    const stored = await everyMessage(app);
    const lost = [...told.acknowledged].filter(([id, text]) => stored.get(id) !== text);
    assert.deepEqual(lost, [], 'acknowledged, and not there');
    assert.deepEqual([...told.refused].filter((id) => stored.has(id)), [], 'refused, and there');
    // Whatever else is there was on its way when the server was killed.
    const unknown = [...stored.keys()].filter((id) => !told.acknowledged.has(id) && !told.unanswered.has(id));
    assert.deepEqual(unknown, []);

    // Everybody is connected again, and hears what is sent now.
    await Promise.all(clients.map((client, index) => isBack(client, index)));
    const { message } = await channels[1].sendMessage({ text: 'is everybody here?' });
    for (let index = 1; index < PER_CHANNEL; index += 1) {
      await ears[index].next('message.new', (event) => event.message.id === message.id);
    }
  } finally {
    await Promise.all(clients.map((client) => client.disconnectUser(200)));
    await server.end('SIGKILL');
    await rm(home, { recursive: true, force: true });
  }
});

/** Users and channels; in some a member may read and no more. */
async function furnish(app) {
  const ids = Array.from({ length: CLIENTS }, (_, index) => `user-${index}`);
  for (let from = 0; from < CLIENTS; from += 100) {
    await app.chat.upsertUsers(ids.slice(from, from + 100).map((id) => ({ id })));
  }
  await app.chat.upsertUser({ id: 'maker' });
  await app.chat.createRole('reader');
  await app.chat.updateChannelType('messaging', { grants: { reader: ['read-channel'] } });
  for (let from = 0; from < CLIENTS; from += PER_CHANNEL) {
    const members = ids.slice(from, from + PER_CHANNEL).map((id, at) => ({ user_id: id, channel_role: mayNot(from + at) ? 'reader' : 'channel_member' }));
    await app.chat.channel('messaging', channelOf(from), { created_by_id: 'maker', members }).create();
  }
}

/** Sends under ids of its own, and notes what became of each message. */
async function send(index, channel, until, told) {
  await pause((index / CLIENTS) * EVERY_MS);
  for (let count = 0; Date.now() < until; count += 1) {
    const [id, text] = [`m-${index}-${count}`, `${count} of ${index}`];
    try {
      const { message } = await channel.sendMessage({ id, text });
      assert.equal(message.id, id);
      told.acknowledged.set(id, text);
    } catch (error) {
      if (error.code === 17) told.refused.add(id);
      else if (error.response) throw error;
      // No answer: whether it is stored is anybody's guess.
      else told.unanswered.add(id);
    }
    assert.equal(told.refused.has(id) && !mayNot(index), false, `${id} should not have been refused`);
    await pause(EVERY_MS);
  }
}

/** All messages of all rooms, text by id, read page by page. */
async function everyMessage(app) {
  const stored = new Map();
  for (let from = 0; from < CLIENTS; from += PER_CHANNEL) {
    const channel = app.chat.channel('messaging', channelOf(from));
    let page;
    let before;
    do {
      page = (await channel.query({ messages: { limit: 100, ...(before && { id_lt: before }) } })).messages;
      page.forEach((message) => stored.set(message.id, message.text));
      before = page[0]?.id;
    } while (page.length === 100);
  }
  return stored;
}

/** Waits until a client is connected again. */
async function isBack(client, index) {
  const deadline = Date.now() + 40_000;
  while (!client.wsConnection?.isHealthy) {
    assert.ok(Date.now() < deadline, `user-${index} did not come back`);
    await pause(50);
  }
}
