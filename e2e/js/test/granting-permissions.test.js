// "Granting permissions": what permissions there are, and how roles get and lose them in a channel type and in the app.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newApp } from '../hallpass/app.js';
import { channel, message, user } from '../hallpass/decision.js';
import { badInput, missing, nodeRefusalOf, notAllowedIn, notAllowedInApp, refusalOf } from '../hallpass/refusal.js';
import { channelOf, people, pick } from '../hallpass/scene.js';

const GENERAL = 'messaging:general';
/** The grants of Stream's page "User Permissions": enough to read and write, and nothing else. */
const QUIET_MEMBER = ['read-channel', 'create-message', 'update-message-owner', 'delete-message-owner'];
/** What channel_members of `messaging` hold from the start. */
const DEFAULT_MEMBER = [
  'add-links', 'cast-vote', 'create-attachment', 'create-call', 'create-mention', 'create-message', 'create-reaction', 'create-reply',
  'flag-message', 'join-call', 'mute-channel', 'pin-message', 'query-votes', 'read-channel', 'read-channel-members',
  'remove-own-channel-membership', 'run-message-action', 'send-custom-event', 'send-poll', 'upload-attachment',
];
/** What users hold in the app from the start. */
const DEFAULT_APP_USER = [
  'close-poll-owner', 'create-poll-any-team', 'delete-poll-owner', 'flag-user', 'mute-user', 'query-polls-owner', 'search-user', 'update-poll-owner', 'update-user-owner',
];
/** The app grants of the same page. */
const BRIEF_APP_GRANTS = { anonymous: [], guest: [], user: ['search-user', 'mute-user'], admin: ['search-user', 'mute-user', 'ban-user'] };
/** What getstream for Python and node-sdk must say besides; it changes nothing that is asked here. */
const REQUIRED = { automod: 'disabled', automod_behavior: 'flag', max_message_length: 5000 };

const sorted = (list) => [...list].sort();

/** Ana owns the channel, Ben is a member of it, Eve is outside. */
async function general() {
  const app = await newApp();
  await people(app, 'ana', 'ben', 'eve', { id: 'root', role: 'admin' });
  await channelOf(app, 'ana', GENERAL, ['ben']);
  return app;
}

describe('the list of permissions', () => {
  const sample = {
    id: 'create-message-owner', action: 'CreateMessage', owner: true, same_team: true, custom: false, level: 'channel', owner_resource: 'Channel',
  };

  test('stream-chat lists and gets them', async () => {
    const app = await newApp();
    const { permissions } = await app.chat.listPermissions();
    const byId = new Map(permissions.map((permission) => [permission.id, permission]));
    assert.equal(byId.size, permissions.length, 'no id twice');
    for (const permission of permissions) {
      assert.deepEqual(sorted(Object.keys(permission)).filter((key) => key !== 'condition'), ['action', 'custom', 'description', 'id', 'level', 'name', 'owner', 'owner_resource', 'same_team', 'tags'], permission.id);
      assert.ok(permission.name && permission.description.includes(permission.action), `${permission.id} has texts for people`);
      assert.ok(['app', 'channel'].includes(permission.level), permission.id);
    }
    assert.deepEqual(pick(byId.get('create-message-owner'), ...Object.keys(sample)), sample);
    const pins = permissions.filter((permission) => permission.action === 'PinMessage').map((permission) => pick(permission, 'id', 'owner', 'same_team', 'level'));
    assert.deepEqual(pins.sort((a, b) => a.id.localeCompare(b.id)), [
      { id: 'pin-message', owner: false, same_team: true, level: 'channel' },
      { id: 'pin-message-any-team', owner: false, same_team: false, level: 'channel' },
      { id: 'pin-message-owner', owner: true, same_team: true, level: 'channel' },
      { id: 'pin-message-owner-any-team', owner: true, same_team: false, level: 'channel' },
    ]);
    for (const id of [...DEFAULT_MEMBER, ...DEFAULT_APP_USER, ...QUIET_MEMBER, ...Object.values(BRIEF_APP_GRANTS).flat()]) {
      assert.ok(byId.has(id), `${id} is granted, so it is listed`);
    }
    const { permission } = await app.chat.getPermission('create-message-owner');
    assert.deepEqual(permission, byId.get('create-message-owner'));
    assert.deepEqual(await refusalOf(app.chat.getPermission('create-mesage')), missing('GetPermission', "permission 'create-mesage' does not exist"));
  });

  test('@stream-io/node-sdk lists and gets them', async () => {
    const app = await newApp();
    const { permissions } = await app.node.listPermissions();
    assert.deepEqual(pick(permissions.find((permission) => permission.id === sample.id), ...Object.keys(sample)), sample);
    const { permissions: old } = await app.chat.listPermissions();
    assert.deepEqual(permissions, old);
    assert.deepEqual((await app.node.getPermission({ id: sample.id })).permission, old.find((permission) => permission.id === sample.id));
  });
});

