import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { administer } from '../../services/log-kafka/fixture.js';
import { holdfast } from '../support/cli.js';
import { kafkaMissing, kafkaStartMsMax, startKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { servedEach } from '../support/served-each.js';
import { ServedProcess } from '../support/service.js';

const data = servedEach();

/** All of a directory: paths, modes, times and contents. */
async function tree(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const path = join(directory, name);
    const status = await lstat(path);
    const digest = status.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : '';
    found.push([name, status.mode, status.isFile() ? status.mtimeMs : '', digest].join(' '));
  }
  return found;
}

test('serve --check says what a start would meet, and makes and changes nothing', async () => {
  const directory = join(data.directory, 'data');
  const check = async (...args: string[]) => {
    const before = await tree(data.directory);
    const ran = await holdfast(['serve', '--check', '--port', '0', '--data', directory, ...args]);
    expect(await tree(data.directory)).toEqual(before);
    return ran;
  };
  expect(await check()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok {7}data directory/m) });

  const served = new ServedProcess(['--data', directory]);
  data.keep(served);
  await served.ready();
  const running = await holdfast(['serve', '--check', '--port', new URL(served.url).port, '--data', directory]);
  expect(running).toMatchObject({ code: 1, stdout: expect.stringMatching(/^problem {2}port \d+ of \S+: .*in use/m) });
  expect(running.stdout).toMatch(
    new RegExp(`^problem  data directory ${directory}: .* is in use by process ${served.pid}`, 'm'),
  );
  expect(running.stdout).not.toMatch(/^ok {7}data|^problem {2}secret/m);
  await served.kill('SIGTERM');

  expect(await check()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok {7}secret$/m) });
  const [secret, other, tokens] = [join(directory, 'secret'), join(data.directory, 'other'), join(data.directory, 't')];
  await writeFile(other, randomBytes(32).toString('base64url'), { mode: 0o600 });
  expect(await check('--secret-file', other)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/another secret/),
  });
  await writeFile(tokens, '[', { mode: 0o600 });
  expect(await check('--tokens', tokens)).toMatchObject({ code: 2, stdout: expect.stringMatching(/not valid JSON/) });
  await rename(secret, `${other}.kept`);
  expect(await check()).toMatchObject({ code: 1, stdout: expect.stringMatching(/secret is not there/) });
  await mkdir(join(data.directory, 'empty'));
  const lost = await holdfast(['serve', '--check', '--port', '0', '--data', join(data.directory, 'empty')]);
  expect(lost.code).toBe(0);
}, 240_000);

test.each([
  { what: 'a link to nothing', data: 'nowhere' },
  { what: 'a directory in a link to nothing', data: 'nowhere/a/b' },
  { what: 'a file', data: 'file' },
  { what: 'a directory in a file', data: 'file/a' },
  { what: 'a file system of the kernel', data: '/proc/nope' },
])(
  'serve --check says of a data directory that cannot be what serve says: $what',
  async ({ data: given }) => {
    await symlink(join(data.directory, 'not', 'there'), join(data.directory, 'nowhere'));
    await writeFile(join(data.directory, 'file'), '');
    const args = ['serve', '--port', '0', '--data', resolve(data.directory, given)];
    const before = await tree(data.directory);
    const [served, checked] = [await holdfast(args), await holdfast([...args, '--check'])];
    expect(await tree(data.directory)).toEqual(before);
    expect([served.code, checked.code]).toEqual([1, 1]);
    const [, said] = /^holdfast: (.+)\n$/.exec(served.stderr) ?? [];
    expect(said, served.stderr).toBeDefined();
    expect(checked.stdout).toContain(`problem  data directory ${resolve(data.directory, given)}: ${said}\n`);
  },
  60_000,
);

