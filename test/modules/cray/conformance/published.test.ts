import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../support/fake-api.js';
import { jsonOf } from '../../../support/injector.js';
import { loadFixture } from './loading.js';

/**
 * The published dialect, derived from the published document: every operation, every reason, rigid and flexible. Each
 * answer is validated against the schema that `cray-published.yaml` has for that operation and status, with no member
 * that the schema does not name.
 */
const [a, b, c, bmc, unknown] = ['x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0', 'x0c0s0b0', 'x0c0s7b0n7'];

let api: FakeApi;
let validate: (method: string, path: string, status: number, body: unknown) => string;

beforeAll(async () => {
  api = await fakeApi();
  const text = (await api.inject({ method: 'GET', path: '/openapi/cray-published.yaml' })).text;
  validate = validatorOf(load(text) as Document);
});

beforeEach(async () => {
  api.runtime.time = Date.parse('2026-11-21T09:28:38.250Z');
  await loadFixture(api.inject);
});

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, { $ref?: string; content?: object }> }>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, object> };
}
interface Schema {
  type?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
}

function validatorOf(document: Document): typeof validate {
  for (const schema of Object.values(document.components.schemas))
    if (schema.properties) schema.additionalProperties = false;
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true })) as Ajv2020;
  ajv.addSchema(document, 'document');
  return (method, path, status, body) => {
    const pointer = `/paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}`;
    const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (response === undefined) return `${method} ${path} has no ${status} in the document`;
    const at = response.$ref?.slice(1) ?? pointer;
    const media = status >= 400 ? 'application~1problem+json' : 'application~1json';
    const check = ajv.compile({ $ref: `document#${encodeURI(at)}/content/${media}/schema` });
    return check(body) ? '' : ajv.errorsText(check.errors);
  };
}

/** Calls an operation, requires its answer to be valid, and gives it. */
async function call(method: string, path: string, body?: unknown, base = '/apis/ifs/v1') {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await api.inject({ method, path: `${base}${path}`, ...sent });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  const answer = jsonOf(response) as any;
  expect(validate(method, path, response.status, answer), `${method} ${path} ${response.text}`).toBe('');
  return { status: response.status, answer, headers: response.headers, contentType: response.contentType };
}

const patch = (path: string, body: unknown) => call('PATCH', path, body);
const lock = (...ids: unknown[]) => patch('/locks/lock', { ComponentIDs: ids });
const reserve = (ids: unknown[], more: object = {}) =>
  call('POST', '/locks/service/reservations', { ComponentIDs: ids, ...more });
const flexible = { ProcessingModel: 'flexible' };

function counts(success: number, failure: number) {
  return { Total: success + failure, Success: success, Failure: failure };
}

/** Brings one component into the state in which an operation fails for a reason. */
const into: Record<string, (id: string) => Promise<unknown>> = {
  Free: async () => {},
  Locked: (id) => lock(id),
  Disabled: (id) => patch('/locks/disable', { ComponentIDs: [id] }),
  LockedAndDisabled: async (id) => {
    await lock(id);
    await patch('/locks/disable', { ComponentIDs: [id] });
  },
  Reserved: async (id) => {
    await lock(id);
    await patch('/locks/reservations', { ComponentIDs: [id] });
  },
};

const failing: [path: string, state: string, reason: string][] = [
  ['/locks/lock', 'Locked', 'Locked'],
  ['/locks/lock', 'LockedAndDisabled', 'Locked'],
  ['/locks/lock', 'Disabled', 'Disabled'],
  ['/locks/unlock', 'Free', 'Unlocked'],
  ['/locks/unlock', 'Disabled', 'Unlocked'],
  ['/locks/unlock', 'LockedAndDisabled', 'Disabled'],
  ['/locks/unlock', 'Reserved', 'Reserved'],
  ['/locks/reservations', 'Free', 'Unlocked'],
  ['/locks/reservations', 'LockedAndDisabled', 'Disabled'],
  ['/locks/reservations', 'Reserved', 'Reserved'],
  ['/locks/service/reservations', 'Free', 'Unlocked'],
  ['/locks/service/reservations', 'LockedAndDisabled', 'Disabled'],
  ['/locks/service/reservations', 'Reserved', 'Reserved'],
  ['/locks/reservations/remove', 'Locked', 'NotFound'],
  ...['lock', 'unlock', 'disable', 'repair', 'reservations', 'service/reservations', 'reservations/remove'].map(
    (name): [string, string, string] => [`/locks/${name}`, 'Unknown', 'NotFound'],
  ),
];

