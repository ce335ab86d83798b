// Permissions of one's own: an action with a condition about the acting user.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { notAllowedIn, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick } from '../hallpass/scene.js';

const VAULT = 'messaging:vault';
const MAGIC = { id: 'delete-by-magic', name: 'Delete by magic', description: 'Deletes a channel', action: 'DeleteChannel', condition: { '$subject.magic': { $eq: 'true' } } };

async function vault() {
  const app = await newApp();
  await people(app, 'ana', { id: 'merlin', magic: 'true' }, { id: 'ben', magic: 'false' });
  await channelOf(app, 'ana', VAULT, ['merlin', 'ben']);
  return app;
}

describe('stream-chat', () => {
  test('a permission with a condition is made, granted, and counts for those who meet it', async () => {
    const app = await vault();
    await app.chat.createPermission(MAGIC);
    const { permission } = await app.chat.getPermission('delete-by-magic');
    assert.deepEqual(pick(permission, 'id', 'name', 'description', 'action', 'owner', 'custom', 'condition'), { ...MAGIC, owner: false, custom: true });
    assert.ok((await app.chat.listPermissions()).permissions.some((one) => one.id === 'delete-by-magic'));
    assert.equal(await app.may('merlin', 'DeleteChannel', channel(VAULT)), 'condition_failed', 'made is not granted');

    const { grants } = await app.chat.getChannelType('messaging');
    await app.chat.updateChannelType('messaging', { grants: { channel_member: [...grants.channel_member, 'delete-by-magic'] } });

    assert.equal(await app.may('ben', 'DeleteChannel', channel(VAULT)), 'condition_failed');
    assert.equal(await app.may('merlin', 'DeleteChannel', channel(VAULT)), 'granted');
    assert.deepEqual(
      await refusalOf((await app.as('ben')).channel('messaging', 'vault').delete()),
      notAllowedIn('messaging', 'DeleteChannel', 'ben', ['user', 'channel_member'], 'DeleteChannel'),
    );
    // The condition is about the user as they are now.
    await app.chat.partialUpdateUser({ id: 'merlin', set: { magic: 'false' } });
    assert.equal(await app.may('merlin', 'DeleteChannel', channel(VAULT)), 'condition_failed');
    await app.chat.partialUpdateUser({ id: 'merlin', set: { magic: 'true' } });
    assert.equal((await (await app.as('merlin')).channel('messaging', 'vault').delete()).channel.cid, VAULT);
  });

  test('a permission is changed, and deleted only when nobody holds it or its grants go with it', async () => {
    const app = await vault();
    await app.chat.createPermission(MAGIC);
    await app.chat.updateChannelType('messaging', { grants: { channel_member: ['read-channel', 'delete-by-magic'] } });
    const { id, ...rest } = MAGIC;
    await app.chat.updatePermission(id, { ...rest, condition: { '$subject.magic': 'false' } });
    assert.equal(await app.may('ben', 'DeleteChannel', channel(VAULT)), 'granted');
    assert.equal(await app.may('merlin', 'DeleteChannel', channel(VAULT)), 'condition_failed');
    await app.chat.updateChannelType('messaging', { grants: { channel_member: ['read-channel'] } });
    await app.chat.deletePermission(id);
    assert.deepEqual(pick(await refusalOf(app.chat.getPermission(id)), 'code', 'StatusCode'), { code: 16, StatusCode: 404 });
    assert.equal(await app.may('ben', 'DeleteChannel', channel(VAULT)), 'condition_failed');
  });

  test('built-in permissions cannot be changed, and ids are taken once', async () => {
    const app = await vault();
    const before = (await app.chat.listPermissions()).permissions;
    const { id, ...rest } = MAGIC;
    for (const attempt of [
      () => app.chat.createPermission({ ...MAGIC, id: 'read-channel' }),
      () => app.chat.updatePermission('read-channel', rest),
      () => app.chat.deletePermission('read-channel'),
      () => app.chat.createPermission({ ...MAGIC, action: 'DeleteChanel' }),
      () => app.chat.createPermission({ ...MAGIC, condition: undefined }),
      () => app.chat.createPermission({ ...MAGIC, condition: { $where: 'true' } }),
    ]) {
      const told = await refusalOf(attempt());
      assert.deepEqual(pick(told, 'code', 'StatusCode'), { code: 4, StatusCode: 400 }, told.message);
    }
    assert.deepEqual((await app.chat.listPermissions()).permissions, before);
    assert.equal(id, 'delete-by-magic');
  });
});

describe('@stream-io/node-sdk', () => {
  test('a permission is made, listed, changed and deleted', async () => {
    const app = await vault();
    // This SDK has only the reading half.
    const made = await app.callWith(app.serverToken, 'POST', '/api/v2/permissions', MAGIC);
    assert.equal(made.status, 201, made.text);
    const { permission } = await app.node.getPermission({ id: MAGIC.id });
    assert.deepEqual(permission.condition, MAGIC.condition);
    const { id, ...rest } = MAGIC;
    assert.equal((await app.callWith(app.serverToken, 'PUT', `/api/v2/permissions/${id}`, { ...rest, owner: true })).status, 201);
    assert.equal((await app.node.getPermission({ id })).permission.owner, true);
    assert.equal((await app.callWith(app.serverToken, 'DELETE', `/api/v2/permissions/${id}`)).status, 200);
    assert.ok(!(await app.node.listPermissions()).permissions.some((one) => one.id === id));
  });
});
