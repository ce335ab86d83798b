// An app of its own for each test, with the clients that talk to it. Apps share nothing, so tests may run side by side.

import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';

import { StreamClient } from '@stream-io/node-sdk';
import { JWTServerToken, StreamChat } from 'stream-chat';

import { evaluate } from './decision.js';
import { call, credentials, timeoutMs, url } from './server.js';

/** Makes an app with the default roles and grants. */
export async function newApp() {
  const id = `e2e-${randomUUID()}`;
  const answer = await call('POST', '/v1/apps', {
    headers: { authorization: `Bearer ${credentials.root_key}` },
    json: { id, profile: 'stream' },
  });
  assert.equal(answer.status, 201, answer.text);
  return new App(answer.body);
}

export class App {
  /** @param base where its server is, if it is not the one that all tests share */
  constructor({ id, server_key, api_key, api_secret }, base = url) {
    Object.assign(this, { id, serverKey: server_key, apiKey: api_key, apiSecret: api_secret, base });
    /** `stream-chat` with the app's secret: nothing is checked. Speaks the unprefixed paths. */
    this.chat = new StreamChat(api_key, api_secret, { baseURL: base, timeout: timeoutMs });
    /** `@stream-io/node-sdk` with the app's secret: nothing is checked. Speaks `/api/v2`. */
    this.node = new StreamClient(api_key, api_secret, { basePath: base, timeout: timeoutMs });
  }

  /** `stream-chat` as a user's browser has it: a user token and no secret. Every call is checked. Opens no socket. */
  async as(userId) {
    return this.withToken(userId, this.chat.createToken(userId));
  }

  async withToken(userId, token) {
    const client = new StreamChat(this.apiKey, undefined, { baseURL: this.base, timeout: timeoutMs });
    await client._setToken({ id: userId }, token);
    client._setUser({ id: userId });
    return client;
  }

  /** One call in the user's name on any path of the Stream face, without an SDK. */
  async callAs(userId, method, path, json) {
    return this.callWith(this.chat.createToken(userId), method, path, json);
  }

  /** One call with any token on any path of the Stream face, without an SDK. */
  async callWith(token, method, path, json) {
    const address = path + (path.includes('?') ? '&' : '?') + `api_key=${this.apiKey}`;
    return call(method, address, { headers: { authorization: token, 'stream-auth-type': 'jwt' }, json, base: this.base });
  }

  /** `@stream-io/node-sdk` in a user's name. It is made for servers; with a user's token in place of its own, `/api/v2` is checked through it. */
  nodeAs(userId) {
    const client = new StreamClient(this.apiKey, this.apiSecret, { basePath: this.base, timeout: timeoutMs });
    client.apiClient.apiConfig.token = client.generateUserToken({ user_id: userId });
    return client;
  }

  /** A token that names no user: what the SDKs send that have the secret. */
  get serverToken() {
    return JWTServerToken(this.apiSecret);
  }

  /** Asks for a decision, in one word: its reason code. */
  async may(userId, action, resource) {
    return evaluate(this.serverKey, { subject: { type: 'user', id: userId }, action: { name: action }, resource }, this.base);
  }

  /** Several decisions for one subject and resource, by action. */
  async mayAll(userId, actions, resource) {
    const answers = {};
    for (const action of actions) {
      answers[action] = await this.may(userId, action, resource);
    }
    return answers;
  }
}
