// What one does with channels and their members.

const nothing = async () => ({});
const aChannel = async (world) => ({ id: await world.newChannel() });

export const CHANNELS = [
  {
    action: 'CreateChannel', ownsAlways: true, outside: true, call: 'channel.create', prepare: nothing,
    attempt: async (world, persona) => { await world.as(persona).channel(world.type, world.fresh('new')).create(); },
  },
  {
    action: 'RecreateChannel', outside: true, call: 'channel.create of one that was deleted',
    prepare: async (world) => {
      const id = await world.newChannel();
      await world.server.channel(world.type, id).delete();
      return { id };
    },
    attempt: async (world, persona, { id }) => { await world.as(persona).channel(world.type, id).create(); },
  },
  {
    action: 'CreateDistinctChannelForOthers', also: ['CreateChannel'], ownsAlways: true, outside: true, call: 'channel.create for two others',
    prepare: async (world) => {
      const other = world.fresh('other');
      await world.server.upsertUser({ id: other });
      return { other };
    },
    attempt: async (world, persona, { other }) => { await world.as(persona).channel(world.type, { members: ['maker', other] }).create(); },
  },
  {
    action: 'ReadChannel', read: true, call: 'channel.query', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).query({ state: true }); },
  },
  {
    action: 'ReadDisabledChannel', also: ['ReadChannel'], read: true, refusedAs: 'ReadChannel', call: 'channel.query of one that is disabled',
    prepare: async (world) => ({ id: await world.newChannel(undefined, { disabled: true }) }),
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).query({ state: true }); },
  },
  {
    action: 'ReadChannelMembers', read: true, call: 'channel.queryMembers', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).queryMembers({}); },
  },
  {
    action: 'UpdateChannel', call: 'channel.updatePartial', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).updatePartial({ set: { name: world.fresh('name') } }); },
  },
  {
    action: 'UpdateChannelFrozen', call: 'channel.updatePartial of frozen', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).updatePartial({ set: { frozen: true } }); },
  },
  {
    action: 'UpdateChannelCooldown', call: 'channel.enableSlowMode', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).enableSlowMode(5); },
  },
  {
    action: 'UpdateChannelMembers', call: 'channel.addMembers', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).addMembers(['bystander']); },
  },
  {
    action: 'AddOwnChannelMembership', or: ['UpdateChannelMembers'], call: 'channel.addMembers of oneself', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).addMembers([world.idOf(persona)]); },
  },
  {
    action: 'RemoveOwnChannelMembership', or: ['UpdateChannelMembers'], call: 'channel.removeMembers of oneself', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).removeMembers([world.idOf(persona)]); },
  },
  {
    action: 'MuteChannel', call: 'channel.mute', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).mute(); },
  },
  {
    action: 'DeleteChannel', call: 'channel.delete', prepare: aChannel,
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).delete(); },
  },
];
