// Runs one case of the permission matrix: everybody tries, with the default grants, without the one in question, and with it again.

import assert from 'node:assert/strict';

import { DEFAULT_GRANTS, idsOf, opens, plainIdOf } from '../catalogue.js';
import { PERSONAS, ROLES, USER_ROLES, newWorld } from '../personas.js';

/** Status of a refusal, by its code. */
const STATUS = { 17: 403, 60: 403, 73: 400 };

/** The roles that can hold something at a level: of users in the app, of members too in channels. */
function rolesAt(level) {
  return level === '.app' ? USER_ROLES : ROLES;
}

/** What these hold by default. */
function defaults(level) {
  return Object.fromEntries(rolesAt(level).map((role) => [role, DEFAULT_GRANTS[level][role] ?? []]));
}

/** Whether the documented grants let a persona make the call. */
export function expected(one, persona, grants) {
  const roles = [persona.role, ...(one.outside || one.level === '.app' ? [] : [persona.channelRole])].filter(Boolean);
  const owns = one.ownsAlways || (Boolean(persona.owner) && one.owned !== 'nothing');
  const may = (action) => opens(grants, roles, action, owns);
  const writes = !one.read;
  return !(persona.name === 'anonymous' && writes) && (may(one.action) || (one.or ?? []).some(may)) && (one.also ?? []).every(may);
}

/** Tries the call as everybody. Gives back, by name, `undefined` for a success and else the error. */
async function everybodyTries(one, world) {
  const attempt = async (persona) => {
    const scene = await one.prepare(world, persona);
    const error = await one.attempt(world, persona, scene).then(() => undefined, (reason) => reason);
    if (error && !error.response) throw error;
    return [persona.name, error];
  };
  return Object.fromEntries(await Promise.all(PERSONAS.map(attempt)));
}

const done = (error) => (error ? `refused: ${error.message}` : 'done');

/** The scene of a case, in channels of a type. */
async function sceneOf(one, type) {
  const world = await newWorld(type);
  if (one.set) await world.server.updateChannelType(type, one.set);
  await one.before?.(world);
  return world;
}

/** Everybody tries with the default grants of a level. */
async function tryByDefault(one, world, level) {
  const byDefault = defaults(level);
  for (const [name, error] of Object.entries(await everybodyTries(one, world))) {
    const persona = PERSONAS.find((somebody) => somebody.name === name);
    const should = expected(one, persona, byDefault);
    assert.equal(error === undefined, should, `${one.action} as ${name}, by default at ${level}: ${done(error)}; the documented grants say ${should ? 'yes' : 'no'}`);
    if (error) isRefusal(one, name, error);
  }
}

/** One case in a channel type, with its default grants only. */
export async function runByDefault(one, type) {
  await tryByDefault(one, await sceneOf(one, type), type);
}

/** One case: with the default grants, without the one in question, and with it again. */
export async function run(one) {
  const level = one.level ?? 'messaging';
  const world = await sceneOf(one, 'messaging');
  await tryByDefault(one, world, level);

  // Everything that the call needs besides, for everybody; and of the one in question, nothing.
  const actions = [one.action, ...(one.or ?? [])];
  const taken = new Set(actions.flatMap(idsOf));
  const besides = (one.also ?? []).map(plainIdOf);
  const byDefault = defaults(level);
  const without = Object.fromEntries(rolesAt(level).map((role) => [role, [...new Set([...byDefault[role].filter((id) => !taken.has(id)), ...besides])]]));
  await world.setGrants(level, without);
  for (const [name, error] of Object.entries(await everybodyTries(one, world))) {
    assert.ok(error, `${one.action} as ${name}, taken away: done all the same`);
    isRefusal(one, name, error, name !== 'anonymous' || Boolean(one.read));
  }

  // Given back.
  const back = Object.fromEntries(rolesAt(level).map((role) => [role, [...without[role], plainIdOf(one.action)]]));
  await world.setGrants(level, back);
  for (const [name, error] of Object.entries(await everybodyTries(one, world))) {
    const should = name !== 'anonymous' || Boolean(one.read);
    assert.equal(error === undefined, should, `${one.action} as ${name}, given back: ${done(error)}`);
  }
}

/** A refusal is in the vendor's words, and says beside them why, and (where only this one grant is missing) what for. */
function isRefusal(one, name, error, onlyThis = false) {
  const { data, status } = error.response;
  const codes = onlyThis ? [one.code ?? 17] : [17, one.code ?? 17];
  const where = `${one.action} as ${name}: ${JSON.stringify(data)}`;
  assert.ok(codes.includes(data.code), where);
  assert.equal(status, STATUS[data.code], where);
  assert.match(data.hallpass?.reason, /^[a-z_]+$/, where);
  if (!onlyThis) return;
  const asked = one.refusedAs ? [one.refusedAs] : [one.action, ...(one.or ?? [])];
  assert.ok(asked.includes(data.hallpass.action), where);
  if (!one.refusedAs) assert.ok(asked.some((action) => data.hallpass.missing?.includes(plainIdOf(action))), where);
}
