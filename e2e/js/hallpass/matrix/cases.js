// All cases of the permission matrix.

import { CHANNELS } from './channels.js';
import { MESSAGES } from './messages.js';
import { MODERATION } from './moderation.js';
import { POLLS } from './polls.js';
import { USERS } from './users.js';

export const CASES = [...MESSAGES, ...POLLS, ...CHANNELS, ...USERS, ...MODERATION];

/** Actions that no call of a client exercises, each with the reason. There is none. */
export const WITHOUT_A_CALL = {};
