import { beforeEach, describe, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

/*
 * Selections that cannot be meant, as what they name is not there or does not go together: refused, and nothing
 * changes.
 */

const [a, b] = ['x0c0s0b0n0', 'x0c0s1b0n0'];
let api: FakeApi;

beforeEach(async () => {
  api = await fakeApi();
  await loadFixture(api.inject);
});

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const sent = { 'content-type': 'application/json', ...headers };
  const response = await api.inject({ method, path, headers: sent, ...(body && { body: JSON.stringify(body) }) });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  return { ...response, body: (response.text === '' ? null : JSON.parse(response.text)) as any };
}

const operations: [method: 'POST' | 'PATCH', path: string, more?: object][] = [
  ['PATCH', '/lock'],
  ['PATCH', '/unlock'],
  ['PATCH', '/disable'],
  ['PATCH', '/repair'],
  ['POST', '/reservations'],
  ['PATCH', '/reservations/remove'],
  ['POST', '/service/reservations', { ReservationDuration: 5 }],
  ['POST', '/status'],
];

describe.each(['/hsm/v2', '/v1'])('under %s', (base) => {
  const all = () => call('POST', `${base}/locks/status`, {});
  const send = (method: string, path: string, body: object, headers = {}) =>
    call(base === '/v1' && path !== '/status' ? method : 'POST', `${base}/locks${path}`, body, headers);

  test.each(operations)(
    '%s %s refuses a negated group or partition that does not exist',
    async (method, path, more) => {
      const before = await all();
      for (const ProcessingModel of ['rigid', 'flexible']) {
        for (const [field, kind] of Object.entries({ Group: 'group', Partition: 'partition' })) {
          for (const name of ['NoSuch', 'NULL']) {
            const model = path === '/status' ? {} : { ProcessingModel };
            const answer = await send(method, path, { [field]: [`!${name}`], ...model, ...more });
            const detail = `No such ${kind}: ${name.toLowerCase()}`;
            expect([answer.status, answer.body.detail]).toEqual([400, detail]);
          }
        }
      }
      expect((await all()).body).toEqual(before.body);
    },
  );

  test('the group that a lock leaves out may have been deleted since', async () => {
    expect((await call('POST', '/hsm/v2/groups', { label: 'Red', members: { ids: [a] } })).status).toBe(201);
    const lock = () => send('PATCH', '/lock', { Group: ['!red'], Role: ['Compute'], ProcessingModel: 'flexible' });
    expect((await lock()).status).toBe(200);
    await call('DELETE', '/hsm/v2/groups/red');
    expect(await lock()).toMatchObject({ status: 400, body: { detail: 'No such group: red' } });
  });

  test('a later look at the outcome says the same', async () => {
    const answer = await send('PATCH', '/lock', { Group: ['!nosuch'] }, { prefer: 'respond-async' });
    const { body } = await call('GET', String(answer.headers.location));
    expect(body).toMatchObject({ StatusCode: 400, Result: { detail: 'No such group: nosuch' } });
  });

  test.each(['rigid', 'flexible'])('a %s removal of a reservation that no component has is refused', async (model) => {
    const ReservationID = '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11.7';
    for (const id of [ReservationID, ReservationID]) {
      const body = { ReservationID: id, ProcessingModel: model };
      const answer = await send('PATCH', '/reservations/remove', body);
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('ReservationID')]);
    }
  });
});

test.each(['group', 'partition'])('NULL beside another %s is refused', async (kind) => {
  const path = '/hsm/v2/State/Components';
  const detail = `bad query param: NULL and non-NULL ${kind} arguments not permitted`;
  for (const values of [`${kind}=NULL&${kind}=red`, `${kind}=red&${kind}=NULL`]) {
    const answer = await call('GET', `${path}?${values}`);
    expect([answer.status, answer.body.detail]).toEqual([400, detail]);
    expect((await call('GET', `${path}/Query/s0?${values}`)).status).toBe(400);
  }
  const body = { ComponentIDs: [a, b], [kind]: ['NULL', 'red'] };
  expect((await call('POST', `${path}/Query`, body)).body.detail).toBe(detail);
  expect((await call('GET', `${path}?${kind}=NULL`)).status).toBe(200);
});

const several = 'group and partition cannot both have more than one value: beside the other, each takes one';
const noGroup = 'NULL group and non-NULL partition arg not permitted';
const noPartition = 'NULL partition and non-NULL group arg not permitted';

/**
 * Groups and partitions of one read; null: it is answered. What hms-smd refuses and takes (joinComponentsWithGroups).
 */
const together: [groups: string[], partitions: string[], refused: string | null][] = [
  [['red'], ['p1'], null],
  [['NULL'], ['NULL'], null],
  [['red', 'blue'], [], null],
  [[], ['p1', 'p2'], null],
  [['NULL'], ['p1'], noGroup],
  [['red'], ['NULL'], noPartition],
  [['red', 'blue'], ['p1'], several],
  [['red'], ['p1', 'p2'], several],
  [['red', 'blue'], ['p1', 'p2'], several],
  [['red', 'NULL'], ['p1'], several],
  [['NULL'], ['p1', 'NULL'], several],
];

test.each(together)('a read by groups %j and partitions %j', async (group, partition, refused) => {
  for (const label of ['red', 'blue']) await call('POST', '/hsm/v2/groups', { label, members: { ids: [a, b] } });
  for (const name of ['p1', 'p2']) await call('POST', '/hsm/v2/partitions', { name, members: { ids: [] } });
  await call('POST', '/hsm/v2/partitions/p1/members', { id: a });
  const query = [...group.map((name) => `group=${name}`), ...partition.map((name) => `partition=${name}`)].join('&');
  const components = '/hsm/v2/State/Components';
  const given = { ...(group.length > 0 && { group }), ...(partition.length > 0 && { partition }) };
  const answers = [
    await call('GET', `${components}?${query}`),
    await call('GET', `${components}/Query/s0?${query}`),
    await call('GET', `/hsm/v2/memberships?${query}`),
    await call('POST', `${components}/Query`, { ComponentIDs: ['s0'], ...given }),
    await call('POST', `${components}/ByNID/Query`, { NIDRanges: ['0-99999999'], ...given }),
  ];
  const wanted = refused === null ? [200, undefined] : [400, `bad query param: ${refused}`];
  expect(answers.map(({ status, body }) => [status, body.detail])).toEqual(answers.map(() => wanted));
});

test('a group is called null, as a name of it has no capitals; NULL asks for those in none', async () => {
  expect((await call('POST', '/hsm/v2/groups', { label: 'NULL', members: { ids: [a] } })).status).toBe(201);
  expect((await call('GET', '/hsm/v2/groups/NULL')).body).toMatchObject({ label: 'null', members: { ids: [a] } });
  const found = async (name: string) => {
    const { body } = await call('GET', `/hsm/v2/State/Components?group=${name}`);
    return body.Components.map(({ ID }: { ID: string }) => ID);
  };
  for (const name of ['null', 'Null']) expect(await found(name)).toEqual([a]);
  expect(await found('NULL')).not.toContain(a);
  const { body } = await call('POST', '/hsm/v2/locks/status', { Group: ['NULL'] });
  expect(body.Components).toMatchObject([{ ID: a }]);
});
