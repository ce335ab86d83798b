// CometChat apps, and users of them with the vendor's own SDK.
//
// The SDK is made for a browser and keeps one user in global state. Here its source is evaluated once per user, with stand-ins for what
// it takes from a browser, so that several people can act in one process. Nothing of the SDK itself is replaced.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

import { evaluate } from './decision.js';
import { timeoutMs } from './server.js';

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run \`cargo xtask test js\`, or see docs/testing.md.`);
  return value;
}

/** Base URL of the HTTPS server: this SDK speaks nothing else. */
export const base = setting('HALLPASS_TLS_URL');
const credentials = JSON.parse(readFileSync(setting('HALLPASS_TLS_CREDENTIALS'), 'utf8'));

const NAMES = ['window', 'self', 'document', 'navigator', 'localStorage', 'sessionStorage', 'location', 'WebSocket', 'XMLHttpRequest', 'fetch', 'setTimeout', 'setInterval', 'module', 'exports'];
const source = readFileSync(createRequire(import.meta.url).resolve('@cometchat/chat-sdk-javascript/CometChat.js'), 'utf8');
const load = new Script(`(function (${NAMES.join(', ')}) {${source}\n})`, { filename: 'CometChat.js' }).runInThisContext();

/** As much of `Storage` as browsers have. */
class MemoryStorage {
  #entries = new Map();

  get length() {
    return this.#entries.size;
  }

  key(index) {
    return [...this.#entries.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#entries.get(String(key)) ?? null;
  }

  setItem(key, value) {
    this.#entries.set(String(key), String(value));
  }

  removeItem(key) {
    this.#entries.delete(String(key));
  }

  clear() {
    this.#entries.clear();
  }
}

/** A browser, in which no socket is opened unless a class for them is given. */
function browser(WebSocket) {
  const location = new URL('https://chat.example.com/');
  const document = { hasFocus: () => true, querySelector: () => null, getElementsByName: () => [], createElement: () => ({}), addEventListener() {} };
  const navigator = { userAgent: 'hallpass-e2e', platform: 'node', onLine: true };
  const screen = { width: 1280, height: 800 };
  const matchMedia = () => ({ matches: false });
  const window = { location, document, navigator, screen, matchMedia, localStorage: new MemoryStorage(), sessionStorage: new MemoryStorage(), addEventListener() {}, removeEventListener() {} };
  class None {
    constructor() {
      throw new Error('not in these tests');
    }
  }
  return { ...window, window, self: window, WebSocket: WebSocket ?? None, XMLHttpRequest: None, fetch: browserFetch, setTimeout: patient(setTimeout), setInterval: patient(setInterval) };
}

/** `fetch` without what only a page has: Node takes `no-referrer` for a URL. */
function browserFetch(url, { method, headers, body }) {
  return fetch(url, { method, headers, body, signal: AbortSignal.timeout(timeoutMs) });
}

/** Timers that keep nobody waiting: the SDK reports its browser five seconds after a login, rings for 45, and reconnects for ever. */
const patient =
  (start) =>
  (...timer) => {
    const handle = start(...timer);
    handle.unref();
    return handle;
  };

/** The SDK, as a browser that has just been opened has it. */
export function freshSdk(WebSocket) {
  const module = { exports: {} };
  const globals = { ...browser(WebSocket), module, exports: module.exports };
  load(...NAMES.map((name) => globals[name]));
  return module.exports.CometChat;
}

/** Makes a CometChat app with the default role and permissions. */
export async function newApp() {
  const id = `e2e-${randomUUID()}`;
  const response = await fetch(`${base}/v1/apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials.root_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id, profile: 'cometchat' }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const made = await response.json();
  assert.equal(response.status, 201, JSON.stringify(made));
  return new App(made);
}

export class App {
  constructor({ id, server_key, api_key, auth_key }) {
    Object.assign(this, { id, serverKey: server_key, apiKey: api_key, authKey: auth_key });
  }

  /** One call of the REST API. */
  async call(method, path, { json, headers = {}, version = 'v3' } = {}) {
    const response = await fetch(`${base}/${version}${path}`, {
      method,
      headers: { appId: this.id, accept: 'application/json', ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: json === undefined ? undefined : JSON.stringify(json),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : undefined };
  }

  /** One call with the full-access key, which has to succeed; gives back its `data`. */
  async rest(method, path, json, onBehalfOf) {
    const answer = await this.call(method, path, { json, headers: { apikey: this.apiKey, ...(onBehalfOf ? { onBehalfOf } : {}) } });
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
    return answer.body.data;
  }

  /** Makes users with the default role. */
  async people(...uids) {
    for (const uid of uids) await this.rest('POST', '/users', { uid, name: name(uid) });
  }

  /** Makes a group of ana's. */
  async group(guid, members = {}, more = {}) {
    return this.rest('POST', '/groups', { guid, name: name(guid), type: 'public', owner: 'ana', members, ...more });
  }

  /** The SDK, pointed here; nobody is logged in. With a class for sockets it opens one, as it does where nothing else is said. */
  async sdk(WebSocket) {
    const CometChat = freshSdk(WebSocket);
    const host = `${new URL(base).host}/v3.0`;
    const builder = new CometChat.AppSettingsBuilder().setRegion('us').overrideAdminHost(host).overrideClientHost(host);
    const settings = builder.autoEstablishSocketConnection(WebSocket !== undefined).build();
    assert.equal(await CometChat.init(this.id, settings), true);
    return CometChat;
  }

  /** The SDK with a user logged in, by the auth key. */
  async as(uid) {
    const CometChat = await this.sdk();
    const me = await CometChat.login(uid, this.authKey);
    assert.equal(me.getUid(), uid);
    return CometChat;
  }

  /** Asks for a decision: its reason code. */
  async may(uid, action, resource) {
    return evaluate(this.serverKey, { subject: { type: 'user', id: uid }, action: { name: action }, resource }, base);
  }
}

/** Ana for ana. */
export function name(id) {
  return id[0].toUpperCase() + id.slice(1);
}

/** Waits for a call of the SDK to fail, and gives back the code that it failed with. */
export async function refusalOf(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    assert.equal(typeof error.code, 'string', `an error of the vendor's form, not ${error.stack ?? JSON.stringify(error)}`);
    assert.ok(error.message?.length > 0, `with a text: ${JSON.stringify(error)}`);
    return error.code;
  }
  return assert.fail(`this should have failed, and answered ${JSON.stringify(value)}`);
}