describe('a failure is in the payload, never a 400', () => {
  for (const [path, state, reason] of failing) {
    const method = path === '/locks/service/reservations' ? 'POST' : 'PATCH';
    const code = /(lock|disable|repair)$/.test(path) ? 200 : 202;
    const listed = path === '/locks/reservations' || path === '/locks/service/reservations';

    test(`${path} of ${state} components fails with ${reason}, rigid and flexible`, async () => {
      const ids = state === 'Unknown' ? [unknown, 'x0c0s7b1n7'] : [a, b];
      for (const id of ids) await into[state]?.(id as string);
      for (const model of [{}, flexible]) {
        const { status, answer } = await call(method, path, { ComponentIDs: ids, ...model });
        expect(status).toBe(code);
        expect(answer.Failure).toEqual(ids.map((ID) => ({ ID, Reason: reason })));
        if (listed) expect(answer.Success).toEqual([]);
        else expect(answer).toMatchObject({ Counts: counts(0, 2), Success: { ComponentIDs: [] } });
      }
    });
  }

  test('a rigid call changes nothing when one component refuses, and counts all that it addressed', async () => {
    await lock(a);
    const { answer } = await patch('/locks/lock', { ComponentIDs: [b, a, unknown] });
    expect(answer.Counts).toEqual({ Total: 3, Success: 0, Failure: 2 });
    expect(answer.Failure).toEqual([
      { ID: a, Reason: 'Locked' },
      { ID: unknown, Reason: 'NotFound' },
    ]);
    const { answer: status } = await call('POST', '/locks/status', { ComponentIDs: [b] });
    expect(status.Components[0].Locked).toBe(false);
  });

  test('a flexible call does what it can, in request order', async () => {
    await lock(a);
    const { answer } = await patch('/locks/lock', { ComponentIDs: [c, unknown, a, b], ...flexible });
    expect(answer.Counts).toEqual(counts(2, 2));
    expect(answer.Success.ComponentIDs).toEqual([c, b]);
    expect(answer.Failure.map(({ ID }: { ID: string }) => ID)).toEqual([unknown, a]);
  });

  test('a filter that matches nothing gives zero counts', async () => {
    for (const model of [{}, flexible]) {
      const { status, answer } = await patch('/locks/lock', { Group: ['nosuch'], ...model });
      expect([status, answer.Counts]).toEqual([200, counts(0, 0)]);
    }
  });
});

