// People and channels that many conversations start from.

/** Makes users, all with the default role unless one is given. */
export async function people(app, ...users) {
  await app.chat.upsertUsers(users.map((user) => (typeof user === 'string' ? { id: user } : user)));
}

/** Makes a channel that `owner` created, with these members. Gives back the server-side channel of `stream-chat`. */
export async function channelOf(app, owner, cid, members = []) {
  const [type, id] = cid.split(':');
  const channel = app.chat.channel(type, id, { created_by_id: owner, members });
  await channel.create();
  return channel;
}

/** The channel roles of all members, by user id. */
export function rolesOf(members) {
  return Object.fromEntries(members.map((member) => [member.user_id, member.channel_role]));
}

/** Those fields of an object that are named. */
export function pick(object, ...keys) {
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}
