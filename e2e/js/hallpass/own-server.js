// A server that a test starts for itself.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { timeoutMs } from './server.js';

/** The data directory inside the server's home: the default. */
export const DATA = 'hallpass-data';
/** Between two looks at whether it listens. */
const LOOK_AGAIN_MS = 20;

/** Starts a server in a directory, on a free port or the one that a server before it had, and waits until it listens. */
export async function serve(binary, home, port = 0) {
  const child = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data', DATA], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (chunk) => (log += chunk));
  child.stderr.on('data', (chunk) => (log += chunk));
  let over = false;
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code, signal) => resolve(code ?? signal));
  }).finally(() => (over = true));
  /** Ends it with a signal; gives back its exit status, or the signal that killed it. */
  const end = async (signal) => {
    child.kill(signal);
    return ended;
  };
  const deadline = Date.now() + timeoutMs;
  while (!over && Date.now() < deadline) {
    const listening = await readFile(join(home, DATA, 'listening.json'), 'utf8').then(JSON.parse, () => undefined);
    // After a crash the file of the server before may still be there.
    if (listening?.pid === child.pid) {
      return { url: listening.url, printed: () => log, end };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Error(`the server did not listen (${await end('SIGKILL')}):\n${log}`);
}