describe('reservations', () => {
  test('an admin reservation needs a lock, never expires, and gives plain UUIDs as keys', async () => {
    await lock(a);
    const { status, answer } = await patch('/locks/reservations', { ComponentIDs: [a] });
    expect(status).toBe(202);
    expect(Object.keys(answer.Success[0]).sort()).toEqual(['DeputyKey', 'ID', 'ReservationKey']);
  });

  test('a service reservation without a duration has a null expiry, and is not shown to expire anywhere else', async () => {
    await lock(a);
    const { answer } = await reserve([a]);
    expect(answer.Success[0].ExpirationTime).toBeNull();
    const { DeputyKey } = answer.Success[0];
    const { answer: checked } = await patch('/locks/service/reservations/check', {
      DeputyKeys: [{ ID: a, Key: DeputyKey }],
    });
    expect(checked.Success).toEqual([{ ID: a, DeputyKey }]);
    const { answer: status } = await call('POST', '/locks/status', { ComponentIDs: [a] });
    expect(status.Components).toEqual([{ ID: a, Locked: true, Reserved: true, ReservationDisabled: false }]);
  });

  test('an expiry is rounded up to a whole second, and there is no upper limit of minutes', async () => {
    await lock(a, b);
    // The clock of the test stands at 09:28:38.250.
    const { answer } = await reserve([a], { ReservationDuration: 1 });
    expect(answer.Success[0].ExpirationTime).toBe('2026-11-21T09:29:39Z');
    const { answer: long } = await reserve([b], { ReservationDuration: 1_000_000 });
    expect(long.Success[0].ExpirationTime).toBe('2028-10-15T20:08:39Z');
  });

  test('a renewal without a duration takes the same length again', async () => {
    await lock(a);
    const { answer } = await reserve([a], { ReservationDuration: 5 });
    const ReservationKeys = [{ ID: a, Key: answer.Success[0].ReservationKey }];
    api.runtime.time += 60_000;
    const renewed = await patch('/locks/service/reservations/renew', { ReservationKeys });
    expect([renewed.status, renewed.answer.Counts]).toEqual([202, counts(1, 0)]);
    const { answer: status } = await call('POST', '/locks/status', { ComponentIDs: [a] });
    expect(status.Components[0].ExpirationTime).toBe('2026-11-21T09:34:39Z');
  });

  test('release works on either path, takes either form of key in any case, and only for its own component', async () => {
    await lock(a, b);
    const made = (await reserve([a, b])).answer.Success;
    const keyOf = (n: number) => made[n].ReservationKey as string;
    const crossed = {
      ReservationKeys: [
        { ID: a, Key: keyOf(1) },
        { ID: b, Key: keyOf(0) },
      ],
    };
    const refused = await patch('/locks/reservations/release', crossed);
    expect(refused.answer.Failure).toEqual([
      { ID: a, Reason: 'NotFound' },
      { ID: b, Reason: 'NotFound' },
    ]);
    const first = await patch('/locks/reservations/release', {
      ReservationKeys: [{ ID: a, Key: keyOf(0).toUpperCase() }],
    });
    expect(first.answer.Counts).toEqual(counts(1, 0));
    const prefixed = { ReservationKeys: [{ ID: 'X0C0S01B0N0', Key: `${b}:RK:${keyOf(1)}` }] };
    const second = await patch('/locks/service/reservations/release', prefixed);
    expect(second.answer.Success.ComponentIDs).toEqual([b]);
  });

  test('a wrong, empty or deputy key is NotFound, rigid and flexible, and an empty list is zero counts', async () => {
    await lock(a);
    const { DeputyKey } = (await reserve([a])).answer.Success[0];
    for (const path of [
      '/locks/reservations/release',
      '/locks/service/reservations/release',
      '/locks/service/reservations/renew',
    ]) {
      for (const model of [{}, flexible]) {
        for (const Key of ['', 'bogus', DeputyKey]) {
          const { status, answer } = await patch(path, { ReservationKeys: [{ ID: a, Key }], ...model });
          expect([status, answer.Failure]).toEqual([202, [{ ID: a, Reason: 'NotFound' }]]);
        }
        const { status, answer } = await patch(path, { ReservationKeys: [], ...model });
        expect([status, answer.Counts]).toEqual([202, counts(0, 0)]);
      }
    }
  });

  test('a check is best effort, and counts the same key once', async () => {
    await lock(a);
    const { DeputyKey } = (await reserve([a], { ReservationDuration: 5 })).answer.Success[0];
    const good = { ID: a, Key: DeputyKey };
    const DeputyKeys = [good, { ID: bmc, Key: 'bogus' }, good, { ID: unknown, Key: '' }];
    const { status, answer } = await patch('/locks/service/reservations/check', { DeputyKeys });
    expect(status).toBe(202);
    expect(answer.Success).toEqual([{ ID: a, DeputyKey, ExpirationTime: '2026-11-21T09:33:39Z' }]);
    expect(answer.Failure.map(({ ID }: { ID: string }) => ID)).toEqual([bmc, unknown]);
  });

  test('removal ends a reservation and keeps the lock; disabling ends it too, and may be repeated', async () => {
    await lock(a);
    await reserve([a]);
    expect((await patch('/locks/reservations/remove', { ComponentIDs: [a] })).answer.Counts).toEqual(counts(1, 0));
    await reserve([a]);
    for (const _ of [1, 2]) {
      expect((await patch('/locks/disable', { ComponentIDs: [a] })).answer.Counts).toEqual(counts(1, 0));
    }
    const { answer } = await call('POST', '/locks/status', { ComponentIDs: [a] });
    expect(answer.Components).toEqual([{ ID: a, Locked: true, Reserved: false, ReservationDisabled: true }]);
    for (const _ of [1, 2]) {
      expect((await patch('/locks/repair', { ComponentIDs: [a] })).answer.Counts).toEqual(counts(1, 0));
    }
  });

  test('a lease that has run out is gone for status, check, renewal and a new reservation', async () => {
    await lock(a);
    const { DeputyKey, ReservationKey } = (await reserve([a], { ReservationDuration: 1 })).answer.Success[0];
    api.runtime.time += 61_000;
    const { answer: status } = await call('POST', '/locks/status', { ComponentIDs: [a] });
    expect(status.Components[0].Reserved).toBe(false);
    const { answer: checked } = await patch('/locks/service/reservations/check', {
      DeputyKeys: [{ ID: a, Key: DeputyKey }],
    });
    expect(checked.Failure).toEqual([{ ID: a, Reason: 'NotFound' }]);
    const renewal = { ReservationKeys: [{ ID: a, Key: ReservationKey }], ReservationDuration: 1 };
    expect((await patch('/locks/service/reservations/renew', renewal)).answer.Counts).toEqual(counts(0, 1));
    expect((await reserve([a])).answer.Success).toHaveLength(1);
  });
});