describe('grants of a channel type, with stream-chat', () => {
  test('are observed', async () => {
    const app = await newApp();
    const { grants, name, permissions, commands, ...rest } = await app.chat.getChannelType('messaging');
    assert.equal(name, 'messaging');
    assert.deepEqual(permissions, []);
    assert.ok(commands.every((command) => typeof command.name === 'string'));
    assert.deepEqual(sorted(grants.channel_member), DEFAULT_MEMBER);
    assert.ok(grants.user.includes('read-channel-owner'));
    assert.equal(rest.reactions, true);
    const { channel_types } = await app.chat.listChannelTypes();
    assert.deepEqual(sorted(Object.keys(channel_types)), ['commerce', 'gaming', 'livestream', 'messaging', 'team']);
    assert.deepEqual(channel_types.messaging.grants, grants);
    assert.deepEqual(channel_types.team.grants, grants);
  });

  test('are replaced for the roles that are named, and kept for the others', async () => {
    const app = await general();
    const client = app.chat;
    const ben = await app.as('ben');
    const before = (await client.getChannelType('messaging')).grants;
    assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage', 'AddLinks', 'ReadChannelMembers'], channel(GENERAL)), {
      ReadChannel: 'granted', CreateMessage: 'granted', AddLinks: 'granted', ReadChannelMembers: 'granted',
    });
    assert.equal((await ben.channel('messaging', 'general').queryMembers({})).members.length, 1);

    const updated = await client.updateChannelType('messaging', { grants: { channel_member: QUIET_MEMBER } });

    assert.deepEqual(updated.grants.channel_member, QUIET_MEMBER);
    const after = (await client.getChannelType('messaging')).grants;
    assert.deepEqual(after, { ...before, channel_member: QUIET_MEMBER });
    assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage', 'AddLinks', 'ReadChannelMembers'], channel(GENERAL)), {
      ReadChannel: 'granted', CreateMessage: 'granted', AddLinks: 'condition_failed', ReadChannelMembers: 'condition_failed',
    });
    assert.equal(await app.may('ben', 'DeleteMessage', message(GENERAL, 'ben')), 'granted');
    assert.equal(await app.may('ben', 'DeleteMessage', message(GENERAL, 'ana')), 'condition_failed');
    assert.deepEqual(
      await refusalOf(ben.channel('messaging', 'general').queryMembers({})),
      notAllowedIn('messaging', 'QueryMembers', 'ben', ['user', 'channel_member'], 'ReadChannelMembers'),
    );
    const { own_capabilities } = (await ben.channel('messaging', 'general').query()).channel;
    assert.ok(own_capabilities.includes('send-message') && own_capabilities.includes('update-own-message'), own_capabilities.join());
    assert.ok(!own_capabilities.includes('send-links') && !own_capabilities.includes('send-reaction'), own_capabilities.join());
  });

  test('are removed by an empty list', async () => {
    const app = await general();
    const client = app.chat;
    await client.updateChannelType('messaging', { grants: { guest: ['read-channel'], anonymous: ['read-channel'] } });
    await people(app, { id: 'visitor', role: 'guest' });
    const visitor = await app.as('visitor');
    assert.equal(await app.may('visitor', 'ReadChannel', channel(GENERAL)), 'granted');
    await visitor.channel('messaging', 'general').query();

    const { grants } = await client.updateChannelType('messaging', { grants: { guest: [], anonymous: [] } });

    assert.deepEqual([grants.guest, grants.anonymous], [[], []]);
    assert.deepEqual(pick((await client.getChannelType('messaging')).grants, 'guest', 'anonymous'), { guest: [], anonymous: [] });
    assert.equal(await app.may('visitor', 'ReadChannel', channel(GENERAL)), 'no_grant');
    assert.deepEqual(await refusalOf(visitor.channel('messaging', 'general').query()), notAllowedIn('messaging', 'GetOrCreateChannel', 'visitor', ['guest'], 'ReadChannel'));
  });

  test('are reset as a whole by null', async () => {
    const app = await general();
    const client = app.chat;
    const before = (await client.getChannelType('messaging')).grants;
    await client.createRole('keeper');
    await client.updateChannelType('messaging', { grants: { channel_member: [], keeper: ['read-channel'] } });
    assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'condition_failed');

    const { grants } = await client.updateChannelType('messaging', { grants: null });

    assert.deepEqual(sorted(grants.channel_member), DEFAULT_MEMBER);
    assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'granted');
    const after = (await client.getChannelType('messaging')).grants;
    assert.deepEqual(after.keeper ?? [], []);
    delete after.keeper;
    assert.deepEqual(after, before);
    await client.deleteRole('keeper');
  });

  test('stay when other settings of the type change, and when an empty object is sent, as old SDKs do', async () => {
    const app = await general();
    const client = app.chat;
    await client.updateChannelType('messaging', { grants: { channel_member: QUIET_MEMBER } });
    const changed = await client.updateChannelType('messaging', { reactions: false });
    assert.equal(changed.reactions, false);
    await client.updateChannelType('messaging', { grants: {} });
    assert.deepEqual((await client.getChannelType('messaging')).grants.channel_member, QUIET_MEMBER);
    assert.equal(await app.may('ben', 'AddLinks', channel(GENERAL)), 'condition_failed');
    assert.equal((await client.getChannelType('messaging')).reactions, false);
  });

  test('of one type are not those of another', async () => {
    const app = await general();
    await channelOf(app, 'ana', 'team:general', ['ben']);
    await app.chat.updateChannelType('messaging', { grants: { channel_member: [] } });
    assert.equal(await app.may('ben', 'CreateMessage', channel(GENERAL)), 'condition_failed');
    assert.equal(await app.may('ben', 'CreateMessage', channel('team:general')), 'granted');
  });

  test('name what they do not know, and then change nothing', async () => {
    const app = await general();
    const before = (await app.chat.getChannelType('messaging')).grants;
    for (const [grants, text] of [
      [{ channel_member: ['read-channel', 'create-mesage'] }, "grants.channel_member: no such permission 'create-mesage' (did you mean 'create-message'?)"],
      [{ channel_membr: ['read-channel'] }, "grants: no such role 'channel_membr' (did you mean 'channel_member'?)"],
      [{ channel_member: [], guest: ['no-such-thing-at-all'] }, "grants.guest: no such permission 'no-such-thing-at-all'"],
      [{ channel_member: ['search-user'] }, "grants.channel_member: permission 'search-user' is app-level and has no effect at 'messaging'"],
      [{ channel_member: ['!read-channel'] }, "grants.channel_member: no such permission '!read-channel' (did you mean 'read-channel'?)"],
      [{ channel_member: 'read-channel' }, 'grants.channel_member: expected a list, got "read-channel"'],
    ]) {
      assert.deepEqual(await refusalOf(app.chat.updateChannelType('messaging', { grants })), badInput('UpdateChannelType', text));
      assert.deepEqual((await app.chat.getChannelType('messaging')).grants, before);
    }
    assert.deepEqual(await refusalOf(app.chat.updateChannelType('mesaging', { grants: { channel_member: [] } })), missing('UpdateChannelType', "channel type 'mesaging' does not exist"));
  });

  test('of a new type are those of messaging, and its own when given', async () => {
    const app = await general();
    const client = app.chat;
    const created = await client.createChannelType({ name: 'club', grants: { channel_member: ['read-channel'] } });
    assert.equal(created.name, 'club');
    const { grants } = await client.getChannelType('club');
    assert.deepEqual(grants, { ...(await client.getChannelType('messaging')).grants, channel_member: ['read-channel'] });
    await channelOf(app, 'ana', 'club:chess', ['ben']);
    assert.deepEqual(await app.mayAll('ben', ['ReadChannel', 'CreateMessage'], channel('club:chess')), { ReadChannel: 'granted', CreateMessage: 'condition_failed' });
    assert.deepEqual(await refusalOf(client.deleteChannelType('club')), badInput('DeleteChannelType', "name: channel type 'club' has channels, such as 'club:chess'; delete them first"));
    await client.channel('club', 'chess').delete({ hard_delete: true });
    await client.deleteChannelType('club');
    assert.ok(!('club' in (await client.listChannelTypes()).channel_types));
  });
});

