// An app of LiveChat's profile for each test, over TLS on loopback: `@livechat/lc-sdk-js` speaks nothing else. Node trusts the certificate by
// NODE_EXTRA_CA_CERTS, which `cargo xtask test js` sets.

import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import assert from 'node:assert/strict';

import lc from '@livechat/lc-sdk-js';

import { call, timeoutMs } from './server.js';

const base = process.env.HALLPASS_TLS_URL;
const credentials = base && JSON.parse(readFileSync(process.env.HALLPASS_TLS_CREDENTIALS, 'utf8'));

/** Makes an app: an organization with its owner and one OAuth client. */
export async function newLivechatApp() {
  assert.ok(base, 'HALLPASS_TLS_URL is not set; run `cargo xtask test js`');
  const answer = await call('POST', '/v1/apps', {
    headers: { authorization: `Bearer ${credentials.root_key}` },
    json: { id: `e2e-${randomUUID()}`, profile: 'livechat' },
    base,
  });
  assert.equal(answer.status, 201, answer.text);
  return new LivechatApp(answer.body);
}

export class LivechatApp {
  constructor({ id, server_key, client_id, organization_id, account_id, pat }) {
    Object.assign(this, { id, serverKey: server_key, clientId: client_id, organizationId: organization_id, ownerId: account_id, ownerPat: pat });
  }

  /** One call of the native face, with the app's server key. */
  async native(method, path, json) {
    const answer = await call(method, `/v1/apps/${this.id}${path}`, { headers: { authorization: `Bearer ${this.serverKey}` }, json, base });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  }

  /** An account with a role, in groups. What the vendor does by invitation. */
  async person(id, role, groups = [0]) {
    const change = { change: 'user_put', id, roles: [role], teams: groups.map(String) };
    await this.native('POST', '/changes', { changes: [change] });
    return id;
  }

  /** A token with scopes. With a client it is an access token of that client's, without one a personal access token. */
  async token(account, scopes, clientId) {
    return (await this.native('POST', '/tokens', { account_id: account, scopes, client_id: clientId })).pat;
  }

  /** The SDK of the Agent Chat API. It speaks v3.4 unless told otherwise. */
  chat(accessToken, version) {
    return this.#sdk(lc.Agent.Web, accessToken, version);
  }

  /** The SDK of the Configuration API. */
  configuration(accessToken, version) {
    return this.#sdk(lc.Configuration.Web, accessToken, version);
  }

  #sdk(Web, accessToken, version) {
    const token = () => ({ accessToken, organizationID: this.organizationId, region: 'dal' });
    const web = new Web(this.clientId, token, { apiUrl: new URL(base).host });
    if (version) {
      web.version = version;
    }
    return web;
  }
}

/** Waits for a call of the SDK to be refused, and gives back what it rejects with: the vendor's error object. */
export async function refusalOf(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    assert.equal(typeof error?.type, 'string', `an error from the server, not ${error?.stack ?? error}`);
    return error;
  }
  return assert.fail(`this should have failed, and answered ${JSON.stringify(value)}`);
}

/** A receiver of webhooks on loopback. The first `failures` deliveries are answered with 500. */
export async function receiver({ failures = 0 } = {}) {
  const received = [];
  const waiting = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, text, body: JSON.parse(text) });
      response.writeHead(received.length <= failures ? 500 : 204).end();
      for (const wake of waiting.splice(0)) {
        wake();
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    received,
    /** Waits until there are so many deliveries. */
    async until(count) {
      const deadline = AbortSignal.timeout(timeoutMs);
      while (received.length < count) {
        await new Promise((resolve, reject) => {
          waiting.push(resolve);
          deadline.addEventListener('abort', () => reject(new Error(`${received.length} deliveries, expected ${count}`)), { once: true });
        });
      }
      return received;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** What the header `x-hallpass-signature` must be. */
export function signature(secret, text) {
  return `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
}
