import { beforeEach, describe, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { xnames } from '../../../test/support/service.js';
import { type Client, type ServerAnswer, ServerError } from '../client.js';
import { byDeputyKeys, byPosition, bySelection, type FencedEntry, omitsTokens } from './tokens.js';

/* Fencing tokens of an answer that has no room for them, and what happened between it and the look for them. */

const ids = xnames(300);
const [ended = '', taken = '', stays = ''] = ids;
let api: FakeApi;

const client = {
  async done(method: string, path: string, body: unknown) {
    const answer = await call(path, body as object, method);
    if (answer.status >= 300) throw new ServerError(`${path}: ${answer.status}`);
    return answer.body;
  },
} as Client;

async function call(path: string, body: object, method = 'POST'): Promise<ServerAnswer> {
  const headers = { 'content-type': 'application/json' };
  const { status, text, ...rest } = await api.inject({ method, path, body: JSON.stringify(body), headers });
  const all = Object.entries(rest.headers).map(([name, value]): [string, string] => [name, String(value)]);
  return { status, body: text === '' ? null : JSON.parse(text), headers: new Headers(all) };
}

type Shown = { ID: string; ReservationKey: string; DeputyKey: string; Locked?: boolean } & FencedEntry;
const v1 = async (path: string, body: object) => {
  const answer = await call(`/v1/locks/${path}`, body);
  expect([answer.status < 300, omitsTokens(answer)]).toEqual([true, true]);
  return answer as ServerAnswer & { body: { Success: Shown[]; Components: Shown[] } };
};
const keysOf = (of: Shown[], kind: 'ReservationKey' | 'DeputyKey') => of.map((one) => ({ ID: one.ID, Key: one[kind] }));

/** What is held now, of a few. */
async function now(): Promise<Map<string, number | undefined>> {
  const { body } = await call('/hsm/v2/locks/status', { ComponentIDs: ids });
  return new Map((body as { Components: Shown[] }).Components.map((one) => [one.ID, one.FencingToken]));
}

/** Ends two reservations, one of which somebody else has then. */
async function meanwhile(): Promise<void> {
  await call('/v1/locks/reservations/remove', { ComponentIDs: [ended, taken] });
  const { body } = await call('/v1/locks/service/reservations', { ComponentIDs: [taken] });
  expect((body as { Success: unknown[] }).Success).toHaveLength(1);
}

beforeEach(async () => {
  api = await fakeApi();
  await call('/hsm/v2/State/Components', {
    Components: ids.map((ID) => ({ ID, State: 'Ready', Role: 'Compute', Enabled: true })),
  });
  await call('/hsm/v2/groups', { label: 'blue' });
  await call('/hsm/v2/partitions', { name: 'p1' });
  await call('/v1/locks/lock', { ComponentIDs: ids });
});

describe('the tokens of an answer without room', () => {
  test.each([
    ['a creation', 'service/reservations'],
    ['an administrator’s creation', 'reservations'],
  ])('of %s are those of its holds, and of no later one', async (_, path) => {
    const made = await v1(path, { ComponentIDs: ids });
    const before = await now();
    const { Success } = (await byDeputyKeys(client, made)) as { Success: Shown[] };
    expect(Success.map(({ ID, FencingToken }) => [ID, FencingToken])).toEqual([...before]);
    const again = structuredClone(made.body.Success.map(({ FencingToken: _, ...rest }) => rest));
    await meanwhile();
    const later = (await byDeputyKeys(client, { ...made, body: { Success: again } })) as { Success: Shown[] };
    const found = new Map(later.Success.map(({ ID, FencingToken }) => [ID, FencingToken]));
    expect([ended, taken, stays].map((id) => found.get(id))).toEqual([undefined, undefined, before.get(stays)]);
  });

  test('of a renewal are those of its holds in their order, and null where a hold has ended since', async () => {
    const made = await v1('service/reservations', { ComponentIDs: ids });
    const before = await now();
    const ReservationKeys = keysOf(made.body.Success, 'ReservationKey');
    const renewed = await v1('service/reservations/renew', { ReservationKeys });
    const tokens = async () => {
      const { Success } = (await byPosition(client, renewed)) as {
        Success: { ComponentIDs: string[]; FencingToken: (number | null)[] };
      };
      expect(Success.FencingToken).toHaveLength(ids.length);
      return new Map(Success.ComponentIDs.map((id, n) => [id, Success.FencingToken[n]]));
    };
    expect([...(await tokens())]).toEqual([...before]);
    await meanwhile();
    // One is locked still, under a token from before; the other is another's.
    expect([(await now()).get(ended), (await now()).get(taken)]).toEqual([expect.any(Number), expect.any(Number)]);
    const after = await tokens();
    expect([ended, taken, stays].map((id) => after.get(id))).toEqual([null, null, before.get(stays)]);
  });

  test('of a check are those of its keys', async () => {
    const made = await v1('service/reservations', { ComponentIDs: ids });
    const DeputyKeys = keysOf(made.body.Success, 'DeputyKey');
    const checked = await v1('service/reservations/check', { DeputyKeys: [...DeputyKeys, { ID: ended, Key: 'none' }] });
    const { Success, Failure } = (await byDeputyKeys(client, checked)) as { Success: Shown[]; Failure: unknown[] };
    expect([Success.map((one) => [one.ID, one.FencingToken]), Failure]).toEqual([
      [...(await now())],
      [expect.anything()],
    ]);
  });

  const filters = {
    ComponentIDs: ids,
    Type: ['Node'],
    State: ['Ready', '!Off'],
    Flag: ['!Alert'],
    Role: ['Compute'],
    SubRole: ['!Worker'],
    NID: ['!7'],
    SoftwareStatus: ['!x'],
    Subtype: ['!x'],
    Arch: ['!ARM'],
    Class: ['!River'],
    Group: ['!blue'],
    Partition: ['!p1'],
    Enabled: ['true'],
    Locked: ['true'],
    Reserved: ['false'],
    ReservationDisabled: ['false'],
  };
  test.each(Object.entries({ ...filters, everything: [] }))(
    'of a status by %s are beside the state of their moment',
    async (name, values) => {
      const selection = name === 'everything' ? {} : { [name]: values };
      const status = await v1('status', selection);
      const shown = (await bySelection(selection)(client, status)) as { Components: Shown[]; NotFound: string[] };
      expect(shown.Components.map(({ FencingToken: _, ...rest }) => rest)).toEqual(status.body.Components);
      expect(new Map(shown.Components.map((one) => [one.ID, one.FencingToken]))).toEqual(await now());
      await call('/v1/locks/unlock', { ComponentIDs: [stays] });
      const later = (await bySelection(selection)(client, status)) as { Components: Shown[] };
      const row = later.Components.find(({ ID }) => ID === stays);
      expect([row?.Locked ?? false, row?.FencingToken]).toEqual([false, undefined]);
    },
  );

  test('of a status keep its form and what was not found, to which no filter adds', async () => {
    await call('/v1/locks/service/reservations', { ComponentIDs: [taken], ReservationDuration: 5 });
    const selection = { ComponentIDs: [...ids, 'x9c0s0b0n0', 'x0c0s0b0'], Type: ['Node'] };
    const status = await v1('status', selection);
    const shown = (await bySelection(selection)(client, status)) as { Components: Shown[] };
    const Components = shown.Components.map(({ FencingToken: _, ...rest }) => rest);
    expect({ ...shown, Components }).toEqual(status.body);
  });
});

test.each<[string, unknown]>([
  ['nothing', null],
  ['something else', { Components: [{ ID: stays, Locked: false }], Success: [] }],
])('where the answer is %s, it is not taken for Holdfast’s', async (_, answer) => {
  const other = { done: async () => answer } as unknown as Client;
  const renewed = { body: { Success: { ComponentIDs: [stays] } }, headers: new Headers({ 'holdfast-sequence': '9' }) };
  const made = { body: { Success: [] }, headers: new Headers() };
  const asked = [bySelection({})(other, made), byDeputyKeys(other, made), byPosition(other, renewed)];
  for (const one of await Promise.allSettled(asked)) {
    expect(one).toMatchObject({ status: 'rejected', reason: expect.any(ServerError) });
  }
});
