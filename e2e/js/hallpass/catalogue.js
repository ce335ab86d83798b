// What is documented of Stream's permissions and default grants: the expectations of the matrix. Nothing here asks the server.

import { readFileSync } from 'node:fs';

function facts(name) {
  return JSON.parse(readFileSync(new URL(`../../../corpus/facts/${name}.json`, import.meta.url), 'utf8'));
}

const PERMISSIONS = facts('stream_permissions').permissions;
const BY_ID = new Map(PERMISSIONS.map((permission) => [permission.id, permission]));

/** Level → role → ids. */
export const DEFAULT_GRANTS = facts('stream_recommended_grants').recommended;

/** All actions of chat and moderation. */
export const ACTIONS = [...new Set(PERMISSIONS.map((permission) => permission.action))].sort();

/** Every id that opens an action. */
export function idsOf(action) {
  return PERMISSIONS.filter((permission) => permission.action === action).map((permission) => permission.id);
}

/** The id that opens an action for everybody in the team, whoever owns the resource. */
export function plainIdOf(action) {
  return PERMISSIONS.find((permission) => permission.action === action && !permission.owner && permission.same_team).id;
}

/** Whether grants open an action to somebody with these roles, who owns the resource or does not. Teams are off, so they do not count. */
export function opens(grants, roles, action, owns) {
  const held = roles.flatMap((role) => grants[role] ?? []).map((id) => BY_ID.get(id));
  return held.some((permission) => permission?.action === action && (owns || !permission.owner));
}
