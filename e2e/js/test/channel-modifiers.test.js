// "Channel-level permissions": one channel gives and takes (`!`) besides what its type grants.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel } from '../hallpass/decision.js';
import { badInput, nodeRefusalOf, notAllowedIn, refusalOf, serverOnly } from '../hallpass/refusal.js';
import { channelOf, people } from '../hallpass/scene.js';

const EXAMPLE = 'livestream:example';
const OTHER = 'livestream:other';
/** The modifiers of Stream's page "User Permissions". */
const MODIFIERS = { user: ['!add-links', 'create-reaction'] };

/** Two livestreams; users may send links in them and not react. */
async function livestreams() {
  const app = await newApp();
  await people(app, 'host', 'ben');
  const { grants } = await app.chat.getChannelType('livestream');
  await app.chat.updateChannelType('livestream', { grants: { user: grants.user.filter((id) => id !== 'create-reaction') } });
  const example = await channelOf(app, 'host', EXAMPLE);
  await channelOf(app, 'host', OTHER);
  return { app, example };
}

const linksAndReactions = (app, cid) => app.mayAll('ben', ['AddLinks', 'CreateReaction', 'ReadChannel'], channel(cid));
const asTheTypeSays = { AddLinks: 'granted', CreateReaction: 'no_grant', ReadChannel: 'granted' };
const asTheChannelSays = { AddLinks: 'no_grant', CreateReaction: 'granted', ReadChannel: 'granted' };

