import { join } from 'node:path';
import { openCodec } from '@holdfast/cli/codec';
import { openLog } from '@holdfast/cli/log';
import { firstLevel, isSelfFramed, levelOf, loadCatalogue, newestLevel } from '@holdfast/events';
import { nodeRuntime, silentLogger, streamNames } from '@holdfast/log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import golden from '../../events/golden/fingerprints.json' with { type: 'json' };
import { holdfast } from '../support/cli.js';
import { generateData } from '../support/generated-data.js';
import { call, hsm, loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

/* The level of a log, as an operator sees it. SPEC rule 13. */

const nodes = xnames(3).map((id) => id.replace('x1000', 'x9000'));
let data: Awaited<ReturnType<typeof scratch>>;
let served: ServedProcess | null = null;

beforeEach(async () => {
  data = await scratch();
});
afterEach(async () => {
  await served?.kill();
  served = null;
  await data.remove();
});

async function serve(directory: string): Promise<string> {
  served = new ServedProcess(['--data', directory]);
  return (await served.ready()).url;
}

async function stop(): Promise<void> {
  await served?.kill('SIGTERM');
  served = null;
}

const level = (url: string, ...more: string[]) => holdfast(['level', ...more, '--server', url]);

/** What the log's records are written as, and the level that it has in the end. */
async function formsIn(directory: string): Promise<{ versions: string[]; framed: number }> {
  const settings = { data: directory, kafka: null };
  const log = await openLog(settings, nodeRuntime, silentLogger);
  const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
  const byFingerprint = new Map(Object.entries(golden).map(([key, fingerprint]) => [fingerprint, key]));
  const versions = new Set<string>();
  let framed = 0;
  for (const stream of streamNames) {
    const [start, head] = [await log.start(stream), await log.head(stream)];
    const tail = log.tail(stream, start);
    for (let position = start; position < head; ) {
      for (const { value } of (await tail.next()) ?? []) {
        position++;
        if (isSelfFramed(value)) framed++;
        const found = codec.unframe(value);
        if (found !== null) versions.add(byFingerprint.get(found.fingerprint)!);
      }
    }
    tail.close();
  }
  await log.close();
  return { versions: [...versions], framed };
}

/** What came with a level above the first. */
const later = loadCatalogue()
  .filter((entry) => levelOf(entry) > firstLevel)
  .map(({ type, version }) => `${type}.v${version}`);

test('a log that is begun has the newest level, and has recorded its schemas', async () => {
  const url = await serve(data.directory);
  expect(await level(url)).toMatchObject({
    code: 0,
    stdout: `the log has level ${newestLevel}, the newest of this version\n`,
  });
  expect(await level(url, 'raise')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to do: /) });
  await stop();
  const { versions } = await formsIn(data.directory);
  expect(versions).toEqual(expect.arrayContaining(['engine.LevelRaised.v1', 'engine.SchemasRecorded.v1']));
});

