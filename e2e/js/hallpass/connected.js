// `stream-chat` as a user's browser has it, connected: everything goes through `connectUser` and its WebSocket.

import { StreamChat } from 'stream-chat';

import { timeoutMs } from './server.js';

/** How long connecting may take. */
const CONNECT_MS = 8_000;

/** Connects a user of an app. Close it with `disconnectUser`. */
export async function connected(app, user, tokenOrProvider = app.chat.createToken(user.id ?? user)) {
  const client = browser(app);
  await client.connectUser(typeof user === 'string' ? { id: user } : user, tokenOrProvider);
  return client;
}

/** A client that nobody is connected with yet. */
export function browser(app) {
  const client = new StreamChat(app.apiKey, undefined, { baseURL: app.base, timeout: timeoutMs, allowServerSideConnect: true });
  // The SDK holds the process open for as long as this after each connection.
  client.defaultWSTimeout = CONNECT_MS;
  return client;
}

/** Writes down what a client (or one of its channels) hears, and waits for what it is to hear. */
export class Ear {
  #events = [];
  #waiting = [];

  constructor(source) {
    source.on((event) => {
      this.#events.push(event);
      this.#waiting.forEach((look) => look());
    });
  }

  /** The first event of this type (for which `fits` holds) that was not waited for yet; waits for it if it has not come. */
  async next(type, fits = () => true) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== look);
        reject(new Error(`no ${type} came, but ${JSON.stringify(this.#events.map((event) => event.type))}`));
      }, timeoutMs);
      const look = () => {
        const at = this.#events.findIndex((event) => event.type === type && fits(event));
        if (at < 0) return;
        clearTimeout(late);
        this.#waiting = this.#waiting.filter((one) => one !== look);
        resolve(this.#events.splice(at, 1)[0]);
      };
      this.#waiting.push(look);
      look();
    });
  }

  /** Whether something came, was not waited for, and fits. */
  heard(fits) {
    return this.#events.some(fits);
  }

  /** The types of what came and was not waited for, in order. */
  get types() {
    return this.#events.map((event) => event.type);
  }
}
