import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { newestLevel } from '@holdfast/events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { exampleMistakes } from '../example/test/mistakes.js';
import { changedIn, commitAll, copyCheckout } from '../support/copied-checkout.js';
import { commandsOf, Sitting } from '../support/docs-commands.js';
import { call, scratch } from '../support/service.js';

/*
 * docs/adding-a-module.md from top to bottom, in one sitting, in a copy of this checkout; then the module that came of
 * it, in every place where one is seen.
 */

const page = readFileSync(new URL('../../docs/adding-a-module.md', import.meta.url), 'utf8');
const commandMsMax = 300_000;

/** Of the migration that comes next, whichever there are by now. */
const migrations = readdirSync(new URL('../../projections/migrations', import.meta.url)).map((name) =>
  parseInt(name, 10),
);
const nextMigration = String(Math.max(...migrations) + 1).padStart(3, '0');

let sitting: Sitting;
let at: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  const { directory, remove: removeScratch } = await scratch();
  [at, remove] = [join(directory, 'checkout'), removeScratch];
  copyCheckout(at);
  commitAll(at);
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
  const { code, said } = await sitting.run(command, commandMsMax);
  expect([code, said]).toEqual([0, said]);
});

test('a module is its folders, its migration, a line in each list, and what was recorded of it', () => {
  const inFolders = /^(events|events\/schemas|projections|services\/(core|api|cli)|test\/modules)\/example\//;
  const migration = new RegExp(`^projections/migrations/${nextMigration}\\.do\\.example\\.sql$`);
  const golden = /^events\/golden\/(example\.\w+\.v1|fingerprints|schemas)\.json$/;
  const session = /^test\/history\/[\d-]+-example(-raised)?\.(jsonl|outcome\.json)$/;
  const own = [inFolders, migration, golden, session];
  expect(changedIn(at).filter((path) => !own.some((one) => one.test(path)))).toEqual([
    'events/modules.ts',
    'events/schema-ids.json',
    'projections/modules.ts',
    'services/api/modules.ts',
    'services/cli/modules.ts',
    'services/core/modules.ts',
    'test/modules.ts',
  ]);
});

test('it comes with a level of its own, under which nothing else came', () => {
  for (const path of ['events/example/set.ts', 'services/core/example/module.ts']) {
    const [, since] = /since: (\d+)/.exec(readFileSync(join(at, path), 'utf8'))!;
    expect([path, Number(since)]).toEqual([path, newestLevel + 1]);
  }
});

test.each(['2026-12-example', '2026-12-example-raised'])('the recording %s has its claims', (name) => {
  const { claims, requests } = JSON.parse(readFileSync(join(at, `test/history/${name}.outcome.json`), 'utf8'));
  expect(claims).toEqual([expect.objectContaining({ instrument: 'microscope-1' })]);
  const events = requests.flatMap((request: { events: string[] }) => request.events);
  const own = events.filter((type: string) => type.startsWith('example.')).map((type: string) => type.split('.')[1]);
  expect(own).toEqual(['Claimed', 'Claimed', 'ClaimRefused', 'Returned', 'ClaimRefused', 'Claimed']);
});

const shared = 'what holds of each module holds of it: its document, its answers, its state, its words';
test(shared, { timeout: commandMsMax }, async () => {
  const files = ['api/documents', 'api/described', 'cli/log-tools/replay'].map((name) => `services/${name}.test.ts`);
  const { code, said } = await sitting.run(`npx vitest run ${files.join(' ')} test/words.test.ts`, commandMsMax);
  expect([code, said]).toEqual([0, said]);
});

interface Answered {
  instrument: string;
  claim: string;
  until: string;
}

