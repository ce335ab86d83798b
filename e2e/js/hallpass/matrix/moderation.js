// What moderators do, and what asks them to.

const nothing = async () => ({});
const somebody = async (world) => {
  const id = world.fresh('user');
  await world.server.upsertUser({ id });
  return { id };
};
/** A flagged message of the bystander's: its report and its item in the review queue have one id. */
const flagged = async (world) => {
  const message = await world.newMessage('bystander');
  const { review_queue_item_id: item } = await world.server.flagMessage(message, { user_id: 'maker' });
  return { message, item };
};
const aList = async (world) => {
  const name = world.fresh('list');
  await world.server.createBlockList({ name, words: ['darn'] });
  return { name };
};
const aConfig = async (world) => {
  const key = world.fresh('chat:messaging:x');
  await world.server.moderation.upsertConfig({ key, block_list_config: { enabled: true, rules: [] } });
  return { key };
};

export const MODERATION = [
  {
    action: 'BanChannelMember', or: ['BanUser'], call: 'channel.banUser', prepare: somebody,
    attempt: async (world, persona, { id }) => { await world.channel(persona).banUser(id, {}); },
  },
  {
    action: 'BanUser', level: '.app', owned: 'nothing', call: 'client.banUser', prepare: somebody,
    attempt: async (world, persona, { id }) => { await world.as(persona).banUser(id); },
  },
  {
    action: 'BanUser', or: ['BanChannelMember'], owned: 'nothing', call: 'channel.banUser', prepare: somebody,
    attempt: async (world, persona, { id }) => { await world.channel(persona).banUser(id, { timeout: 5 }); },
  },
  {
    action: 'FlagMessage', call: 'client.flagMessage', prepare: async (world) => ({ message: await world.newMessage('bystander') }),
    attempt: async (world, persona, { message }) => { await world.as(persona).flagMessage(message); },
  },
  {
    action: 'ReadMessageFlags', read: true, call: 'client.queryMessageFlags', prepare: flagged,
    attempt: async (world, persona) => { await world.as(persona).queryMessageFlags({ channel_cid: `${world.type}:general` }); },
  },
  {
    action: 'UnblockMessage', owned: 'nothing', call: 'client.unblockMessage',
    before: async (world) => {
      await world.server.createBlockList({ name: 'rude', words: ['darn'] });
      await world.server.updateChannelType(world.type, { blocklist: 'rude', blocklist_behavior: 'shadow_block' });
      await world.server.channel(world.type, 'general').addMembers(['bystander']);
      world.bystander = await world.app.as('bystander');
    },
    prepare: async (world) => {
      const id = world.fresh('message');
      await world.server.channel(world.type, 'general').sendMessage({ id, text: 'darn', user_id: 'bystander' }, { force_moderation: true });
      return { message: id };
    },
    attempt: async (world, persona, { message }) => { await world.as(persona).unblockMessage(message); },
  },
  { action: 'ReadFlagReports', level: '.app', read: true, owned: 'nothing', call: 'client._queryFlagReports', prepare: flagged, attempt: async (world, persona) => { await world.as(persona)._queryFlagReports(); } },
  {
    action: 'UpdateFlagReport', level: '.app', owned: 'nothing', call: 'client._reviewFlagReport', prepare: flagged,
    attempt: async (world, persona, { item }) => { await world.as(persona)._reviewFlagReport(item, 'reviewed'); },
  },
  {
    action: 'QueryModerationReviewQueue', level: '.app', read: true, owned: 'nothing', call: 'client.moderation.queryReviewQueue', prepare: flagged,
    attempt: async (world, persona) => { await world.as(persona).moderation.queryReviewQueue(); },
  },
  {
    action: 'SubmitModerationAction', level: '.app', owned: 'nothing', call: 'client.moderation.submitAction', prepare: flagged,
    attempt: async (world, persona, { item }) => { await world.as(persona).moderation.submitAction('mark_reviewed', item); },
  },
  {
    action: 'UpsertModerationConfig', level: '.app', owned: 'nothing', call: 'client.moderation.upsertConfig', prepare: nothing,
    attempt: async (world, persona) => { await world.as(persona).moderation.upsertConfig({ key: world.fresh('config') }); },
  },
  {
    action: 'ReadModerationConfig', level: '.app', read: true, owned: 'nothing', call: 'client.moderation.getConfig', prepare: aConfig,
    attempt: async (world, persona, { key }) => { await world.as(persona).moderation.getConfig(key); },
  },
  {
    action: 'DeleteModerationConfig', level: '.app', owned: 'nothing', call: 'client.moderation.deleteConfig', prepare: aConfig,
    attempt: async (world, persona, { key }) => { await world.as(persona).moderation.deleteConfig(key); },
  },
  {
    action: 'CreateBlockList', level: '.app', owned: 'nothing', call: 'client.createBlockList', prepare: nothing,
    attempt: async (world, persona) => { await world.as(persona).createBlockList({ name: world.fresh('list'), words: ['darn'] }); },
  },
  { action: 'ReadBlockLists', level: '.app', read: true, owned: 'nothing', call: 'client.listBlockLists', prepare: nothing, attempt: async (world, persona) => { await world.as(persona).listBlockLists(); } },
  {
    action: 'UpdateBlockList', level: '.app', owned: 'nothing', call: 'client.updateBlockList', prepare: aList,
    attempt: async (world, persona, { name }) => { await world.as(persona).updateBlockList(name, { words: ['drat'] }); },
  },
  {
    action: 'DeleteBlockList', level: '.app', owned: 'nothing', call: 'client.deleteBlockList', prepare: aList,
    attempt: async (world, persona, { name }) => { await world.as(persona).deleteBlockList(name); },
  },
];
