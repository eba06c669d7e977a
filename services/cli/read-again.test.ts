import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { readSecretsAgain } from './read-again.js';
import { type ServeOptions, secretFilesOf } from './settings.js';

/* A module beside those that there are, whose settings name a file with secrets. */

vi.mock('./modules.js', async (original) => {
  const { cliModules } = (await original()) as { cliModules: readonly { name: string }[] };
  const { exampleCli } = await import('../../test/example/cli/module.js');
  const { withNamed } = await import('../../test/support/named.js');
  const { contents } = await import('./settings-error.js');
  const fileIn = (options: object) => (options as { exampleKeys?: string }).exampleKeys;
  const settings = {
    options: [],
    read: (options: object) => ({ keys: contents('--example-keys', fileIn(options)!).trim().split('\n') }),
    secretFiles: (options: object) => [fileIn(options)].filter((file) => file !== undefined),
  };
  return { cliModules: withNamed(cliModules, { ...exampleCli, settings }) };
});

const folder = mkdtempSync(join(tmpdir(), 'holdfast-read-again-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
};

const said: string[] = [];
const logged: { level: string; fields: object; text: string }[] = [];
const replaced: unknown[] = [];
beforeEach(() => {
  for (const list of [said, logged, replaced]) list.splice(0);
});

const log = (level: string) => (fields: object, text: string) => void logged.push({ level, fields, text });
const logger = { info: log('info'), warn: log('warn'), error: log('error') } as never;
const service = Promise.resolve({
  replaceTokens: (tokens: readonly unknown[]) => void replaced.push(['tokens', tokens.length]),
  replaceModuleSettings: (name: string, settings: object) => void replaced.push([name, settings]),
});
const say = (sentence: string) => void said.push(sentence);
const readAgain = (options: object) => readSecretsAgain(options as ServeOptions, { service, logger, say });

test('its files are among those that others must not be able to read', () => {
  const options = { tokens: 't', exampleKeys: 'k' } as unknown as ServeOptions;
  expect(secretFilesOf(options)).toEqual(['t', 'k']);
  expect(secretFilesOf({ tokens: 't' } as ServeOptions)).toEqual(['t']);
});

test('they are read again with the tokens, each for itself, and no secret is in what is told', async () => {
  const keys = write('keys', 'first-secret\n');
  const tokens = write('tokens', JSON.stringify([{ token: 'a-token-that-is-long', name: 'ann', roles: ['reader'] }]));
  await readAgain({ tokens, exampleKeys: keys });
  expect(replaced).toEqual([
    ['tokens', 1],
    ['example', { keys: ['first-secret'] }],
  ]);
  expect(said.map((one) => one.includes('was read again'))).toEqual([true, true]);

  write('tokens', '{');
  write('keys', 'second-secret\n');
  chmodSync(keys, 0o644);
  replaced.splice(0);
  await readAgain({ tokens, exampleKeys: keys });
  expect(replaced).toEqual([['example', { keys: ['second-secret'] }]]);
  expect(logged.filter(({ level }) => level !== 'info').map(({ level, text }) => [level, text])).toEqual([
    ['error', 'the tokens were not read again: those from before go on counting'],
    ['warn', 'a secret is open to other users'],
  ]);

  rmSync(keys);
  replaced.splice(0);
  await readAgain({ exampleKeys: keys });
  expect(replaced).toEqual([]);
  expect(logged.at(-1)).toMatchObject({
    level: 'error',
    fields: { files: [keys], reason: expect.stringContaining(`--example-keys ${keys} cannot be read`) },
  });
  expect(JSON.stringify([said, logged])).not.toMatch(/secret-|-secret|a-token/);
});

test('where there is nothing to read again, that is told', async () => {
  await readAgain({});
  expect([said, replaced]).toEqual([['SIGHUP: there are no tokens to read again (--tokens); nothing changed.'], []]);
});