test('an older log is served as it is, in forms that the version before knows, until it is raised; then it stays so, here and elsewhere', async () => {
  const directory = join(data.directory, 'old');
  await generateData(directory, { events: 500, components: 20, seed: 4 });
  let url = await serve(directory);
  expect(await level(url)).toMatchObject({
    stdout: `the log has level ${firstLevel}, and this version knows ${newestLevel}: holdfast level raise\n`,
  });
  await loadNodes(url, nodes);
  await hsm(url, '/locks/lock', { ComponentIDs: [nodes[0]] });
  const made = await hsm(url, '/locks/service/reservations', { ComponentIDs: [nodes[2]], ReservationDuration: 15 });
  const { ReservationKey, FencingToken } = made.body.Success[0];
  const renewal = { ReservationKeys: [{ ID: nodes[2], Key: ReservationKey }], ReservationDuration: 15 };
  // What the log cannot say yet is not said, and what it cannot hold is refused.
  expect((await hsm(url, '/locks/service/reservations/renew', renewal)).body.Success).toEqual({
    ComponentIDs: [nodes[2]],
  });
  const tokenIn = async () => (await hsm(url, '/locks/status', { ComponentIDs: [nodes[2]] })).body.Components[0];
  expect(await tokenIn()).toMatchObject({ FencingToken });
  const [{ Reservation }] = (await call(url, 'GET', '/audit/holders?kind=reservation')).body.Holders.filter(
    ({ ID }: { ID: string }) => ID === nodes[2],
  );
  const removal = { ComponentIDs: [nodes[2]], ReservationID: Reservation.ReservationID };
  expect(await call(url, 'POST', '/hsm/v2/locks/reservations/remove', removal)).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/ReservationID needs level 4 .* has 1: .*`holdfast level raise`/) },
  });
  expect(await tokenIn()).toMatchObject({ Reserved: true });
  await stop();
  const before = await formsIn(directory);
  expect({ framed: before.framed, later: before.versions.filter((version) => later.includes(version)) }).toEqual({
    framed: 0,
    later: [],
  });

  url = await serve(directory);
  const raised = await level(url, 'raise', '--reason', 'every process is upgraded', '--actor', 'operator');
  expect(raised).toMatchObject({ code: 0, stdout: expect.stringMatching(`^raised: the log has level ${newestLevel}`) });
  expect(await level(url, 'raise')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to do: /) });
  expect((await call(url, 'GET', '/audit/requests?limit=5')).status).toBe(200);
  await hsm(url, '/locks/lock', { ComponentIDs: [nodes[1]] });
  expect((await hsm(url, '/locks/service/reservations/renew', renewal)).body.Success).toEqual({
    ComponentIDs: [nodes[2]],
    FencingToken: [FencingToken],
  });
  expect((await hsm(url, '/locks/reservations/remove', removal)).body.Counts.Success).toBe(1);
  await stop();

  url = await serve(directory);
  expect((await call(url, 'GET', '/admin/level')).body).toEqual({ Level: newestLevel, Newest: newestLevel });
  await stop();
  expect(await holdfast(['verify', '--data', directory])).toMatchObject({ code: 0, stderr: '' });

  const [out, elsewhere] = [join(data.directory, 'export'), join(data.directory, 'new')];
  expect(await holdfast(['export', '--data', directory, '--out', out])).toMatchObject({ code: 0 });
  expect(await holdfast(['verify', '--export', out])).toMatchObject({ code: 0 });
  const secret = ['--secret-file', join(directory, 'secret')];
  expect(await holdfast(['import', out, '--data', elsewhere, ...secret])).toMatchObject({ code: 0 });
  served = new ServedProcess(['--data', elsewhere, ...secret]);
  url = (await served.ready()).url;
  expect((await call(url, 'GET', '/admin/level')).body).toEqual({ Level: newestLevel, Newest: newestLevel });
  const { body } = await hsm(url, '/locks/status', { ComponentIDs: nodes });
  expect(body.Components.map(({ Locked }: { Locked: boolean }) => Locked)).toEqual([true, true, false]);
}, 300_000);

test('who may not change everything may not raise it', async () => {
  const { writeFile } = await import('node:fs/promises');
  const tokens = join(data.directory, 'tokens.json');
  const all = ['admin', 'reader'].map((role) => ({ token: `the-token-of-${role}`, name: role, roles: [role] }));
  await writeFile(tokens, JSON.stringify(all));
  served = new ServedProcess(['--data', join(data.directory, 'log'), '--tokens', tokens]);
  const { url } = await served.ready();
  const as = (role: string) => ({ authorization: `Bearer the-token-of-${role}` });
  expect((await call(url, 'GET', '/admin/level')).status).toBe(401);
  expect((await call(url, 'GET', '/admin/level', undefined, as('reader'))).status).toBe(200);
  expect((await call(url, 'POST', '/admin/level', undefined, as('reader'))).status).toBe(403);
  expect((await call(url, 'POST', '/admin/level', undefined, as('admin'))).body).toMatchObject({ Raised: false });
}, 60_000);
