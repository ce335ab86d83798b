// Commands in the documentation, run as a reader would paste them.
//
// A fence whose info string is ```sh test=NAME is run. A fence ```json test=NAME is what the sh fence of that name prints, where "…" stands for any value.
// The fences of one page run in order, in one shell, in an empty directory, against a fresh server.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { serve } from './own-server.js';
import { timeoutMs } from './server.js';

/** The address that the pages name, because it is the default. */
const DOCUMENTED_ADDRESS = '127.0.0.1:4700';

/** The packages of this suite. */
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));

/** The fences of a page that carry `test=NAME`, in order. */
export function testedFences(markdown) {
  const fences = [];
  let open;
  markdown.split(/\r?\n/).forEach((line, index) => {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (open) {
      if (mark && mark[1].startsWith(open.mark) && mark[2].trim() === '') {
        if (open.name) fences.push({ language: open.language, name: open.name, line: open.line, text: open.lines.join('\n') });
        open = undefined;
      } else {
        open.lines.push(line);
      }
    } else if (mark) {
      const [language = '', ...words] = mark[2].trim().split(/\s+/);
      const name = words.map((word) => /^test=(.+)$/.exec(word)?.[1]).find(Boolean);
      open = { mark: mark[1], language, name, line: index + 1, lines: [] };
    }
  });
  return fences;
}

/** What a page says is to be run, and what it says is printed. */
export function steps(markdown) {
  const fences = testedFences(markdown);
  const commands = fences.filter((fence) => fence.language === 'sh');
  for (const fence of fences.filter((one) => one.language !== 'sh')) {
    const step = commands.findLast((one) => one.name === fence.name && one.line < fence.line);
    if (!step || step.prints !== undefined || fence.language !== 'json') {
      throw new Error(`line ${fence.line}: \`${fence.language} test=${fence.name}\` must be json and follow an sh fence of the same name`);
    }
    step.prints = JSON.parse(fence.text);
  }
  return commands;
}

/** Whether a value is what the page says, `"…"` being anything. */
export function isAsDocumented(actual, documented) {
  if (documented === '…') return true;
  if (Array.isArray(documented)) {
    return Array.isArray(actual) && actual.length === documented.length && documented.every((one, index) => isAsDocumented(actual[index], one));
  }
  if (documented !== null && typeof documented === 'object') {
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return false;
    const keys = Object.keys(documented);
    return keys.length === Object.keys(actual).length && keys.every((key) => key in actual && isAsDocumented(actual[key], documented[key]));
  }
  return Object.is(actual, documented);
}

/** A server on a free port, on an empty directory, as the pages start it. */
export async function freshServer(binary) {
  const home = await mkdtemp(join(tmpdir(), 'hallpass-docs-'));
  const server = await serve(binary, home);
  const stop = async () => {
    const status = await server.end('SIGTERM');
    await rm(home, { recursive: true, force: true });
    return status;
  };
  return { home, address: new URL(server.url).host, printed: server.printed, stop };
}

/** Runs a script as if it were pasted into a shell. */
export async function shell(script, cwd, env = process.env) {
  const child = spawn('sh', ['-eu', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return { status, output, errors };
}

/** The text of a fence as it runs here: this binary, this server. */
export function asRunHere(text, address) {
  return text
    .replaceAll(/\bcargo run(?: (?:--release|-r|--quiet|-q|--locked))* -- /g, 'hallpass ')
    .replaceAll(DOCUMENTED_ADDRESS, address)
    .split('\n')
    // The pages start the server in the foreground of another terminal; here it is already running.
    .filter((line) => !/^\s*hallpass serve\b/.test(line))
    .join('\n');
}

/** Runs the commands of one page. Gives back each step with its `output`; throws where a command fails. */
export async function run(commands, binary) {
  const server = await freshServer(binary);
  try {
    const mark = '=====end-of-step=====';
    const script = commands.map((step) => `${asRunHere(step.text, server.address)}\nprintf '\\n${mark}\\n'\n`).join('');
    // Scripts on the pages `require` what a reader has installed; here that is what the suite has.
    const env = { ...process.env, PATH: dirname(binary) + delimiter + process.env.PATH, NODE_PATH: MODULES };
    for (const name of Object.keys(env).filter((key) => key.startsWith('HALLPASS_'))) delete env[name];
    const { status, output, errors } = await shell(script, server.home, env);
    const outputs = output.split(`\n${mark}\n`);
    if (status !== 0) {
      const failed = commands[outputs.length - 1] ?? commands.at(-1);
      throw new Error(`line ${failed.line}: the commands of test=${failed.name} ended with ${status}\n${failed.text}\nprinted: ${outputs.at(-1)}\n${errors}`);
    }
    return commands.map((step, index) => ({ ...step, output: outputs[index].trim() }));
  } finally {
    await server.stop();
  }
}
