// Decisions, asked the standard way: AuthZEN 1.0 with the app's server key.

import assert from 'node:assert/strict';

import { call } from './server.js';

/** Asks one question. The answer is checked whole and given back as its reason code, which also says whether it was allowed. */
export async function evaluate(serverKey, question, base) {
  const answer = await call('POST', '/access/v1/evaluation', { headers: { authorization: `Bearer ${serverKey}` }, json: question, base });
  assert.equal(answer.status, 200, answer.text);
  const { decision, context, ...rest } = answer.body;
  assert.deepEqual(rest, {}, 'nothing but decision and context');
  assert.equal(typeof decision, 'boolean');
  assert.ok(Number.isInteger(context.revision), `a revision in ${answer.text}`);
  assert.ok(context.text.length > 0, `a sentence for people in ${answer.text}`);
  assert.equal(decision, context.reason === 'granted', `the reason must fit the decision in ${answer.text}`);
  return context.reason;
}

/** A channel, named `type:id`. */
export function channel(cid) {
  return { type: 'channel', id: cid };
}

/** A message in a channel. AuthZEN knows it by what comes with the question: its channel and author. */
export function message(cid, author) {
  return { type: 'message', id: 'message-1', properties: { channel: cid, owner: author } };
}

/** An uploaded file in a channel. */
export function attachment(cid, uploader) {
  return { type: 'attachment', id: 'file-1', properties: { channel: cid, owner: uploader } };
}

/** A user. */
export function user(id) {
  return { type: 'user', id };
}
