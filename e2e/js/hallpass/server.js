// Where the server under test is, and the key that manages its apps. `cargo xtask test js` sets both.

import { readFileSync } from 'node:fs';

function setting(name, meaning) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set (${meaning}). Run \`cargo xtask test js\`, or see docs/testing.md for running the suite against your own server.`);
  }
  return value;
}

/** Base URL of the server, such as `http://127.0.0.1:41231`. */
export const url = setting('HALLPASS_URL', 'the base URL of a running server');

/** What the server wrote into its data directory at the first start. */
export const credentials = JSON.parse(readFileSync(setting('HALLPASS_CREDENTIALS', "the path of that server's credentials.json"), 'utf8'));

/** How long one call may take in milliseconds. Generous: a debug build on a busy machine, with a disk that really syncs. */
export const timeoutMs = 30_000;

/**
 * One HTTP call without any SDK in between.
 * @returns {{status: number, headers: Headers, text: string, body: any}} `body` is the parsed JSON, or undefined where the answer is none.
 */
export async function call(method, path, { headers = {}, json, text, base = url } = {}) {
  const response = await fetch(base + path, {
    method,
    headers: json === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: json === undefined ? text : JSON.stringify(json),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = await response.text();
  let body;
  try {
    body = JSON.parse(answer);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text: answer, body };
}
