import { resourceOf } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { type AuditQueries, ProjectionError } from '@holdfast/projections';
import { expect, test } from 'vitest';
import { fakeApi } from '../../../test/support/fake-api.js';
import { apiModules } from '../modules.js';

/** Notes who is asked, and answers nothing. */
function noting(name: string, asked: string[]): AuditQueries {
  const ask = async () => {
    asked.push(name);
    throw new ProjectionError('unavailable', 'as the test wants it');
  };
  const modules = Object.fromEntries(apiModules.map((module) => [module.name, { past: ask, holders: ask }]));
  return { history: ask, requests: ask, events: ask, modules: modules as unknown as AuditQueries['modules'] };
}

/** A resource of each module that it has histories of. */
const histories = apiModules.flatMap(({ name, audit }) => {
  const events = Object.values(messageSets.find((set) => set.name === name)!.samples.events);
  const { id } = events.map((event) => resourceOf(event)).find((resource) => resource !== null)!;
  return audit.histories.map(({ path }) => `${path}/${id}/history`);
});
const ofModules = apiModules.flatMap(({ name }) => [`holders?module=${name}`, `status?at=1&module=${name}`]);

test.each(['requests', ...histories, ...ofModules])(
  '/audit/%s waits for nothing where it is eventual',
  async (path) => {
    const asked: string[] = [];
    const audit = { ...noting('waiting', asked), eventually: noting('eventually', asked) };
    const api = await fakeApi({}, { audit });
    const get = (headers: Record<string, string>) => api.inject({ method: 'GET', path: `/audit/${path}`, headers });
    expect((await get({})).status).toBe(503);
    expect((await get({ consistency: 'eventual' })).status).toBe(503);
    expect(asked).toEqual(['waiting', 'eventually']);
    await api.app.close();
  },
);

test('so does what was decided on a request', async () => {
  const api = await fakeApi();
  const asked: string[] = [];
  const { readModel } = api.gateway;
  Object.defineProperty(readModel, 'eventually', {
    configurable: true,
    value: {
      request: async (command: string) => {
        asked.push(command);
        return null;
      },
    },
  });
  const id = '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11';
  const get = (headers: Record<string, string>) =>
    api.inject({ method: 'GET', path: `/hsm/v2/requests/${id}`, headers });
  await get({});
  expect(asked).toEqual([]);
  await get({ consistency: 'eventual' });
  expect(asked).toEqual([id]);
  await api.app.close();
});
