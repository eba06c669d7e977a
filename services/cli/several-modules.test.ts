import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { addAuditCommands } from './commands/audit.js';
import { addImport } from './commands/on-log.js';

/* Two modules with ids of one form, files, and filters of one name: which is meant is asked, or said, never guessed. */

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
    audit: {
      ...exampleCli.audit,
      history: { ...exampleCli.audit.history, path: `${name}-things` },
      past: {
        ...exampleCli.audit.past,
        withFilters: (command: Command) => forms[name]!.reduce((to, flags) => to.option(flags, member), command),
        filtersIn: (given: object) =>
          Object.fromEntries(
            Object.entries(given).flatMap(([key, value]) => (words.has(key) ? [[`${name}-${key}`, [value]]] : [])),
          ),
      },
    },
  });
  return { cliModules: [named('first', 'lenses'), named('second', 'mirrors')] };
});

/** By the module: its options of `at`. */
const forms: Record<string, string[]> = vi.hoisted(() => ({
  first: ['--room <name>', '--lit'],
  second: ['--room <name>', '--size <mm>'],
}));
const words = vi.hoisted(() => new Set(['room', 'lit', 'size']));
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
    response.statusCode = statuses[/audit\/(\w+)-things/.exec(request.url!)?.[1] ?? ''] ?? 200;
    response.end(JSON.stringify({ Entries: [], Claims: [], NotFound: [], Next: null, detail: 'not so' }));
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

test('a filter that both have is asked for as the module that is meant has it', async () => {
  const askedBy = async (...args: string[]) => {
    asked.splice(0);
    await run('at', '7', ...args);
    return asked[0]!.replace('/audit/status?at=7', '');
  };
  expect(await askedBy('--room', 'attic')).toBe('&first-room=attic');
  expect(await askedBy('--room', 'attic', '--module', 'second')).toBe('&module=second&second-room=attic');
  // What only the other has goes to the server, which refuses it: it must not mean everything.
  expect(await askedBy('--lit', '--module', 'second')).toBe('&module=second&first-lit=true');
  expect(await askedBy('--size', '7')).toBe('&second-size=7');
});

test('its help says what it is to each of them', () => {
  const program = new Command();
  addAuditCommands(program);
  const help = program.commands
    .find((one) => one.name() === 'at')!
    .helpInformation()
    .replaceAll(/\s+/g, ' ');
  expect(help).toContain('--room <name> lenses; with --module second: mirrors');
  expect(help.match(/--room/g)).toHaveLength(1);
});

test('one that they have in two forms ends the command line, which names both', () => {
  forms.second!.push('--lit <lamp>');
  expect(() => addAuditCommands(new Command())).toThrow('--module first and --module second have --lit in two forms');
  forms.second!.pop();
});