describe('the module', () => {
  const holdfast = 'node services/cli/bin/holdfast.cjs';
  let url: string;
  const get = async (path: string) => (await call(url, 'GET', path)).body;
  const post = (path: string, body: object) =>
    call(url, 'POST', `/example${path}`, body, { 'x-actor': 'alice', 'x-reason': 'cells' });
  const said = async (command: string, code = 0) => {
    const done = await sitting.run(`${holdfast} ${command}`);
    expect([command, done.code]).toEqual([command, code]);
    return done.said;
  };
  /** What alice has, what ended by itself, and what was claimed at the command line. */
  let [kept, short, typed]: Answered[] = [];
  /** Sequence at which `short` was claimed. */
  let before: number;

  beforeAll(async () => {
    const port = await freePort(0);
    url = `http://127.0.0.1:${port}`;
    await sitting.begin(`${holdfast} serve --data served --port ${port}`, /serving at/);
    await sitting.run(`export HOLDFAST_SERVER=${url}`);
  });

  test('is served, with its document', async () => {
    const document = '/openapi/example.yaml';
    expect(await get(document)).toBe(readFileSync(join(at, 'services/api/example/example.yaml'), 'utf8'));
    expect(await get('/docs/static/swagger-initializer.js')).toContain(document);
    expect((await get('/')).apis).toContainEqual({ title: 'Claims', basePaths: ['/example'], document });
    expect(await get('/openapi/audit.yaml')).toContain('/audit/instruments/{instrument}/history');
    expect(await get('/admin/level')).toEqual({ Level: newestLevel + 1, Newest: newestLevel + 1 });
    expect(await get('/example/claims')).toEqual({ claims: [] });
    expect(await post('/claims', { instrument: 'A lens', seconds: 3_600 })).toMatchObject({ status: 400 });
    expect(await call(url, 'GET', '/example/nothing')).toMatchObject({ status: 404 });
  });

  test('is decided: a claim is accepted or refused, given back, or ends by itself', async () => {
    const claim = { instrument: 'microscope-1', seconds: 3_600 };
    const first = await post('/claims', claim);
    kept = first.body;
    expect(first).toMatchObject({ status: 201, body: { instrument: 'microscope-1' } });
    const [id] = kept!.claim.split('.');
    expect(await get(`/example/requests/${id}`)).toMatchObject({ status: 'decided', StatusCode: 201, Result: kept });
    const taken = 'microscope-1: somebody has claimed it';
    expect(await post('/claims', claim)).toMatchObject({ status: 409, body: { detail: taken } });
    const { body } = await post('/claims', { instrument: 'microscope-2', seconds: 3_600 });
    const back = { instrument: 'microscope-2', claim: body.claim };
    expect(await post('/returns', { ...back, claim: kept!.claim })).toMatchObject({ status: 409 });
    expect(await post('/returns', back)).toMatchObject({ status: 200 });
    short = (await post('/claims', { instrument: 'telescope-1', seconds: 1 })).body;
  });

  test('is projected: rows show what is claimed, until when, and not what has ended', async () => {
    const claims = async () => (await get('/example/claims')).claims;
    for (const end = Date.now() + 20_000; (await claims()).length > 1; await sleep(100)) {
      expect(Date.now()).toBeLessThan(end);
    }
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(short!.until));
    expect(await claims()).toEqual([{ instrument: 'microscope-1', until: kept!.until }]);
  });

  test('is audited: it has histories, holders and a past, each with filters of its own', async () => {
    const history = async (instrument: string) => (await get(`/audit/instruments/${instrument}/history`)).Entries;
    const textsOf = (entries: { Text: string }[]) => entries.map(({ Text }) => Text);
    const claimed = expect.stringMatching(/^claimed until .* by alice \(as stated\): cells$/);
    const refused = (reason: string) => `refused (${reason}); asked by alice (as stated): cells`;
    const entries = await history('telescope-1');
    expect(textsOf(entries)).toEqual(['claim expired', claimed]);
    expect(textsOf(await history('microscope-1'))).toEqual([refused('Taken'), claimed]);
    const returned = 'given back by alice (as stated): cells';
    expect(textsOf(await history('microscope-2'))).toEqual([returned, refused('NotYours'), claimed]);

    const { Requests } = await get('/audit/requests?outcome=refused');
    const requests = Requests.map(({ Command, Refusal }: Record<string, string>) => [Command, Refusal]);
    expect(requests).toEqual([
      ['example.ReturnRequested', 'NotYours'],
      ['example.ClaimRequested', 'Taken'],
    ]);

    const held = [{ Instrument: 'microscope-1', Request: { Actor: { Name: 'alice' }, Reason: 'cells' } }];
    expect((await get('/audit/holders?module=example&series=micro')).Holders).toMatchObject(held);
    expect((await get('/audit/holders?module=example&series=tele')).Holders).toEqual([]);
    expect(await call(url, 'GET', '/audit/holders?series=micro')).toMatchObject({ status: 400 });

    before = entries[1].Request.Sequence;
    const { Claims, NotFound } = await get(
      `/audit/status?module=example&at=${before}&instruments=telescope-1,sextant-1`,
    );
    expect([Claims, NotFound]).toEqual([[{ Instrument: 'telescope-1', Claim: short!.claim }], ['sextant-1']]);
  });

  /** Of a metric, with these labels. */
  const counted = async (name: string, ...labels: string[]) => {
    const found = String(await get('/metrics'))
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
    expect([name, labels, found]).toEqual([name, labels, [expect.anything()]]);
    return Number(found[0]!.split(' ').at(-1));
  };
  const leases = () => counted('holdfast_leases', 'module="example"');
  const commands = (command: string, outcome: string) =>
    counted('holdfast_commands_total', `command="example.${command}"`, `outcome="${outcome}"`);

  test('is in the command line', async () => {
    expect(await leases()).toBe(1);
    expect(await said('--help')).toMatch(/claim \[options\] <instrument> <seconds>/);
    expect((await said('at --help')).replaceAll(/\s+/g, ' ')).toContain('or what was claimed');
    expect((await said('holders --help')).replaceAll(/\s+/g, ' ')).toContain('with --module example: only instruments');
    typed = JSON.parse(await said('claim microscope-2 3600 --json'));
    expect(await leases()).toBe(2);
    expect(await said('claim microscope-2 3600', 1)).toContain('microscope-2: somebody has claimed it');
    const micro = await said('holders --module example --series micro');
    expect(micro).toMatch(/2 instruments claimed(.*\n)+microscope-1 .* alice +cells\nmicroscope-2 /);
    expect(await said('holders --module example --series tele')).toBe('0 instruments claimed\n');
    expect(await said('history telescope-1')).toContain('claim expired');
    const past = await said(`at ${before} telescope-1 --module example`);
    expect(past).toMatch(new RegExp(`^1 instrument claimed\n.*\ntelescope-1 +${short!.claim}$`, 'm'));
    const tailed = await said('tail --instrument telescope-1 --from 1 --no-follow');
    expect(tailed).toMatch(/^ *\d+ .* telescope-1 +claimed until .*\n *\d+ .* telescope-1 +claim expired\n$/);
  });

  test('is measured: its commands are in the metrics, and its workload runs', { timeout: commandMsMax }, async () => {
    expect(await commands('ClaimRequested', 'accepted')).toBe(4);
    expect(await commands('ClaimRequested', 'refused')).toBe(2);
    // Built with what the simulator is, as it is in the same list.
    expect(await sitting.run('npx tsc -b test/simulation', commandMsMax)).toMatchObject({ code: 0 });
    const measured = await sitting.run(`node --input-type=module <<'END'\n${measuring}\nEND`);
    expect(measured).toEqual({ code: 0, said: 'claim an instrument and give it back, 3 times\n' });
    expect(await commands('ClaimRequested', 'accepted')).toBe(7);
    expect(await commands('ReturnRequested', 'accepted')).toBe(4);
    expect((await get('/audit/instruments/balance-1/history')).Entries).toHaveLength(6);
    expect(await leases()).toBe(2);
  });

  test('is replayed, and verified: a row that is wrong is found', { timeout: commandMsMax }, async () => {
    const [last] = (await get('/audit/requests?limit=1')).Requests;
    await sitting.stop();
    const replayed = await said(`replay --data served --until ${last.Sequence}`);
    const lines = [kept!, typed!].map(({ instrument, claim }) => `${instrument} +${claim}`);
    expect(replayed).toMatch(new RegExp(`INSTRUMENT +CLAIM\n${lines.join('\n')}\n$`));
    const shown = [kept!, short!].map(({ until, ...claim }) => ({ ...claim, expiresAt: until }));
    expect(JSON.parse(await said(`replay --data served --until ${before} --json`)).claims).toEqual(shown);

    expect(await said('verify --data served')).toMatch(/^ *2 rows of the read model are as the log says$/m);
    const database = await PGlite.create(join(at, 'served/read-model'));
    const wrong = `UPDATE holdfast.claim SET claim = 'another' WHERE instrument = 'microscope-1'`;
    expect(await database.query(wrong)).toMatchObject({ affectedRows: 1 });
    await database.close();
    const { until, ...claim } = kept!;
    const row = { ...claim, expiresAt: Date.parse(until) };
    const [expected, found] = [row, { ...row, claim: 'another' }].map((one) => JSON.stringify(one));
    const refused = await said('verify --data served', 1);
    expect(refused).toMatch(/^holdfast: not verified: read model, position \d+ \(microscope-1\): /m);
    expect(refused).toContain(`: expected ${expected}; found ${found}`);
  });

  const simulator = 'test/dist/simulation/main.js --workers 1';
  test('is simulated', { timeout: commandMsMax }, async () => {
    const { said, code } = await sitting.run(`node ${simulator} --seeds 4`, commandMsMax);
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
    // For what it is, and not without it.
    const [, seed] = /^seed (\d+): Violation: .*\bexample\b/.exec(said) ?? [];
    expect([code, said]).toEqual([1, expect.stringContaining(`seed ${seed}: `)]);
    const sound = await sitting.run(`node ${simulator} --seed ${seed}`, commandMsMax);
    expect([sound.code, sound.said]).toEqual([0, expect.stringContaining('no promise broken')]);
  });
});

/** By what the list of the proofs has of it, against the service that runs. */
const measuring = `
  const { clientOf } = await import('./test/dist/bench/client.js');
  const { testModules } = await import('./test/dist/modules.js');
  const client = clientOf(process.env.HOLDFAST_SERVER);
  const { bench } = testModules.find(({ name }) => name === 'example');
  const bounds = { countMax: 3, elapsedMsMax: 30_000 };
  for (const { measure } of bench.workloads) {
    const rows = await measure({ client, bounds });
    for (const { what, sample } of rows) console.log(what + ', ' + sample.ms.length + ' times');
  }
  client.close();`;
