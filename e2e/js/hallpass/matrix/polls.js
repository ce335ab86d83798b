// Polls and votes. Making, changing and listing them is a matter of the app; sending and voting, of the channel.

const newPoll = async (world, persona, more = {}) => {
  const { poll } = await world.server.createPoll({ id: world.fresh('poll'), name: 'Lunch?', options: [{ text: 'soup' }, { text: 'salad' }], user_id: world.authorFor(persona), ...more });
  return poll;
};
const aPoll = async (world, persona) => ({ poll: await newPoll(world, persona) });
/** A poll in a message of the channel. */
const inChannel = async (world, persona) => {
  const poll = await newPoll(world, persona);
  return { poll, message: await world.newMessage('maker', 'general', { poll_id: poll.id }) };
};

export const POLLS = [
  {
    action: 'CreatePoll', level: '.app', ownsAlways: true, call: 'client.createPoll', prepare: async () => ({}),
    attempt: async (world, persona) => { await world.as(persona).createPoll({ id: world.fresh('poll'), name: 'Lunch?', options: [{ text: 'soup' }] }); },
  },
  {
    action: 'UpdatePoll', level: '.app', owned: 'poll', call: 'client.partialUpdatePoll', prepare: aPoll,
    attempt: async (world, persona, { poll }) => { await world.as(persona).partialUpdatePoll(poll.id, { set: { name: 'Dinner?' } }); },
  },
  {
    action: 'ClosePoll', level: '.app', owned: 'poll', call: 'client.closePoll', prepare: aPoll,
    attempt: async (world, persona, { poll }) => { await world.as(persona).closePoll(poll.id); },
  },
  {
    action: 'DeletePoll', level: '.app', owned: 'poll', call: 'client.deletePoll', prepare: aPoll,
    attempt: async (world, persona, { poll }) => { await world.as(persona).deletePoll(poll.id); },
  },
  {
    action: 'QueryPolls', level: '.app', ownsAlways: true, read: true, call: 'client.queryPolls', prepare: aPoll,
    attempt: async (world, persona) => { await world.as(persona).queryPolls({}, []); },
  },
  {
    action: 'SendPoll', also: ['CreateMessage'], call: 'channel.sendMessage with poll_id', set: { polls: true },
    // One's own: a poll that one may not see cannot be sent either.
    prepare: async (world, persona) => ({ poll: await newPoll(world, persona, persona.name === 'anonymous' ? {} : { user_id: world.idOf(persona) }) }),
    attempt: async (world, persona, { poll }) => { await world.channel(persona).sendMessage({ text: '', poll_id: poll.id }); },
  },
  {
    action: 'CastVote', call: 'client.castPollVote', prepare: inChannel, set: { polls: true },
    attempt: async (world, persona, { poll, message }) => { await world.as(persona).castPollVote(message, poll.id, { option_id: poll.options[0].id }); },
  },
  {
    action: 'QueryVotes', also: ['ReadChannel'], read: true, call: 'client.queryPollVotes', prepare: inChannel, set: { polls: true },
    attempt: async (world, persona, { poll }) => { await world.as(persona).queryPollVotes(poll.id, {}, []); },
  },
];