describe('stream-chat', () => {
  test('a channel revokes links and gives reactions', async () => {
    const { app, example } = await livestreams();
    const ben = await app.as('ben');
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheTypeSays);
    const before = (await ben.channel('livestream', 'example').query()).channel;
    assert.ok(before.own_capabilities.includes('send-links') && !before.own_capabilities.includes('send-reaction'), before.own_capabilities.join());
    assert.ok(!('grants' in before.config), 'no modifiers, no field');

    const result = await example.updatePartial({ set: { config_overrides: { grants: MODIFIERS } } });

    assert.deepEqual(result.channel.config.grants, MODIFIERS);
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheChannelSays);
    assert.deepEqual(await linksAndReactions(app, OTHER), asTheTypeSays);
    const after = (await ben.channel('livestream', 'example').query()).channel;
    assert.ok(!after.own_capabilities.includes('send-links') && after.own_capabilities.includes('send-reaction'), after.own_capabilities.join());
    assert.deepEqual(after.config.grants, MODIFIERS);
    const other = (await ben.channel('livestream', 'other').query()).channel;
    assert.deepEqual(other.own_capabilities, before.own_capabilities);
    const { grants } = await app.chat.getChannelType('livestream');
    assert.ok(grants.user.includes('add-links') && !grants.user.includes('create-reaction'), 'the type is as it was');
  });

  test('new modifiers replace the old ones, and none take them away', async () => {
    const { app, example } = await livestreams();
    await example.updatePartial({ set: { config_overrides: { grants: MODIFIERS } } });
    const replaced = await example.updatePartial({ set: { config_overrides: { grants: { user: ['!read-channel'] } } } });
    assert.deepEqual(replaced.channel.config.grants, { user: ['!read-channel'] });
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), { AddLinks: 'granted', CreateReaction: 'no_grant', ReadChannel: 'no_grant' });
    const cleared = await example.updatePartial({ set: { config_overrides: {} } });
    assert.ok(!('grants' in cleared.channel.config));
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheTypeSays);
  });

  test('other changes of the channel keep them', async () => {
    const { app, example } = await livestreams();
    await example.updatePartial({ set: { config_overrides: { grants: MODIFIERS } } });
    const updated = await example.updatePartial({ set: { name: 'Example' } });
    assert.equal(updated.channel.name, 'Example');
    assert.deepEqual(updated.channel.config.grants, MODIFIERS);
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheChannelSays);
  });

  test('a modifier is about exactly the permission it names', async () => {
    const { app, example } = await livestreams();
    await app.chat.updateChannelType('livestream', { grants: { user: ['add-links', 'add-links-owner', 'read-channel'] } });
    await example.updatePartial({ set: { config_overrides: { grants: { user: ['!add-links'] } } } });
    assert.equal(await app.may('host', 'AddLinks', channel(EXAMPLE)), 'granted', 'the host owns the channel and keeps add-links-owner');
    assert.equal(await app.may('ben', 'AddLinks', channel(EXAMPLE)), 'condition_failed');
  });

  test('a modifier is about exactly the role it names', async () => {
    const { app, example } = await livestreams();
    await people(app, { id: 'root', role: 'admin' });
    await example.updatePartial({ set: { config_overrides: { grants: MODIFIERS } } });
    assert.equal(await app.may('root', 'AddLinks', channel(EXAMPLE)), 'granted');
    await example.updatePartial({ set: { config_overrides: { grants: { channel_member: ['update-channel'] } } } });
    assert.equal(await app.may('ben', 'UpdateChannel', channel(EXAMPLE)), 'no_grant');
    await example.addMembers(['ben']);
    assert.equal(await app.may('ben', 'UpdateChannel', channel(EXAMPLE)), 'granted');
    const ben = await app.as('ben');
    assert.equal((await ben.channel('livestream', 'example').update({ name: 'Ben was here' })).channel.name, 'Ben was here');
  });

  test('a modifier is about exactly the channel: what is revoked there is really refused there', async () => {
    const { app, example } = await livestreams();
    const ben = await app.as('ben');
    assert.equal((await ben.channel('livestream', 'example').queryMembers({})).members.length, 0);
    await example.updatePartial({ set: { config_overrides: { grants: { user: ['!read-channel-members'] } } } });
    assert.deepEqual(await refusalOf(ben.channel('livestream', 'example').queryMembers({})), notAllowedIn('livestream', 'QueryMembers', 'ben', ['user'], 'ReadChannelMembers'));
    assert.equal((await ben.channel('livestream', 'other').queryMembers({})).members.length, 0);
  });

  test('config_overrides is for the server side', async () => {
    const { app } = await livestreams();
    const host = await app.as('host');
    await app.chat.updateChannelType('livestream', { grants: { user: ['read-channel', 'update-channel'] } });
    assert.equal(await app.may('host', 'UpdateChannel', channel(EXAMPLE)), 'granted');
    assert.deepEqual(
      await refusalOf(host.channel('livestream', 'example').updatePartial({ set: { config_overrides: { grants: { user: ['ban-channel-member'] } } } })),
      serverOnly('UpdateChannelPartial', 'changing config_overrides'),
    );
    assert.equal(await app.may('host', 'BanChannelMember', channel(EXAMPLE)), 'no_grant');
  });

  test('what is not known is named, and nothing changes', async () => {
    const { app, example } = await livestreams();
    await example.updatePartial({ set: { config_overrides: { grants: MODIFIERS } } });
    for (const [grants, text] of [
      [{ user: ['!add-link'] }, ".user: no such permission 'add-link' (did you mean 'add-links'?)"],
      [{ usr: ['create-reaction'] }, ": no such role 'usr' (did you mean 'user'?)"],
      [{ user: ['search-user'] }, ".user: permission 'search-user' is app-level and has no effect at 'livestream'"],
    ]) {
      assert.deepEqual(
        await refusalOf(example.updatePartial({ set: { config_overrides: { grants }, name: 'changed' } })),
        badInput('UpdateChannelPartial', `set.config_overrides.grants${text}`),
      );
    }
    const { channel: now } = await example.query();
    assert.deepEqual(now.config.grants, MODIFIERS);
    assert.equal(now.name, undefined);
  });
});

describe('@stream-io/node-sdk', () => {
  test('a channel revokes links and gives reactions, and stops doing so', async () => {
    const { app } = await livestreams();
    const example = app.node.chat.channel('livestream', 'example');
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheTypeSays);

    const result = await example.updateChannelPartial({ set: { config_overrides: { grants: MODIFIERS } } });

    assert.deepEqual(result.channel.config.grants, MODIFIERS);
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheChannelSays);
    assert.deepEqual(await linksAndReactions(app, OTHER), asTheTypeSays);

    const cleared = await example.updateChannelPartial({ set: { config_overrides: {} } });
    assert.ok(!('grants' in cleared.channel.config));
    assert.deepEqual(await linksAndReactions(app, EXAMPLE), asTheTypeSays);
    assert.deepEqual(
      await nodeRefusalOf(app.nodeAs('host').chat.channel('livestream', 'example').updateChannelPartial({ set: { config_overrides: { grants: MODIFIERS } } })),
      serverOnly('UpdateChannelPartial', 'changing config_overrides'),
    );
  });
});
