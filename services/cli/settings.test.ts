import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { loadSecret } from './secret.js';
import { type ServeOptions, serveOptions, serviceSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return path;
}

const serve = () => {
  const command = new Command('serve').exitOverride().configureOutput({ writeErr() {} });
  for (const option of serveOptions) command.addOption(option);
  return command;
};
const settingsOf = (...args: string[]) => serviceSettings(serve().parse(args, { from: 'user' }).opts<ServeOptions>());

const token = 'a-token-of-sixteen-or-more';
const tokens = () => file('tokens.json', [{ token, name: 'alice', roles: ['admin'] }]);

test('without options it listens on loopback, keeps its data in ./data, and does everything', async () => {
  expect(await settingsOf()).toMatchObject({
    host: '127.0.0.1',
    port: 28_800,
    data: 'data',
    kafka: null,
    roles: ['api', 'processor', 'projector'],
  });
});

test('it listens beyond loopback only with tokens, or where told that anybody may come', async () => {
  await expect(settingsOf('--host', '0.0.0.0')).rejects.toThrow(/--tokens FILE .* or --insecure/);
  expect(await settingsOf('--host', '0.0.0.0', '--insecure')).toMatchObject({ host: '0.0.0.0' });
  const { api } = await settingsOf('--host', '0.0.0.0', '--tokens', tokens());
  expect(api.tokens).toEqual([{ token, name: 'alice', roles: ['admin'] }]);
});

test('a token may have a user, a project and roles of a service', async () => {
  const member = { token, name: 'mia', roles: ['member'], project: 'p1' };
  const whole = { ...member, token: `${token}-2`, user: 'u1', serviceRoles: ['service'] };
  const { api } = await settingsOf('--tokens', file('members.json', [member, whole]));
  expect(api.tokens).toEqual([member, whole]);
});

test('it is known by addresses, --host and --allow-host; by any name only where all must show a token and no name is given', async () => {
  expect((await settingsOf()).api.hosts).toEqual(['127.0.0.1']);
  expect((await settingsOf('--host', '0.0.0.0', '--insecure')).api.hosts).toEqual(['0.0.0.0']);
  expect((await settingsOf('--allow-host', 'a.b,c:1', 'D')).api.hosts).toEqual(['a.b', 'c:1', 'D', '127.0.0.1']);
  const others = ['--host', 'n1', '--tokens', tokens()];
  expect((await settingsOf(...others)).api.hosts).toBe(null);
  expect((await settingsOf(...others, '--allow-host', 'a.b')).api.hosts).toEqual(['a.b', 'n1']);
  for (const wrong of ['*', 'http://a', 'a/b', ''])
    await expect(settingsOf('--allow-host', wrong)).rejects.toThrow(/is no host: give names such as locks.example.com/);
});

test('a change that selects nothing means every component, unless a site refuses that', async () => {
  expect((await settingsOf()).api.wholeFleet).toBe('allow');
  expect((await settingsOf('--whole-fleet', 'refuse')).api.wholeFleet).toBe('refuse');
});

test.each([
  ['no list', {}, /list of tokens/],
  ['no JSON', '{', /not valid JSON/],
  ['a short token', [{ token: 'short', name: 'a', roles: ['admin'] }], /entry 1: token/],
  ['no name', [{ token, roles: ['admin'] }], /entry 1: name/],
  ['an unknown role', [{ token, name: 'a', roles: ['root'] }], /entry 1: roles must be a list of admin/],
  ['a project that is no name', [{ token, name: 'a', roles: ['member'], project: '' }], /entry 1: project must be/],
  ['a user that is no name', [{ token, name: 'a', roles: ['member'], user: 7 }], /entry 1: user must be a text/],
  [
    'an unknown role of a service',
    [{ token, name: 'a', roles: ['member'], serviceRoles: ['service', token] }],
    /entry 1: serviceRoles must be a list of admin, service, reader, member/,
  ],
])('a token file with %s is refused, and no token is shown', async (_, contents, why) => {
  const refused = settingsOf('--tokens', file('bad.json', contents));
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.not.toThrow(token);
});

test.each([
  [['--role', 'api'], /--role api needs --kafka/],
  [['--kafka', 'h:1', '--role', 'projector'], /--role projector needs --postgres/],
  [
    ['--kafka', 'h:1', '--kafka-sasl', 'plain', '--kafka-user', 'u'],
    /HOLDFAST_KAFKA_PASSWORD or --kafka-password-file/,
  ],
  [['--kafka', 'h:1', '--kafka-ca', '/no/such/file'], /\/no\/such\/file cannot be read/],
])('%j is refused, and says what to change', async (args, why) => {
  await expect(settingsOf(...args)).rejects.toThrow(why);
});

test.each([
  ['--port', 'x'],
  ['--port', '65536'],
  ['--shards', '0'],
  ['--role', 'king'],
  ['--hsm-requires', 'open'],
  ['--whole-fleet', 'yes'],
])('%s %s is refused', (name, value) => {
  expect(() => serve().parse([name, value], { from: 'user' })).toThrow();
});

test('no two options have a name or a variable in common, be they of modules', () => {
  const twice = (all: (string | undefined)[]) => all.filter((one, n) => one !== undefined && all.indexOf(one) < n);
  expect(twice(serveOptions.map((one) => one.attributeName()))).toEqual([]);
  expect(twice(serveOptions.map(({ envVar }) => envVar))).toEqual([]);
});

test('passwords come from files, and brokers, TLS and registry from options', async () => {
  const password = file('password', 'pass word\n');
  const { kafka } = await settingsOf(
    ...['--kafka', 'a:1, b:2', '--kafka-sasl', 'scram-sha-512', '--kafka-user', 'u', '--kafka-password-file', password],
    ...['--kafka-tls', '--registry', 'http://r', '--registry-user', 'v', '--registry-password-file', password],
  );
  expect(kafka).toMatchObject({
    brokers: ['a:1', 'b:2'],
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'pass word' },
    registry: { url: 'http://r', username: 'v', password: 'pass word' },
  });
});

test('the secret is made once, for its owner only', async () => {
  const made = await loadSecret(folder, null);
  expect(made.length).toBeGreaterThanOrEqual(32);
  expect(await loadSecret(folder, null)).toEqual(made);
  expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
  await expect(loadSecret(folder, file('weak', 'c2hvcnQ'))).rejects.toThrow(/at least 32 bytes/);
});