describe('grants of a channel type, with @stream-io/node-sdk', () => {
  test('are observed, replaced, removed and reset', async () => {
    const app = await general();
    const client = app.node.chat;
    const before = (await client.getChannelType({ name: 'messaging' })).grants;
    assert.deepEqual(sorted(before.channel_member), DEFAULT_MEMBER);

    const updated = await client.updateChannelType({ name: 'messaging', ...REQUIRED, grants: { channel_member: QUIET_MEMBER } });
    assert.deepEqual(updated.grants, { ...before, channel_member: QUIET_MEMBER });
    assert.ok(updated.created_at instanceof Date);
    assert.equal(await app.may('ben', 'AddLinks', channel(GENERAL)), 'condition_failed');
    assert.deepEqual(
      await nodeRefusalOf(app.nodeAs('ben').chat.queryMembers({ payload: { type: 'messaging', id: 'general', filter_conditions: {} } })),
      notAllowedIn('messaging', 'QueryMembers', 'ben', ['user', 'channel_member'], 'ReadChannelMembers'),
    );

    const emptied = await client.updateChannelType({ name: 'messaging', ...REQUIRED, grants: { channel_member: [] } });
    assert.deepEqual(emptied.grants.channel_member, []);
    assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'condition_failed');

    const same = await client.updateChannelType({ name: 'messaging', ...REQUIRED });
    assert.deepEqual(same.grants.channel_member, []);

    const reset = await client.updateChannelType({ name: 'messaging', ...REQUIRED, grants: null });
    assert.deepEqual(reset.grants, before);
    assert.equal(await app.may('ben', 'AddLinks', channel(GENERAL)), 'granted');
  });

  test('are reset by an empty object too, as the Java and C# samples do it', async () => {
    const app = await general();
    const client = app.node.chat;
    const before = (await client.getChannelType({ name: 'messaging' })).grants;
    await client.updateChannelType({ name: 'messaging', ...REQUIRED, grants: { channel_member: [] } });
    assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'condition_failed');
    const reset = await client.updateChannelType({ name: 'messaging', ...REQUIRED, grants: {} });
    assert.deepEqual(reset.grants, before);
    assert.equal(await app.may('ben', 'ReadChannel', channel(GENERAL)), 'granted');
  });

  test('name what they do not know', async () => {
    const app = await newApp();
    assert.deepEqual(
      await nodeRefusalOf(app.node.chat.updateChannelType({ name: 'messaging', ...REQUIRED, grants: { channel_member: ['read-chanel'] } })),
      badInput('UpdateChannelType', "grants.channel_member: no such permission 'read-chanel' (did you mean 'read-channel'?)"),
    );
  });
});

