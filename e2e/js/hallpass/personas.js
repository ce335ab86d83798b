// The eight people of the permission matrix, and the app in which each action is tried.

import { randomUUID } from 'node:crypto';

import { StreamChat } from 'stream-chat';

import { newApp } from './app.js';
import { call, timeoutMs } from './server.js';

/** Who they are: a user role each, and a channel role for those who are members of the channel. */
export const PERSONAS = [
  { name: 'user', role: 'user' },
  { name: 'guest', role: 'guest' },
  { name: 'anonymous', role: 'anonymous' },
  { name: 'channel member', role: 'user', channelRole: 'channel_member' },
  { name: 'channel moderator', role: 'user', channelRole: 'channel_moderator' },
  { name: 'moderator', role: 'moderator' },
  { name: 'admin', role: 'admin' },
  { name: 'owner', role: 'user', owner: true },
];

/** Every user role that one of them has. */
export const USER_ROLES = [...new Set(PERSONAS.map((persona) => persona.role))];

/** Every role that one of them has. */
export const ROLES = [...new Set(PERSONAS.flatMap((persona) => [persona.role, persona.channelRole]).filter(Boolean))];

const idOf = (persona) => persona.name.replace(' ', '-');

/** An app with the eight, a maker of what is nobody's of theirs, and a bystander to whom things are done; its channels are of one type. */
export async function newWorld(type = 'messaging') {
  const app = await newApp();
  const known = PERSONAS.filter((persona) => !['guest', 'anonymous'].includes(persona.name));
  await app.chat.upsertUsers([...known.map((persona) => ({ id: idOf(persona), role: persona.role })), { id: 'maker' }, { id: 'bystander' }]);
  const world = new World(app, type);
  await Promise.all(PERSONAS.map((persona) => world.letIn(persona)));
  await world.newChannel('general');
  return world;
}

class World {
  #ids = new Map();
  #clients = new Map();
  #made = 0;

  constructor(app, type) {
    this.app = app;
    /** Of which type its channels are. */
    this.type = type;
    /** The app's own back end. */
    this.server = app.chat;
  }

  /** Makes their client. */
  async letIn(persona) {
    if (persona.name === 'anonymous') {
      const client = new StreamChat(this.app.apiKey, undefined, { baseURL: this.app.base, timeout: timeoutMs });
      client.anonymous = true;
      client._setUser({ id: randomUUID(), anon: true });
      this.#clients.set(persona, client);
    } else if (persona.name === 'guest') {
      const answer = await call('POST', `/guest?api_key=${this.app.apiKey}`, { headers: { 'stream-auth-type': 'anonymous' }, json: { user: { id: 'guest' } } });
      this.#ids.set(persona, answer.body.user.id);
      this.#clients.set(persona, await this.app.withToken(answer.body.user.id, answer.body.access_token));
    } else {
      this.#ids.set(persona, idOf(persona));
      this.#clients.set(persona, await this.app.as(idOf(persona)));
    }
  }

  /** `stream-chat` as they have it in their browser. */
  as(persona) {
    return this.#clients.get(persona);
  }

  /** Their id; nobody's for the one without a token. */
  idOf(persona) {
    return this.#ids.get(persona) ?? 'nobody';
  }

  /** A user who is really there, for things made in their name. */
  authorFor(persona) {
    return persona.owner ? this.idOf(persona) : 'maker';
  }

  /** A name that nothing has yet. */
  fresh(what = 'thing') {
    this.#made += 1;
    return `${what}-${this.#made}`;
  }

  /** A channel that the owner made and that the two members are in. Gives back its id. */
  async newChannel(id = this.fresh('channel'), data = {}) {
    const members = PERSONAS.filter((persona) => persona.channelRole).map((persona) => ({ user_id: idOf(persona), channel_role: persona.channelRole }));
    await this.server.channel(this.type, id, { created_by_id: 'owner', members, ...data }).create();
    return id;
  }

  /** A message in a channel, of somebody. Gives back its id. */
  async newMessage(author, channel = 'general', message = {}) {
    const answer = await this.server.channel(this.type, channel).sendMessage({ text: 'hello', user_id: author, ...message });
    return answer.message.id;
  }

  /** Their view of a channel. It is not queried first, so that reading it decides nothing. */
  channel(persona, id = 'general') {
    const channel = this.as(persona).channel(this.type, id);
    channel.initialized = true;
    return channel;
  }

  /** Replaces grants of roles at a level. */
  async setGrants(level, grants) {
    if (level === '.app') await this.server.updateAppSettings({ grants });
    else await this.server.updateChannelType(level, { grants });
  }
}
