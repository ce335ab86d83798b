// What one does with messages: each action with the call of `stream-chat` that needs it.
//
// `also` are actions that the call needs besides; `or` are actions any of which is enough. `owned` says what it takes to be the owner:
// nothing where that is the channel, which the persona `owner` made. `prepare` sets the scene as the back end.

const text = 'hello';
const send = (message) => async (world, persona, { id = 'general' }) => {
  await world.channel(persona, id).sendMessage({ text, ...message });
};
const nothing = async () => ({});
const ofTheirs = async (world, persona) => ({ message: await world.newMessage(world.authorFor(persona)) });

export const MESSAGES = [
  { action: 'CreateMessage', call: 'channel.sendMessage', prepare: nothing, attempt: send({}) },
  { action: 'AddLinks', also: ['CreateMessage'], call: 'channel.sendMessage with a link', prepare: nothing, attempt: send({ text: 'see https://example.org/a' }) },
  {
    action: 'CreateAttachment', also: ['CreateMessage'], call: 'channel.sendMessage with attachments', prepare: nothing,
    attempt: send({ attachments: [{ type: 'file', title: 'notes' }] }),
  },
  { action: 'CreateMention', also: ['CreateMessage'], call: 'channel.sendMessage with mentioned_users', prepare: nothing, attempt: send({ mentioned_users: ['maker'] }) },
  { action: 'NotifyHere', also: ['CreateMessage'], call: 'channel.sendMessage with mentioned_here', prepare: nothing, attempt: send({ mentioned_here: true }) },
  { action: 'NotifyChannel', also: ['CreateMessage'], call: 'channel.sendMessage with mentioned_channel', prepare: nothing, attempt: send({ mentioned_channel: true }) },
  { action: 'NotifyRole', also: ['CreateMessage'], call: 'channel.sendMessage with mentioned_roles', prepare: nothing, attempt: send({ mentioned_roles: ['admin'] }) },
  { action: 'NotifyGroup', also: ['CreateMessage'], call: 'channel.sendMessage with mentioned_group_ids', prepare: nothing, attempt: send({ mentioned_group_ids: ['crew'] }) },
  {
    action: 'CreateReply', call: 'channel.sendMessage with parent_id', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.channel(persona).sendMessage({ text, parent_id: message }); },
  },
  { action: 'CreateSystemMessage', also: ['CreateMessage'], call: 'channel.sendMessage of type system', prepare: nothing, attempt: send({ type: 'system' }) },
  {
    action: 'CreateRestrictedVisibilityMessage', also: ['CreateMessage'], call: 'channel.sendMessage with restricted_visibility', prepare: nothing,
    attempt: send({ restricted_visibility: ['maker'] }),
  },
  {
    action: 'ReadRestrictedVisibilityMessage', also: ['ReadChannel'], read: true, call: 'client.getMessage of one that is for others',
    prepare: async (world) => ({ message: await world.newMessage('maker', 'general', { restricted_visibility: ['bystander'] }) }),
    attempt: async (world, persona, { message }) => { await world.as(persona).getMessage(message); },
  },
  {
    action: 'ShareLocation', also: ['CreateMessage'], call: 'channel.sendSharedLocation', prepare: nothing,
    set: { shared_locations: true },
    attempt: async (world, persona) => {
      await world.channel(persona).sendSharedLocation({ latitude: 1, longitude: 2, created_by_device_id: 'phone', message_id: world.fresh('location') });
    },
  },
  {
    action: 'SkipChannelCooldown', also: ['CreateMessage'], code: 60, refusedAs: 'CreateMessage', call: 'channel.sendMessage in slow mode, right after another',
    prepare: async (world, persona) => {
      const id = await world.newChannel();
      await world.server.channel(world.type, id).enableSlowMode(120);
      if (persona.name !== 'anonymous') await world.newMessage(world.idOf(persona), id);
      return { id };
    },
    attempt: send({}),
  },
  {
    action: 'UseFrozenChannel', also: ['CreateMessage'], refusedAs: 'CreateMessage', call: 'channel.sendMessage in a frozen channel',
    prepare: async (world) => ({ id: await world.newChannel(undefined, { frozen: true }) }),
    attempt: send({}),
  },
  {
    action: 'SkipMessageModeration', also: ['CreateMessage'], code: 73, status: 400, call: 'channel.sendMessage with a word that is blocked',
    before: async (world) => {
      await world.server.createBlockList({ name: 'rude', words: ['darn'] });
      await world.server.updateChannelType(world.type, { blocklist: 'rude', blocklist_behavior: 'block' });
    },
    prepare: nothing,
    attempt: send({ text: 'darn' }),
  },
  {
    action: 'UpdateMessage', owned: 'message', call: 'client.updateMessage', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.as(persona).updateMessage({ id: message, text: 'hello again' }); },
  },
  {
    action: 'PinMessage', call: 'client.pinMessage', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.as(persona).pinMessage(message); },
  },
  {
    action: 'DeleteMessage', owned: 'message', call: 'client.deleteMessage', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.as(persona).deleteMessage(message); },
  },
  {
    action: 'RunMessageAction', owned: 'message', call: 'channel.sendAction', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.channel(persona).sendAction(message, { answer: 'yes' }); },
  },
  {
    action: 'CreateReaction', call: 'channel.sendReaction', prepare: ofTheirs,
    attempt: async (world, persona, { message }) => { await world.channel(persona).sendReaction(message, { type: 'love' }); },
  },
  {
    action: 'DeleteReaction', owned: 'reaction', call: 'channel.deleteReaction',
    // A client names no author: what it deletes is its user's own reaction, so everybody is an owner here.
    ownsAlways: true,
    prepare: async (world, persona) => {
      const message = await world.newMessage('maker');
      if (persona.name !== 'anonymous') await world.server.channel(world.type, 'general').sendReaction(message, { type: 'love', user_id: world.idOf(persona) });
      return { message };
    },
    attempt: async (world, persona, { message }) => { await world.channel(persona).deleteReaction(message, 'love'); },
  },
  {
    action: 'SendCustomEvent', call: 'channel.sendEvent', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).sendEvent({ type: 'wave' }); },
  },
  {
    action: 'UploadAttachment', call: 'channel.sendFile', prepare: nothing,
    attempt: async (world, persona) => { await world.channel(persona).sendFile(Buffer.from('notes'), 'notes.txt', 'text/plain'); },
  },
  {
    action: 'DeleteAttachment', owned: 'attachment', call: 'channel.deleteFile',
    prepare: async (world, persona) => {
      const { file } = await world.server.channel(world.type, 'general').sendFile(Buffer.from('notes'), 'notes.txt', 'text/plain', { id: world.authorFor(persona) });
      return { file };
    },
    attempt: async (world, persona, { file }) => { await world.channel(persona).deleteFile(file); },
  },
  {
    action: 'UpdateThread', owned: 'thread', call: 'client.partialUpdateThread',
    prepare: async (world, persona) => {
      const message = await world.newMessage(world.authorFor(persona));
      await world.newMessage('maker', 'general', { parent_id: message });
      return { message };
    },
    attempt: async (world, persona, { message }) => { await world.as(persona).partialUpdateThread(message, { set: { title: 'plans' } }); },
  },
  {
    action: 'TruncateChannel', call: 'channel.truncate',
    prepare: async (world) => ({ id: await world.newChannel() }),
    attempt: async (world, persona, { id }) => { await world.channel(persona, id).truncate(); },
  },
];
