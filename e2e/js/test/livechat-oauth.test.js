// The whole OAuth dance with `oauth4webapi`, a client library that checks what the standards say, over TLS and with PKCE. The browser is
// played by `Browser`: it keeps cookies, fills in the forms of the pages, and follows nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import * as oauth from 'oauth4webapi';

import { newLivechatApp } from '../hallpass/livechat.js';
import { call } from '../hallpass/server.js';

const base = process.env.HALLPASS_TLS_URL;
const back = 'https://app.example.com/back';
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

class Browser {
  #cookies = new Map();

  async open(url, form) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.#cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get('location'), html: await response.text() };
  }

  /** Logs in and decides; the address that it ends up being sent to, or the page that it stops at. */
  async consent(url, account, pat, decision = 'allow') {
    const login = await this.open(url);
    if (login.status !== 200) return login;
    const consent = await this.open(new URL('/v2/authorize', url), { step: 'login', ticket: ticketIn(login.html), account_id: account, secret: pat });
    if (consent.status !== 200) return consent;
    return this.open(new URL('/v2/authorize', url), { step: 'consent', ticket: ticketIn(consent.html), decision });
  }
}

const ticketIn = (html) => /name="ticket" value="([^"]+)"/.exec(html)[1];

/** An app with Nick (normal) and Ada (administrator), and a client of the kind that is asked for. */
async function scene(type, scopes) {
  const app = await newLivechatApp();
  await app.person('nick', 'normal');
  await app.person('ada', 'administrator');
  const registered = await app.native('POST', '/clients', { name: 'Night shift', type, redirect_uris: [back], scopes });
  const client = { client_id: registered.client_id };
  const proof = registered.client_secret ? oauth.ClientSecretBasic(registered.client_secret) : oauth.None();
  const issuer = new URL(base);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' }));
  return { app, client, proof, server };
}

/** Where the browser begins, and what the client keeps to itself. */
async function begin({ client, server }, scope, more = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: client.client_id,
    redirect_uri: back,
    response_type: 'code',
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, verifier, state };
}

/** The dance up to the code, as parameters that the library has checked. */
async function dance(setting, scope, account = 'nick') {
  const { app, client, server } = setting;
  const pat = await app.token(account, scope.split(' '));
  const begun = await begin(setting, scope);
  const sent = await new Browser().consent(begun.url, account, pat);
  assert.equal(sent.status, 303, sent.html);
  const parameters = oauth.validateAuthResponse(server, client, new URL(sent.location), begun.state);
  return { ...begun, parameters, pat };
}

async function trade({ client, proof, server }, { parameters, verifier }, { redirect = back } = {}) {
  const response = await oauth.authorizationCodeGrantRequest(server, client, proof, parameters, redirect, verifier);
  return oauth.processAuthorizationCodeResponse(server, client, response);
}

async function refresh({ client, proof, server }, token, scope) {
  const more = scope ? { additionalParameters: { scope } } : {};
  return oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, proof, token, more));
}

/** Whether a token opens the method, on the wire. */
async function opens(token, api, method) {
  const answer = await call('POST', `/v3.6/${api}/action/${method}`, { headers: { authorization: `Bearer ${token}` }, json: {}, base });
  return answer.status === 200 ? true : answer.body.error.type;
}

const isRefused = (error, description) => (thrown) => {
  assert.equal(thrown.error, error, thrown.stack);
  if (description) assert.match(thrown.error_description, description);
  return true;
};

