// Many callers at once: limits hold, nothing is lost, and who got an answer sees its effect.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { channelOf, people, rolesOf } from '../hallpass/scene.js';

/** As many custom roles as one app may have. */
const MOST_ROLES = 25;
const many = (count, one) => Promise.allSettled(Array.from({ length: count }, (_, n) => one(n)));
const succeeded = (results) => results.filter((result) => result.status === 'fulfilled').length;

test('of thirty roles that are created at once, twenty-five are', async () => {
  const app = await newApp();
  const results = await many(30, (n) => app.chat.createRole(`role_${n}`));
  assert.equal(succeeded(results), MOST_ROLES);
  assert.ok(results.filter((result) => result.status === 'rejected').every((result) => result.reason.code === 4));
  assert.equal((await app.chat.listRoles()).roles.filter((role) => role.custom).length, MOST_ROLES);
});

test('a role that ten create at once is created once', async () => {
  const app = await newApp();
  assert.equal(succeeded(await many(10, () => app.chat.createRole('agent'))), 1);
});

test('a role is not deleted under the grant, or the user, that arrives at the same time', async () => {
  const app = await newApp();
  await people(app, 'ana');
  for (let round = 0; round < 10; round += 1) {
    await app.chat.createRole('agent');
    const [deleted, given] = await Promise.allSettled([
      app.chat.deleteRole('agent'),
      round % 2 ? app.chat.partialUpdateUser({ id: 'ana', set: { role: 'agent' } }) : app.chat.updateChannelType('messaging', { grants: { agent: ['read-channel'] } }),
    ]);
    assert.notEqual(deleted.status, given.status, 'one of them, and one only');
    const exists = (await app.chat.listRoles()).roles.some((role) => role.name === 'agent');
    assert.equal(exists, given.status === 'fulfilled');
    if (exists) {
      await app.chat.partialUpdateUser({ id: 'ana', set: { role: 'user' } });
      await app.chat.updateChannelType('messaging', { grants: { agent: [] } });
      await app.chat.deleteRole('agent');
    }
  }
});

test('fields that are set at once are all there', async () => {
  const app = await newApp();
  await people(app, 'ana');
  const room = await channelOf(app, 'ana', 'messaging:room');
  await Promise.all([
    ...Array.from({ length: 20 }, (_, n) => app.chat.partialUpdateUser({ id: 'ana', set: { [`field_${n}`]: n } })),
    ...Array.from({ length: 20 }, (_, n) => room.updatePartial({ set: { [`field_${n}`]: n } })),
  ]);
  const { users } = await app.chat.queryUsers({ id: 'ana' });
  const { channel: now } = await room.query();
  for (let n = 0; n < 20; n += 1) {
    assert.equal(users[0][`field_${n}`], n);
    assert.equal(now[`field_${n}`], n);
  }
});

test('members who are added at once are all members, and may at once', async () => {
  const app = await newApp();
  const ids = Array.from({ length: 40 }, (_, n) => `user-${n}`);
  await people(app, 'ana', ...ids);
  const room = await channelOf(app, 'ana', 'messaging:room');
  await Promise.all(ids.map(async (id) => {
    await room.addMembers([id]);
    assert.equal(await app.may(id, 'CreateMessage', channel('messaging:room')), 'granted', id);
  }));
  const { members } = await room.queryMembers({}, {}, { limit: 100 });
  assert.equal(Object.keys(rolesOf(members)).length, ids.length);
  assert.equal((await room.query()).channel.member_count, ids.length);
});

test('a channel that many open at once is created once, and has one owner', async () => {
  const app = await newApp();
  const ids = Array.from({ length: 10 }, (_, n) => `user-${n}`);
  await people(app, ...ids);
  const results = await Promise.allSettled(ids.map(async (id) => (await app.as(id)).channel('livestream', 'show').create()));
  const owners = new Set(results.filter((result) => result.status === 'fulfilled').map((result) => result.value.channel.created_by.id));
  assert.equal(owners.size, 1);
  assert.equal(succeeded(results), ids.length, 'livestreams are open to read');
});
