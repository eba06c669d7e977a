import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { hsm, published } from './dialect.js';

let refusing: FakeApi;
let allowing: FakeApi;
beforeAll(async () => {
  refusing = await fakeApi({ wholeFleet: 'refuse' });
  allowing = await fakeApi();
  for (const { inject } of [refusing, allowing]) await loadFixture(inject);
});
afterAll(() => Promise.all([refusing.app.close(), allowing.app.close()]));

const bases = [published, hsm].flatMap(({ basePaths }) => basePaths);
const operations = [
  '/locks/lock',
  '/locks/unlock',
  '/locks/repair',
  '/locks/disable',
  '/locks/reservations',
  '/locks/reservations/remove',
  '/locks/service/reservations',
];
const paths = bases.flatMap((base) => operations.map((operation) => `${base}${operation}`));

const withLength = (path: string, selection: object) =>
  JSON.stringify(path.includes('/service/') ? { ...selection, ReservationDuration: 1 } : selection);

const all = [
  {},
  { ComponentIDs: [] },
  { Reason: 'why' },
  { ProcessingModel: 'flexible' },
  { componentids: [], Role: [], Group: [] },
];

test.each(paths)('%s on every component is 400 where a site refuses that, and changes nothing', async (path) => {
  for (const selection of all) {
    const body = withLength(path, selection);
    const before = refusing.gateway.submissions.length;
    const { status, text } = await refusing.inject({ method: 'POST', path, body });
    expect(status, body).toBe(400);
    expect(text).toContain('name them in ComponentIDs');
    expect(refusing.gateway.submissions).toHaveLength(before);
    await allowing.inject({ method: 'POST', path, body });
    expect(allowing.gateway.submissions.at(-1)!.command).toMatchObject({ selection: { ids: [], criteria: [] } });
  }
});

test.each(paths)('%s with a name or a filter goes on where a site refuses every component', async (path) => {
  for (const selection of [{ ComponentIDs: ['x0c0s0b0n0'] }, { ComponentIDs: ['!x0c0s0b0n0'] }, { Role: 'Compute' }]) {
    const before = refusing.gateway.submissions.length;
    await refusing.inject({
      method: 'POST',
      path,
      body: withLength(path, selection),
    });
    expect(refusing.gateway.submissions).toHaveLength(before + 1);
  }
});

test('reads of every component go on', async () => {
  for (const base of bases) {
    const { status } = await refusing.inject({ method: 'POST', path: `${base}/locks/status`, body: '{}' });
    expect([200, 202]).toContain(status);
  }
});

test('the whole inventory is not deleted at once either; one component is', async () => {
  const path = '/hsm/v2/State/Components';
  expect((await refusing.inject({ method: 'DELETE', path })).status).toBe(400);
  expect((await refusing.inject({ method: 'DELETE', path: `${path}/x0c0s0b0n0` })).status).toBe(200);
  expect((await allowing.inject({ method: 'DELETE', path })).status).toBe(200);
});