describe('status and values', () => {
  test('status answers in request order, each once, with what is unknown beside it', async () => {
    const { status, answer } = await call('POST', '/locks/status', { ComponentIDs: [b, unknown, a, b] });
    expect(status).toBe(202);
    expect(answer.Components.map(({ ID }: { ID: string }) => ID)).toEqual([b, a]);
    expect(answer.NotFound).toEqual([unknown]);
    const { status: none, answer: nothing } = await call('POST', '/locks/status', { ComponentIDs: [unknown] });
    expect([none, nothing]).toEqual([202, { Components: [], NotFound: [unknown] }]);
  });

  test('no ids and no filter is every component, in xname order', async () => {
    const { answer } = await call('POST', '/locks/status', {});
    expect(answer.Components).toHaveLength(8);
    expect(answer.Components[0].ID).toBe(bmc);
  });

  test('role and sub-role are one string, as the document has them', async () => {
    const { answer } = await patch('/locks/lock', { Role: 'Management', SubRole: 'Worker' });
    expect(answer.Success.ComponentIDs).toEqual(['x0c0s4b0n0']);
  });

  test('the valid roles and sub-roles are those of the document', async () => {
    const { answer } = await call('GET', '/service/values/role');
    expect(answer.Role).toEqual(['Compute', 'Service', 'System', 'Application', 'Storage', 'Management']);
    expect((await call('GET', '/service/values/subrole')).answer.SubRole).toEqual(['Master', 'Worker', 'Storage']);
  });
});

describe('400 is for a malformed body or a bad argument', () => {
  const bad: [string, string, unknown, string][] = [
    ['a malformed xname', '/locks/lock', { ComponentIDs: [a, 'foo'] }, 'Argument was not a valid xname ID'],
    [
      'a malformed xname with a key',
      '/locks/reservations/release',
      { ReservationKeys: [{ ID: 'foo', Key: 'k' }] },
      'Argument was not a valid xname ID',
    ],
    ['an unknown role', '/locks/lock', { Role: 'Bogus' }, 'Argument was not a valid HMS Role'],
    ['an unknown sub-role', '/locks/lock', { SubRole: 'Bogus' }, 'Argument was not a valid HMS SubRole'],
    [
      'an unknown processing model',
      '/locks/lock',
      { ComponentIDs: [a], ProcessingModel: 'strict' },
      'Invalid Processing Model',
    ],
    [
      'a duration of zero',
      '/locks/service/reservations/renew',
      { ReservationKeys: [], ReservationDuration: 0 },
      'body/ReservationDuration must be >= 1',
    ],
    [
      'a misspelt filter',
      '/locks/lock',
      { Rol: 'Management' },
      'No component is selected, and these fields are not known: Rol',
    ],
    ['a text for a list', '/locks/lock', { ComponentIDs: a }, 'body/ComponentIDs must be array'],
    ['a null for a list', '/locks/lock', { ComponentIDs: null }, 'body/ComponentIDs must be array'],
    ['a list for a body', '/locks/lock', [], 'body must be object'],
  ];
  for (const [what, path, body, detail] of bad) {
    test(`${what} changes nothing and gets a problem`, async () => {
      const before = api.gateway.submissions.length;
      const { status, answer, contentType } = await patch(path, body);
      expect([status, contentType]).toEqual([400, 'application/problem+json']);
      expect(answer).toEqual({ type: 'about:blank', title: 'Bad Request', status: 400, detail });
      expect(api.gateway.submissions.length).toBe(before);
    });
  }
});

