// What one does to users.

const nothing = async () => ({});
/** Somebody to be changed: oneself, for the owner. */
const target = async (world, persona) => {
  if (persona.owner) return { id: world.idOf(persona) };
  const id = world.fresh('user');
  await world.server.upsertUser({ id });
  return { id };
};
const somebody = async (world) => {
  const id = world.fresh('user');
  await world.server.upsertUser({ id });
  return { id };
};
const set = (fields) => async (world, persona, { id }) => { await world.as(persona).partialUpdateUser({ id, set: fields }); };

export const USERS = [
  { action: 'SearchUser', level: '.app', read: true, call: 'client.queryUsers', prepare: nothing, attempt: async (world, persona) => { await world.as(persona).queryUsers({ id: 'bystander' }); } },
  { action: 'MuteUser', level: '.app', call: 'client.muteUser', prepare: nothing, attempt: async (world, persona) => { await world.as(persona).muteUser('bystander'); } },
  { action: 'FlagUser', level: '.app', call: 'client.flagUser', prepare: nothing, attempt: async (world, persona) => { await world.as(persona).flagUser('bystander'); } },
  { action: 'UpdateUser', level: '.app', owned: 'user', call: 'client.partialUpdateUser', prepare: target, attempt: set({ name: 'Somebody' }) },
  { action: 'UpdateUserRole', level: '.app', also: ['UpdateUser'], owned: 'nothing', call: 'client.partialUpdateUser of role', prepare: somebody, attempt: set({ role: 'moderator' }) },
  { action: 'UpdateUserTeams', level: '.app', also: ['UpdateUser'], owned: 'nothing', call: 'client.partialUpdateUser of teams', prepare: somebody, attempt: set({ teams: ['red'] }) },
];
