import { memorySettings, type Service, startService } from '@holdfast/cli/service';
import { nodeRuntime, silentLogger } from '@holdfast/log';
import { openPostgres } from '@holdfast/projections';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testModules } from '../modules.js';
import { holdfast } from '../support/cli.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { call } from '../support/service.js';

/*
 * What no list shows is shown nowhere: a session in every module, of which every row is then given fields that a later
 * version might have, a secret in each. Whatever is asked of the audit, none of it is there, and no hash of a key that
 * is really kept.
 */

const missing = postgresMissing();
const names = testModules.map(({ name }) => name);
const resources = testModules.flatMap(({ e2e }) => e2e.withheld.resources);
const filters = testModules.flatMap(({ e2e }) => e2e.withheld.filters);
const planted = 'planted-secret';
const logged: string[] = [];
/** What must not be said: with what was planted, what is really kept. */
const secrets: string[] = [planted];

let server: PostgresServer;
let service: Service;

async function session(): Promise<void> {
  for (const { e2e } of testModules) {
    // A key is of one request, whichever module it is for.
    const key = nodeRuntime.uuid();
    const headers = { 'idempotency-key': key, 'x-actor': 'alice', 'x-reason': 'firmware update' };
    secrets.push(key, ...(await e2e.withheld.session(service.url, headers)));
  }
}

/** The same with a secret more in it and in all that it holds, but for lists of values. */
function withSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, withSecrets(one)]);
  return { ...Object.fromEntries(fields), bootKey: planted, more: { passphrase: planted, list: [planted] } };
}

/** Gives rows what a later version might keep in them. Returns how many. */
async function plant(url: string): Promise<number> {
  const database = await openPostgres(url, silentLogger);
  let count = 0;
  try {
    for (const [table, column] of [
      ['recorded_event', 'data'],
      ['decision', 'outcome'],
    ]) {
      const rows = await database.query<{ sequence: string; value: object | null }>(
        `SELECT sequence, ${column} AS value FROM holdfast.${table}`,
      );
      for (const { sequence, value } of rows) {
        for (const [name, one] of Object.entries(value ?? {})) if (/hash|digest/i.test(name)) secrets.push(String(one));
        const text = JSON.stringify(withSecrets(value ?? {}));
        await database.query(`UPDATE holdfast.${table} SET ${column} = $1::json WHERE sequence = $2`, [
          text,
          Number(sequence),
        ]);
        count++;
      }
    }
  } finally {
    await database.close();
  }
  return count;
}

/** The whole of an endless stream so far. */
async function serverSent(last: number): Promise<string> {
  const ended = new AbortController();
  const headers = { accept: 'text/event-stream', 'last-event-id': '0' };
  const { body } = await fetch(`${service.url}/audit/events`, { headers, signal: ended.signal });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes(`id: ${last}\n`)) break;
  }
  ended.abort();
  return text;
}

beforeAll(async () => {
  if (missing !== null) return;
  server = await startPostgres();
  const postgres = await server.database();
  const httpLog = { level: 'trace', stream: { write: (line: string) => logged.push(line) } };
  const say = (level: string) => (message: string, more?: unknown) =>
    logged.push(JSON.stringify([level, message, more]));
  const logger = { info: say('info'), warn: say('warn'), error: say('error') } as unknown as typeof silentLogger;
  service = await startService({ ...memorySettings, postgres, httpLog }, logger, nodeRuntime);
  await service.ready;
  await session();
  expect(await plant(postgres)).toBeGreaterThan(15);
}, 120_000);
afterAll(async () => {
  await service?.close();
  await server?.remove();
});

const paths = [
  ...resources.map(({ path, id }) => `${path}/${id}/history`),
  ...['holders', ...names.map((name) => `holders?module=${name}`)],
  ...['requests', 'requests?outcome=repeated', 'requests?outcome=refused'],
  ...['events', 'events?from=-5', ...filters.map((filter) => `events?${filter}`)],
];
const commands = [
  ...resources.flatMap(({ id }) => [
    ['history', id],
    ['history', id, '--json'],
  ]),
  ...[
    ['tail', '--from', '1', '--no-follow'],
    ['tail', '--from', '1', '--no-follow', '--json'],
  ],
  ...[['holders'], ['holders', '--json']],
  ...names.flatMap((name) => [
    ['holders', '--module', name],
    ['holders', '--module', name, '--json'],
  ]),
];

function expectNothingOf(said: string): void {
  expect(secrets.length).toBeGreaterThan(8);
  for (const secret of secrets) expect(said.toLowerCase()).not.toContain(secret.toLowerCase());
}

describeWith('no secret is in what the audit says', () => {
  test.each(paths)('GET /audit/%s', async (path) => {
    const { status, body } = await call(service.url, 'GET', `/audit/${path}`);
    const said = typeof body === 'string' ? body : JSON.stringify(body);
    expect([status, said.length > 100]).toEqual([200, true]);
    expectNothingOf(said);
  });

  test('at a past moment', async () => {
    for (const module of names) {
      const { headers } = await call(service.url, 'HEAD', '/audit/events');
      const at = headers.get('holdfast-sequence');
      const { status, body } = await call(service.url, 'GET', `/audit/status?module=${module}&at=${at}`);
      expect(status).toBe(200);
      expectNothingOf(JSON.stringify(body));
    }
  });

  test('as server-sent events', async () => {
    const last = Number((await call(service.url, 'HEAD', '/audit/events')).headers.get('holdfast-sequence'));
    const said = await serverSent(last);
    expect(said).toContain('firmware update');
    expectNothingOf(said);
  });

  test.each(commands.map((command) => [command.join(' '), command] as const))('holdfast %s', async (_, command) => {
    const { code, stdout, stderr } = await holdfast([...command, '--server', service.url]);
    expect([code, stdout.length > 50], stderr).toEqual([0, true]);
    expectNothingOf(stdout + stderr);
  });

  test('and none is logged, however much is', () => {
    expect(logged.join('').length).toBeGreaterThan(1_000);
    expectNothingOf(logged.join('\n'));
  });
});

function describeWith(name: string, tests: () => void): void {
  describe.skipIf(missing !== null)(`${name}${missing === null ? '' : ` (${missing})`}`, tests);
}
