// The commands of the README and of the pages in docs/, pasted into a shell beside a server that has just been started on an empty directory.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { asRunHere, freshServer, isAsDocumented, run, shell, steps } from '../hallpass/documented.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.HALLPASS_BIN;

const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))]
  .filter((page) => existsSync(join(ROOT, page)))
  .map((page) => ({ page, commands: steps(readFileSync(join(ROOT, page), 'utf8')) }));

test('the README has a question to start with', () => {
  assert.ok(binary, 'HALLPASS_BIN names the server binary; `cargo xtask test js` sets it');
  const readme = pages.find(({ page }) => page === 'README.md');
  assert.ok(readme?.commands.some((step) => step.name === 'quickstart'), 'README.md has a fence ```sh test=quickstart');
});

test('what the server prints at its first start works when pasted', async () => {
  const server = await freshServer(binary);
  try {
    const command = /^ *curl (?:.*\\\n)*.*$/m.exec(server.printed())?.[0];
    assert.ok(command, server.printed());
    const { status, output, errors } = await shell(command, server.home);
    assert.equal(status, 0, `${command}\n${errors}`);
    const { decision, context } = JSON.parse(output);
    assert.deepEqual([decision, context.reason], [true, 'granted']);
  } finally {
    assert.equal(await server.stop(), 0, 'a clean stop');
  }
});

for (const { page, commands } of pages.filter((one) => one.commands.length > 0)) {
  test(`${page}: ${commands.map((step) => step.name).join(', ')}`, async () => {
    for (const { name, line, text, output, prints } of await run(commands, binary)) {
      assert.ok(output !== '' || asRunHere(text, '').trim() === '', `${page}:${line}: test=${name} prints nothing`);
      if (prints !== undefined) {
        assert.ok(isAsDocumented(JSON.parse(output), prints), `${page}:${line}: test=${name} prints\n${output}\nand not\n${JSON.stringify(prints, null, 2)}`);
      }
    }
  });
}

describe('how fences are read', () => {
  const page = ['# Title', '```sh', 'not run', '```', '', '```sh test=one', 'echo 1', '```', 'text', '```json test=one', '{"a": "…"}', '```', '````sh test=two', '```', 'x', '````'].join('\n');

  test('only marked ones run, in order, with what they print', () => {
    assert.deepEqual(steps(page), [
      { language: 'sh', name: 'one', line: 6, text: 'echo 1', prints: { a: '…' } },
      { language: 'sh', name: 'two', line: 13, text: '```\nx' },
    ]);
  });

  test('an expectation without a command is a mistake', () => {
    assert.throws(() => steps('```json test=lost\n{}\n```'), /line 1: `json test=lost`/);
  });

  test('commands run with this binary and this server', () => {
    assert.equal(asRunHere('cargo run --release -- serve\ncargo run --release -q -- check a\ncurl http://127.0.0.1:4700/x', '127.0.0.1:9'), 'hallpass check a\ncurl http://127.0.0.1:9/x');
  });

  test('values are compared whole, except where the page leaves them open', () => {
    assert.ok(isAsDocumented({ a: 1, b: [true, 'x'] }, { a: '…', b: [true, '…'] }));
    assert.ok(!isAsDocumented({ a: 1, b: 2 }, { a: 1 }));
    assert.ok(!isAsDocumented({ a: 1 }, { a: 1, b: '…' }));
    assert.ok(!isAsDocumented([1], [1, 2]));
    assert.ok(!isAsDocumented(null, {}));
  });
});