describe('LiveChat: the OAuth dance', () => {
  for (const type of ['javascript_app', 'server_side_app']) {
    test(`a ${type} gets tokens that open what was agreed to, and refreshes them`, async () => {
      const setting = await scene(type, ['agents--all:ro', 'groups--all:ro']);
      const danced = await dance(setting, 'agents--all:ro');
      const tokens = await trade(setting, danced);
      assert.equal(tokens.token_type, 'bearer');
      assert.equal(tokens.expires_in, 28_800);
      assert.equal(tokens.scope, 'agents--all:ro');
      assert.equal(await opens(tokens.access_token, 'configuration', 'list_agents'), true);
      assert.equal(await opens(tokens.access_token, 'configuration', 'list_groups'), 'authorization');

      const next = await refresh(setting, tokens.refresh_token);
      assert.equal(await opens(next.access_token, 'configuration', 'list_agents'), true);
      if (type === 'javascript_app') {
        assert.notEqual(next.refresh_token, tokens.refresh_token);
        await assert.rejects(refresh(setting, tokens.refresh_token), isRefused('invalid_grant', /used before/));
        assert.equal(await opens(next.access_token, 'configuration', 'list_agents'), 'authentication');
      } else {
        assert.equal(next.refresh_token, tokens.refresh_token);
      }
    });
  }

  test('the sources of a code are checked: address, verifier, and that it is new', async () => {
    const setting = await scene('javascript_app', ['agents--all:ro']);
    const danced = await dance(setting, 'agents--all:ro');
    await assert.rejects(trade(setting, danced, { redirect: 'https://app.example.com/back/other' }), isRefused('invalid_grant', /redirect_uri/));
    const wrong = { ...danced, verifier: oauth.generateRandomCodeVerifier() };
    await assert.rejects(trade(setting, wrong), isRefused('invalid_grant', /code_verifier/));
    const tokens = await trade(setting, danced);
    await assert.rejects(trade(setting, danced), isRefused('invalid_grant', /traded before/));
    assert.equal(await opens(tokens.access_token, 'configuration', 'list_agents'), 'authentication', 'what came of it is revoked');
  });

  test('an unregistered address sends the browser nowhere; other errors come back to the client', async () => {
    const setting = await scene('javascript_app', ['agents--all:ro']);
    const foreign = await begin(setting, 'agents--all:ro', { redirect_uri: 'https://evil.example.com/back' });
    const stopped = await new Browser().open(foreign.url);
    assert.deepEqual([stopped.status, stopped.location], [400, null]);

    const misspelt = await begin(setting, 'agents-all:ro');
    const sent = await new Browser().open(misspelt.url);
    assert.throws(
      () => oauth.validateAuthResponse(setting.server, setting.client, new URL(sent.location), misspelt.state),
      isRefused('invalid_scope', /did you mean 'agents--all:ro'/),
    );
  });

  test('a scope that is not for the role is refused, whole', async () => {
    const setting = await scene('javascript_app', ['agents--all:rw', 'agents--all:ro']);
    const pat = await setting.app.token('nick', ['agents--all:ro']);
    const begun = await begin(setting, 'agents--all:rw agents--all:ro');
    const page = await new Browser().consent(begun.url, 'nick', pat);
    assert.equal(page.status, 403);
    const link = /href="([^"]+)"/.exec(page.html)[1].replaceAll('&amp;', '&');
    assert.throws(
      () => oauth.validateAuthResponse(setting.server, setting.client, new URL(link), begun.state),
      isRefused('invalid_scope', /the role normal may not hold agents--all:rw/),
    );
    await trade(setting, await dance(setting, 'agents--all:rw agents--all:ro', 'ada'));
  });

  test('a refresh narrows and never widens; so does an exchange', async () => {
    const setting = await scene('server_side_app', ['agents--all:rw', 'groups--all:ro']);
    const tokens = await trade(setting, await dance(setting, 'agents--all:rw', 'ada'));
    const narrow = await refresh(setting, tokens.refresh_token, 'agents--all:ro');
    assert.equal(narrow.scope, 'agents--all:ro');
    await assert.rejects(refresh(setting, tokens.refresh_token, 'agents--all:rw groups--all:ro'), isRefused('invalid_scope'));

    const { client, proof, server } = setting;
    const ask = async (scope) => {
      const parameters = { subject_token: tokens.access_token, subject_token_type: accessToken, scope };
      const response = await oauth.genericTokenEndpointRequest(server, client, proof, exchange, parameters);
      return oauth.processGenericTokenEndpointResponse(server, client, response);
    };
    const exchanged = await ask('agents--all:ro');
    assert.equal(await opens(exchanged.access_token, 'configuration', 'list_agents'), true);
    assert.equal(await opens(exchanged.access_token, 'configuration', 'list_groups'), 'authorization');
    await assert.rejects(ask('groups--all:ro'), isRefused('invalid_scope', /subject_token does not hold groups--all:ro/));
  });

  test('what is revoked opens nothing, and introspection says so', async () => {
    const setting = await scene('server_side_app', ['agents--all:ro']);
    const { client, proof, server } = setting;
    const tokens = await trade(setting, await dance(setting, 'agents--all:ro'));
    const introspect = async () =>
      oauth.processIntrospectionResponse(server, client, await oauth.introspectionRequest(server, client, proof, tokens.access_token));
    const before = await introspect();
    assert.deepEqual([before.active, before.sub, before.client_id, before.scope], [true, 'nick', client.client_id, 'agents--all:ro']);
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, tokens.access_token));
    assert.deepEqual(await introspect(), { active: false });
    assert.equal(await opens(tokens.access_token, 'configuration', 'list_agents'), 'authentication');
    await assert.rejects(refresh(setting, tokens.refresh_token), isRefused('invalid_grant'));
  });

  test('a wrong client secret is told as such', async () => {
    const setting = await scene('server_side_app', ['agents--all:ro']);
    const danced = await dance(setting, 'agents--all:ro');
    const stranger = { ...setting, proof: oauth.ClientSecretPost('wrong') };
    await assert.rejects(trade(stranger, danced), (thrown) => {
      assert.equal(thrown.status ?? thrown.cause?.status ?? thrown.response?.status, 401, thrown.stack);
      return true;
    });
    await trade({ ...setting }, danced);
  });

  test('a role that drops takes effect on the next call', async () => {
    const setting = await scene('server_side_app', ['groups--all:rw']);
    const tokens = await trade(setting, await dance(setting, 'groups--all:rw', 'ada'));
    const create = async (name) => {
      const json = { name, agent_priorities: {} };
      const answer = await call('POST', '/v3.6/configuration/action/create_group', { headers: { authorization: `Bearer ${tokens.access_token}` }, json, base });
      return answer.status === 200 ? true : answer.body.error.data.reason;
    };
    assert.equal(await create('before'), true);
    await setting.app.person('ada', 'normal');
    assert.equal(await create('after'), 'role_layer_denied');
  });
});