test.each(['--tokens', '--secret-file', '--kafka-password-file'])(
  'serve --check ends as serve does where the file of %s is not there',
  async (option) => {
    const more = option.startsWith('--kafka')
      ? ['--kafka', 'localhost:1', '--kafka-sasl', 'plain', '--kafka-user', 'u']
      : [];
    const args = ['serve', '--port', '0', '--data', data.directory, ...more, option, join(data.directory, 'none')];
    for (const each of [args, [...args, '--check']]) {
      const ran = await holdfast(each);
      expect(ran).toMatchObject({ code: 2 });
      expect(ran.stdout + ran.stderr).toContain(`${option} ${join(data.directory, 'none')}`);
    }
  },
  60_000,
);

test('an import with a secret leaves a directory that starts, with the option and without', async () => {
  const [source, target] = [join(data.directory, 'source'), join(data.directory, 'target')];
  const [out, secret] = [join(data.directory, 'out'), join(data.directory, 'secret')];
  const start = async (...args: string[]) => {
    const served = new ServedProcess(args);
    data.keep(served);
    await served.ready();
    await served.kill('SIGTERM');
  };
  await writeFile(secret, randomBytes(32).toString('base64'), { mode: 0o600 });
  await start('--data', source, '--secret-file', secret);
  const exported = await holdfast(['export', '--data', source, '--out', out]);
  expect(exported).toMatchObject({ code: 0 });
  expect(await holdfast(['import', out, '--data', target, '--secret-file', secret])).toMatchObject({ code: 0 });
  await start('--data', target);
  await start('--data', target, '--secret-file', secret);
}, 240_000);

const missing = kafkaMissing() ?? postgresMissing();

describe.skipIf(missing !== null)(missing ?? 'a check of a cluster and a database', () => {
  test(
    'makes nothing there, be they new or in use',
    async () => {
      // Of its own: where others have read, there is a topic of the broker's already.
      const [kafka, server] = await Promise.all([startKafka({ registry: true }), startPostgres()]);
      onTestFinished(async () => void (await Promise.all([kafka.remove(), server.remove()])));
      const postgres = await server.database();
      const directory = join(data.directory, 'data');
      const settings = [
        '--kafka',
        kafka.brokers,
        '--registry',
        kafka.registry!,
        '--postgres',
        postgres,
        '--data',
        directory,
      ];
      const look = async () => ({
        files: await tree(data.directory),
        ...(await inDatabase(postgres)),
        ...(await onCluster(kafka.brokers, kafka.registry!)),
      });
      const check = async () => {
        const before = await look();
        const checked = await holdfast(['serve', '--check', '--port', '0', ...settings]);
        expect(await look()).toEqual(before);
        for (const part of ['kafka', 'registry', 'postgres'])
          expect(checked, checked.stdout).toMatchObject({
            code: 0,
            stdout: expect.stringMatching(new RegExp(`^ok +${part}$`, 'm')),
          });
        return before;
      };
      expect(await check()).toMatchObject({ files: [], topics: [], groups: [], subjects: [] });
      const served = data.keep(new ServedProcess(settings));
      await served.ready();
      await served.kill('SIGTERM');
      const { topics, subjects } = await check();
      expect([topics, subjects.length > 50]).toEqual([
        expect.arrayContaining(['holdfast-commands', 'holdfast-events']),
        true,
      ]);
    },
    240_000 + kafkaStartMsMax,
  );
});

/** Schemas and all that is in them. */
async function inDatabase(url: string): Promise<{ relations: string[] }> {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  try {
    const { rows } = await database.query<{ name: string }>(
      `SELECT nspname || '.' || coalesce(relname, '') AS name FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
        WHERE nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema' ORDER BY 1`,
    );
    return { relations: rows.map(({ name }) => name) };
  } finally {
    await database.end();
  }
}

async function onCluster(brokers: string, registry: string) {
  const { topics, groups } = await administer(brokers, async (admin) => ({
    topics: (await admin.listTopics()).sort(),
    groups: (await admin.listGroups()).groups.map(({ groupId }) => groupId).sort(),
  }));
  const subjects = (await (await fetch(`${registry}/subjects`)).json()) as string[];
  return { topics, groups, subjects: subjects.sort() };
}
