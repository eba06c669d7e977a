import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { exampleMistakes } from '../example/test/mistakes.js';
import { changedIn, copyCheckout } from '../support/copied-checkout.js';
import { commandsOf, Sitting } from '../support/docs-commands.js';
import { call, scratch } from '../support/service.js';

/*
 * docs/adding-a-module.md from top to bottom, in one sitting, in a copy of this checkout; then the module that came of
 * it, in every place where one is seen.
 */

const page = readFileSync(new URL('../../docs/adding-a-module.md', import.meta.url), 'utf8');
const commandMsMax = 300_000;

let sitting: Sitting;
let at: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  const { directory, remove: removeScratch } = await scratch();
  [at, remove] = [join(directory, 'checkout'), removeScratch];
  copyCheckout(at);
  sitting = new Sitting(at, {});
  // What this run of the tests is told is not for those of the page.
  await sitting.run(
    'unset HOLDFAST_TEST_SUMMARY NODE_ENV NODE_OPTIONS VITEST VITEST_MODE VITEST_POOL_ID VITEST_WORKER_ID',
  );
});
afterAll(async () => {
  await sitting?.close();
  await remove?.();
});

test.each(commandsOf(page))('%s', { timeout: commandMsMax }, async (command) => {
  expect(await sitting.run(command, commandMsMax)).toMatchObject({ code: 0 });
});

test('a module is its folders, its migration, a line in each list, and what was recorded of it', () => {
  const inFolders = /(^|\/)example\//;
  const migration = /^projections\/migrations\/\d{3}\.do\.example\.sql$/;
  const recorded = /^events\/golden\/(example\.\w+\.v1|fingerprints|schemas)\.json$/;
  const changed = changedIn(at).filter((path) => ![inFolders, migration, recorded].some((one) => one.test(path)));
  expect(changed).toEqual([
    'events/modules.ts',
    'events/schema-ids.json',
    'projections/modules.ts',
    'services/api/modules.ts',
    'services/cli/modules.ts',
    'services/core/modules.ts',
    'test/modules.ts',
  ]);
});

describe('the module', () => {
  const holdfast = 'node services/cli/bin/holdfast.cjs';
  let url: string;
  const get = async (path: string) => (await call(url, 'GET', path)).body;
  const post = (path: string, body: object) =>
    call(url, 'POST', `/example${path}`, body, { 'x-actor': 'alice', 'x-reason': 'cells' });
  const said = async (command: string) => (await sitting.run(`${holdfast} ${command}`)).said;

  beforeAll(async () => {
    const port = await freePort(0);
    url = `http://127.0.0.1:${port}`;
    await sitting.begin(`${holdfast} serve --data served --port ${port}`, /serving at/);
    await sitting.run(`export HOLDFAST_SERVER=${url}`);
  });

  test('is served and decided, and a claim ends by itself', async () => {
    const claim = { instrument: 'microscope-1', seconds: 600 };
    expect(await post('/claims', claim)).toMatchObject({ status: 201, body: { instrument: 'microscope-1' } });
    expect(await post('/claims', claim)).toMatchObject({ status: 409 });
    const { body } = await post('/claims', { instrument: 'microscope-2', seconds: 600 });
    expect(await post('/returns', { instrument: 'microscope-2', claim: body.claim })).toMatchObject({ status: 200 });
    const short = await post('/claims', { instrument: 'telescope-1', seconds: 1 });
    const claims = async () =>
      (await get('/example/claims')).claims.map(({ instrument }: { instrument: string }) => instrument);
    for (const end = Date.now() + 20_000; (await claims()).length > 1; await sleep(100)) {
      expect(Date.now()).toBeLessThan(end);
    }
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(short.body.until));
    expect(await claims()).toEqual(['microscope-1']);
  });

  test('has a history, holders and a past', async () => {
    const { Entries } = await get('/audit/instruments/telescope-1/history');
    expect(Entries.map(({ Text }: { Text: string }) => Text)).toEqual([
      'claim expired',
      expect.stringMatching(/^claimed until .* by alice/),
    ]);
    const held = [{ Instrument: 'microscope-1', Request: { Actor: { Name: 'alice' }, Reason: 'cells' } }];
    expect((await get('/audit/holders?module=example&series=micro')).Holders).toMatchObject(held);
    expect((await get('/audit/holders?module=example&series=tele')).Holders).toEqual([]);
    const before = Entries[0].Sequence - 1;
    const { Claims, NotFound } = await get(
      `/audit/status?module=example&at=${before}&instruments=telescope-1,sextant-1`,
    );
    expect([Claims, NotFound]).toEqual([[expect.objectContaining({ Instrument: 'telescope-1' })], ['sextant-1']]);
  });

  test('is in the documents and in the metrics', async () => {
    expect(await get('/openapi/example.yaml')).toContain('operationId: giveBack');
    expect(await get('/openapi/audit.yaml')).toContain('/audit/instruments/{instrument}/history');
    expect(await get('/metrics')).toMatch(/^holdfast_leases\{.*module="example"\} 1$/m);
  });

  test('is in the command line', async () => {
    expect(await said('--help')).toMatch(/claim \[options\] <instrument> <seconds>/);
    expect(await said('at --help')).toContain('or what was claimed');
    expect((await said('holders --help')).replaceAll(/\s+/g, ' ')).toContain('with --module example: only instruments');
    expect(await said('claim microscope-2 600')).toMatch(/^microscope-2 is yours until/);
    expect(await said('holders --module example')).toMatch(/2 instruments claimed(.*\n)+microscope-1 .* alice +cells/);
    expect(await said('history telescope-1')).toContain('claim expired');
  });

  test('is verified and replayed', async () => {
    const [last] = (await get('/audit/requests?limit=1')).Requests;
    await sitting.stop();
    expect(await said('verify --data served')).toMatch(/^ *2 rows of the read model are as the log says$/m);
    const replayed = await said(`replay --data served --until ${last.Sequence}`);
    expect(replayed).toMatch(/INSTRUMENT +CLAIM\nmicroscope-1 .*\nmicroscope-2 /);
  });

  const simulator = 'test/dist/simulation/main.js --workers 1';
  test('is simulated', { timeout: commandMsMax }, async () => {
    const { said, code } = await sitting.run(`npx tsc -b test/simulation && node ${simulator} --seeds 4`, commandMsMax);
    expect([code, said]).toEqual([0, expect.stringContaining('4 schedules')]);
  });

  const files: Record<string, string> = {
    exampleDecider: 'services/core/dist/example/decider.js',
    projectClaim: 'projections/dist/example/rows.js',
  };
  test.each(exampleMistakes)('has the simulator catch: $name', { timeout: commandMsMax }, async (mistake) => {
    const { of, find, replace } = mistake;
    const planted = JSON.stringify({ file: files[of], find, replace });
    await sitting.run(`read -r HOLDFAST_MISTAKE <<'END'\n${planted}\nEND\nexport HOLDFAST_MISTAKE`);
    const command = `TMPDIR=. node --import ./test/simulation/plant.mjs ${simulator} --seeds 100`;
    const { said, code } = await sitting.run(command, commandMsMax);
    expect([code, said]).toEqual([1, expect.stringMatching(/seed \d+: /)]);
  });
});