describe('grants of the app', () => {
  const everywhere = ['SearchUser', 'MuteUser', 'FlagUser', 'BanUser', 'UpdateUser'];

  test('stream-chat updates them for several roles at once', async () => {
    const app = await general();
    const client = app.chat;
    const ben = await app.as('ben');
    const before = (await client.getAppSettings()).app.grants;
    assert.deepEqual(sorted(before.user), DEFAULT_APP_USER);
    assert.deepEqual(await app.mayAll('ben', everywhere, user('eve')), { SearchUser: 'granted', MuteUser: 'granted', FlagUser: 'granted', BanUser: 'no_grant', UpdateUser: 'condition_failed' });
    assert.deepEqual(await app.mayAll('root', ['BanUser', 'FlagUser'], user('eve')), { BanUser: 'no_grant', FlagUser: 'granted' });

    await client.updateAppSettings({ grants: BRIEF_APP_GRANTS });

    const after = (await client.getAppSettings()).app.grants;
    assert.deepEqual(after, { ...before, ...BRIEF_APP_GRANTS });
    assert.deepEqual(await app.mayAll('ben', everywhere, user('eve')), { SearchUser: 'granted', MuteUser: 'granted', FlagUser: 'no_grant', BanUser: 'no_grant', UpdateUser: 'no_grant' });
    assert.deepEqual(await app.mayAll('root', ['BanUser', 'FlagUser'], user('eve')), { BanUser: 'granted', FlagUser: 'no_grant' });
    // Without update-user-owner, nobody changes even themselves.
    assert.deepEqual(await refusalOf(ben.partialUpdateUser({ id: 'ben', set: { name: 'B' } })), notAllowedInApp('UpdateUsersPartial', 'ben', 'user', 'UpdateUser'));
    assert.equal((await ben.queryUsers({ id: 'eve' })).users.length, 1);

    await client.updateAppSettings({ grants: { user: [] } });
    assert.deepEqual((await client.getAppSettings()).app.grants.user, []);
    assert.equal(await app.may('ben', 'SearchUser', user('eve')), 'no_grant');
    assert.deepEqual(await refusalOf(ben.queryUsers({ id: 'eve' })), notAllowedInApp('QueryUsers', 'ben', 'user', 'SearchUser'));

    await client.updateAppSettings({ grants: {} });
    assert.equal(await app.may('ben', 'SearchUser', user('eve')), 'no_grant', 'an empty object changes nothing on the unprefixed paths');

    await client.updateAppSettings({ grants: null });
    assert.deepEqual((await client.getAppSettings()).app.grants, before);
    assert.equal(await app.may('ben', 'SearchUser', user('eve')), 'granted');
    assert.equal((await ben.queryUsers({ id: 'eve' })).users.length, 1);
  });

  test('@stream-io/node-sdk updates them for several roles at once', async () => {
    const app = await general();
    const client = app.node;
    const before = (await client.getApp()).app.grants;

    await client.updateApp({ grants: BRIEF_APP_GRANTS });

    assert.deepEqual((await client.getApp()).app.grants, { ...before, ...BRIEF_APP_GRANTS });
    assert.equal(await app.may('root', 'BanUser', user('eve')), 'granted');
    assert.equal(await app.may('ben', 'FlagUser', user('eve')), 'no_grant');

    await client.updateApp({ grants: { user: [] } });
    assert.deepEqual(
      await nodeRefusalOf(app.nodeAs('ben').queryUsers({ payload: { filter_conditions: { id: 'eve' } } })),
      notAllowedInApp('QueryUsers', 'ben', 'user', 'SearchUser'),
    );
    await client.updateApp({ grants: {} });
    assert.deepEqual((await client.getApp()).app.grants, before);
    await client.updateApp({ grants: BRIEF_APP_GRANTS });
    await client.updateApp({ grants: null });
    assert.deepEqual((await client.getApp()).app.grants, before);
  });

  test('take permissions of the app only, and name what they do not know', async () => {
    const app = await newApp();
    const before = (await app.chat.getAppSettings()).app.grants;
    for (const [grants, text] of [
      [{ user: ['serch-user'] }, "grants.user: no such permission 'serch-user' (did you mean 'search-user'?)"],
      [{ user: ['create-message'] }, "grants.user: permission 'create-message' is channel-level and has no effect at '.app'"],
      [{ usr: ['search-user'] }, "grants: no such role 'usr' (did you mean 'user'?)"],
      [{ channel_member: ['search-user'] }, "grants: role 'channel_member' is a channel-level role and cannot be used as a user-level role"],
    ]) {
      assert.deepEqual(await refusalOf(app.chat.updateAppSettings({ grants })), badInput('UpdateApp', text));
    }
    assert.deepEqual((await app.chat.getAppSettings()).app.grants, before);
  });

  test('do not count in channels', async () => {
    const app = await general();
    await app.chat.updateAppSettings({ grants: { user: ['ban-user'] } });
    assert.equal(await app.may('ben', 'BanUser', user('eve')), 'granted');
    assert.equal(await app.may('ben', 'BanChannelMember', channel(GENERAL)), 'no_grant');
  });
});
