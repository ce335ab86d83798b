// Refusals and errors of the Stream face, checked whole.

import assert from 'node:assert/strict';

/** Waits for a call of `stream-chat` to fail, checks the shape of the error body, and gives back what tells it apart. */
export async function refusalOf(promise) {
  const error = await failureOf(promise);
  assert.ok(error.response, `an answer from the server, not ${error.stack}`);
  const told = errorBody(error.response.status, error.response.data);
  assert.equal(error.code, told.code);
  assert.equal(error.message, `StreamChat error code ${told.code}: ${told.message}`);
  return told;
}

/** The same for `@stream-io/node-sdk`, which keeps code, status and message of the body. */
export async function nodeRefusalOf(promise) {
  const error = await failureOf(promise);
  assert.ok(error.metadata?.responseCode, `an answer from the server, not ${error.stack}`);
  const start = `Stream error code ${error.code}: `;
  assert.ok(error.message.startsWith(start), error.message);
  return { code: error.code, StatusCode: error.metadata.responseCode, message: error.message.slice(start.length) };
}

/** The same for an answer without an SDK. */
export function refusalIn(answer) {
  return errorBody(answer.status, answer.body);
}

async function failureOf(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return assert.fail(`this should have failed, and answered ${JSON.stringify(value)}`);
}

function errorBody(status, body) {
  const { code, message, StatusCode, duration, more_info, details, hallpass, ...rest } = body ?? {};
  assert.equal(StatusCode, status, `the status inside must be the status outside: ${JSON.stringify(body)}`);
  assert.match(duration, /^\d+(\.\d+)?(ms|µs|s)$/);
  assert.equal(typeof more_info, 'string');
  assert.deepEqual(details, []);
  if (code === 17) {
    assert.match(hallpass?.reason, /^[a-z_]+$/, `a refusal says why: ${JSON.stringify(body)}`);
  }
  for (const key of Object.keys(rest)) {
    assert.ok(['exception_fields', 'unrecoverable'].includes(key), `unexpected ${key} in ${JSON.stringify(body)}`);
  }
  return { code, StatusCode, message };
}

/** What a user is told who may not do something in a channel. */
export function notAllowedIn(scope, operation, userId, roles, action) {
  return notAllowed(operation, `User '${userId}' with roles [${roles.map((role) => `'${role}'`).join(', ')}] is not allowed to perform action ${action} in scope '${scope}'`);
}

/** What a user is told who may not do something in the app. */
export function notAllowedInApp(operation, userId, role, action) {
  return notAllowed(operation, `User '${userId}' with role '${role}' is not allowed to perform action ${action}`);
}

export function notAllowed(operation, text) {
  return { code: 17, StatusCode: 403, message: `${operation} failed with error: "${text}"` };
}

/** What a user is told who does what only the back end may do. */
export function serverOnly(operation, what = 'this operation') {
  return notAllowed(operation, `${what} is only allowed with server-side authentication`);
}

/** What is told about an input that means nothing. */
export function badInput(operation, text) {
  return { code: 4, StatusCode: 400, message: `${operation} failed with error: "${text}"` };
}

/** What is told about something that is not there. */
export function missing(operation, text) {
  return { code: 16, StatusCode: 404, message: `${operation} failed with error: "${text}"` };
}