/** Path, method and success code of each operation in the published document. */
const documented: [string, string, number][] = [
  ['PATCH', '/locks/reservations/remove', 202],
  ['PATCH', '/locks/reservations/release', 202],
  ['PATCH', '/locks/reservations', 202],
  ['PATCH', '/locks/service/reservations/release', 202],
  ['POST', '/locks/service/reservations', 202],
  ['PATCH', '/locks/service/reservations/renew', 202],
  ['PATCH', '/locks/service/reservations/check', 202],
  ['POST', '/locks/status', 202],
  ['PATCH', '/locks/lock', 200],
  ['PATCH', '/locks/unlock', 200],
  ['PATCH', '/locks/repair', 200],
  ['PATCH', '/locks/disable', 200],
];

/** Members of the document's response schemas. */
const members: Record<string, string[]> = {
  Problem7807: ['type', 'detail', 'instance', 'status', 'title'],
  XnameResponse_1_0_0: ['Counts', 'Success', 'Failure'],
  'FailedXnames.1.0.0': ['ID', 'Reason'],
  'Counts.1.0.0': ['Total', 'Success', 'Failure'],
  Xnames: ['ComponentIDs'],
  'XnameKeysNoExpire.1.0.0': ['ID', 'DeputyKey', 'ReservationKey'],
  'XnameKeys.1.0.0': ['ID', 'DeputyKey', 'ReservationKey', 'ExpirationTime'],
  'XnameKeysDeputyExpire.1.0.0': ['ID', 'DeputyKey', 'ExpirationTime'],
  'AdminReservationCreate_Response.1.0.0': ['Success', 'Failure'],
  'ServiceReservationCreate_Response.1.0.0': ['Success', 'Failure'],
  'ServiceReservationCheck_Response.1.0.0': ['Success', 'Failure'],
  'ComponentStatus.1.0.0': ['ID', 'Locked', 'Reserved', 'ExpirationTime', 'ReservationDisabled'],
  'AdminStatusCheck_Response.1.0.0': ['Components', 'NotFound'],
};

describe('the document that is served', () => {
  test('has the published operations with their success codes, and the members of the published schemas', async () => {
    const text = (await api.inject({ method: 'GET', path: '/openapi/cray-published.yaml' })).text;
    const document = load(text) as Document;
    for (const [method, path, code] of documented) {
      expect(Object.keys(document.paths[path]?.[method.toLowerCase()]?.responses ?? {}), path).toContain(String(code));
    }
    for (const [name, expected] of Object.entries(members)) {
      const schema = document.components.schemas[name.replace('XnameResponse_1_0_0', 'XnameResponse_1.0.0')];
      expect(Object.keys(schema?.properties ?? {}).sort(), name).toEqual([...expected].sort());
    }
  });

  for (const [method, path, code] of documented) {
    test(`${method} ${path} answers under every base path, and by POST`, async () => {
      for (const base of ['/apis/ifs/v1', '/v1', '']) {
        for (const by of new Set([method, 'POST'])) {
          const { status } = await call(by, path, {}, base);
          expect(status, `${by} ${base}${path}`).toBe(code);
        }
      }
    });
  }
});
