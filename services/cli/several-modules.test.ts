import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { addAuditCommands } from './commands/audit.js';
import { addImport } from './commands/on-log.js';

/* Two modules with ids of one form, and files each: which of them is meant is asked, or said, and never guessed. */

vi.mock('./modules.js', async () => {
  const { exampleCli } = await import('../../test/example/cli/module.js');
  const named = (name: string, member: string) => ({
    ...exampleCli,
    name,
    files: {
      what: `a list of ${member}`,
      isOne: (content: unknown) => Object.hasOwn((content ?? {}) as object, member),
      load: async (_client: unknown, file: string) => void loaded.push([name, file]),
    },
    audit: { ...exampleCli.audit, history: { ...exampleCli.audit.history, path: `${name}-things` } },
  });
  return { cliModules: [named('first', 'lenses'), named('second', 'mirrors')] };
});

const loaded = vi.hoisted(() => [] as [string, string][]);
const folder = mkdtempSync(join(tmpdir(), 'holdfast-several-'));
const asked: string[] = [];
/** By the module: what the server answers of its history. */
let statuses: Record<string, number> = {};
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url!);
    response.statusCode = statuses[/audit\/(\w+)-things/.exec(request.url!)![1]!]!;
    response.end(JSON.stringify({ Entries: [], Next: null, detail: 'not so' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});
beforeEach(() => {
  for (const list of [asked, loaded]) list.splice(0);
});

async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride();
  addAuditCommands(program);
  addImport(program);
  await program.parseAsync([...args, '--server', url], { from: 'user' });
}

test.each([
  ['the first', { first: 200, second: 404 }, 'first'],
  ['the second', { first: 404, second: 200 }, 'second'],
  ['the one that the caller may see', { first: 403, second: 200 }, 'second'],
])('a history that %s alone has is shown', async (_, given, shown) => {
  statuses = given;
  await run('history', 'lens-1');
  expect(asked.at(-1)).toMatch(new RegExp(`^/audit/${shown}-things/lens-1/history\\?limit=(?!1$)`));
});

test('one that both have is asked for by --module, which asks for nothing else', async () => {
  statuses = { first: 200, second: 200 };
  await expect(run('history', 'lens-1')).rejects.toThrow(
    'history lens-1: several have it, so say which: --module first, or --module second',
  );
  asked.splice(0);
  await run('history', 'lens-1', '--module', 'second');
  expect(asked).toEqual([expect.stringMatching(/^\/audit\/second-things\/lens-1\/history/)]);
});

test('where none has it, or the server fails, that is said', async () => {
  statuses = { first: 404, second: 404 };
  await expect(run('history', 'lens-1')).rejects.toThrow(/404/);
  statuses = { first: 500, second: 200 };
  await expect(run('history', 'lens-1')).rejects.toThrow(/500/);
  await expect(run('history', 'no such id')).rejects.toThrow(/history no such id: give an instrument by its name/);
});

const file = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

test('a file is loaded by the module whose form it has', async () => {
  const lenses = file('lenses', { lenses: [] });
  const mirrors = file('mirrors', { mirrors: [] });
  await run('import', lenses);
  await run('import', mirrors);
  expect(loaded).toEqual([
    ['first', lenses],
    ['second', mirrors],
  ]);
});

test.each([
  ['of both forms', { lenses: [], mirrors: [] }, /may be of several/],
  ['of neither', {}, /has no form that is known/],
  ['no JSON', '{', /has no form that is known/],
])('one that is %s is refused with the choice, and loaded once that is made', async (_, content, why) => {
  const path = file('other', content);
  await expect(run('import', path)).rejects.toThrow(why);
  await expect(run('import', path)).rejects.toThrow(
    /--module first \(a list of lenses\), or --module second \(a list of mirrors\)/,
  );
  expect(loaded).toEqual([]);
  await run('import', path, '--module', 'second');
  expect(loaded).toEqual([['second', path]]);
});

test('one that is not there is no file of anybody', async () => {
  await expect(run('import', join(folder, 'none'))).rejects.toThrow(/none cannot be read/);
});
