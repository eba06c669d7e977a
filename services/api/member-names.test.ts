import { atOnce } from '@holdfast/events/steps';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { bodyLimits, counted } from './body-limits.js';
import { ApiError } from './errors.js';

/* A member that comes twice in an object is refused, in whichever way it is spelled, however deep, and in every API. */

function complaint(text: string): string | null {
  try {
    atOnce(counted(Buffer.from(text), bodyLimits.components));
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'bad-request') return error.message;
    throw error;
  }
}

/** A JSON value as it is written: an object as its members, which may be twice the same. */
type Written = string | number | null | Written[] | { members: [name: string, spelling: string, value: Written][] };

const name = fc.constantFrom('Role', 'role', 'ID', 'é', 'a"b', 'a\\b', '', '__proto__', 'x0c0s0b0n0');
/** Each character as it is, or escaped. */
const spelled = (text: string, escaped: readonly boolean[]) =>
  [...text]
    .map((one, n) =>
      escaped[n % escaped.length]
        ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
        : JSON.stringify(one).slice(1, -1),
    )
    .join('');
const { value: written } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Written>('Role', '"', '{,}[:]\\', 1, null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), tie('value')), { maxLength: 4 })
      .map(
        (members) =>
          ({ members: members.map(([name, escaped, value]) => [name, spelled(name, escaped), value]) }) as Written,
      ),
  ),
}));

function textOf(value: Written): string {
  if (Array.isArray(value)) return `[ ${value.map(textOf).join(' ,')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${value.members.map(([, spelling, one]) => `"${spelling}" : ${textOf(one)}`).join(', ')}}`;
}

function hasTwice(value: Written): boolean {
  if (Array.isArray(value)) return value.some(hasTwice);
  if (typeof value !== 'object' || value === null) return false;
  const names = value.members.map(([name]) => name);
  return new Set(names).size < names.length || value.members.some(([, , one]) => hasTwice(one));
}

test('what is refused are the bodies with a member twice in one object, and no others', () => {
  let [twice, once] = [0, 0];
  fc.assert(
    fc.property(written, (value) => {
      const text = textOf(value);
      expect(() => JSON.parse(text)).not.toThrow();
      const refused = complaint(text);
      expect(refused !== null).toBe(hasTwice(value));
      if (refused === null) once++;
      else twice++;
    }),
    { numRuns: 2_000 },
  );
  expect([twice > 100, once > 100]).toEqual([true, true]);
});

test.each([
  ['{"Role":1,"Role":2}', 'The member Role is given more than once in an object of the body, again at byte 10'],
  ['{"Role":1,"\\u0052ole":2}', 'A member is given more than once in an object of the body, again at byte 10'],
  [
    '{"a":{"ID":1},"b":[{"ID":1,"x":{"ID":1},"ID":1}]}',
    'The member ID is given more than once in an object of the body, again at byte 40',
  ],
  [
    '{"056e3b6f-0fb9":1,"056e3b6f-0fb9":1}',
    'A member is given more than once in an object of the body, again at byte 19',
  ],
])('%s is refused with a word that names it, and repeats no key', (text, expected) => {
  expect(complaint(text)).toBe(expected);
});

test('what is no JSON is not taken for one with a member twice', () => {
  for (const text of ['}', ']]', '{"a"', '{"a":1]', '[}{"a', '"', '{"a\\', '{,,,"a":1', '{"\\x":1}'])
    expect(complaint(text)).toBeNull();
});

test('an object of very many members is looked through once', () => {
  const names = Array.from({ length: 100_000 }, (_, n) => `"m${n}":0`);
  expect(complaint(`{${names.join(',')}}`)).toBeNull();
  expect(complaint(`{${names.join(',')},"m0":1}`)).toMatch(/^A member is given more than once/);
});

describe('in every API', () => {
  let api: FakeApi;
  beforeAll(async () => {
    api = await fakeApi();
  });
  afterAll(() => api.app.close());

  const ids = '"ComponentIDs":["x0c0s0b0n0"]';
  const consumer = '/placement/allocations/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
  const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
  const resources = '{"resources":{"VCPU":1}}';
  const placement = {
    'x-auth-token': 'admin',
    'content-type': 'application/json',
    'openstack-api-version': 'placement 1.38',
  };
  const calls: [method: string, path: string, body: string, named: RegExp][] = [
    ...['/hsm/v2', '/apis/smd/hsm/v2'].flatMap((base): [string, string, string, RegExp][] => [
      ['POST', `${base}/locks/lock`, `{${ids},${ids}}`, /member ComponentIDs/],
      [
        'POST',
        `${base}/locks/lock`,
        '{"Role":["Management"],"role":["Compute"]}',
        /body\/Role is given more than once/,
      ],
      ['POST', `${base}/locks/lock`, '{"role":null,"Role":["Compute"]}', /body\/Role is given more than once/],
      ['POST', `${base}/locks/lock`, '{"Role":["Compute"],"ROLE":null}', /body\/Role is given more than once/],
      [
        'POST',
        `${base}/locks/service/reservations/renew`,
        '{"ReservationKeys":[{"ID":"x0c0s0b0n0","Key":"a","Key":"b"}]}',
        /member Key/,
      ],
      [
        'POST',
        `${base}/locks/service/reservations/renew`,
        '{"ReservationKeys":[{"ID":"x0c0s0b0n0","Key":"a","key":"b"}]}',
        /body\/ReservationKeys\/0\/Key is given/,
      ],
      [
        'POST',
        `${base}/State/Components`,
        '{"Components":[{"ID":"x0c0s0b0n0","State":"On","State":"Off"}]}',
        /member State/,
      ],
      ['POST', `${base}/groups`, '{"label":"blue","members":{"ids":[],"ids":["x0c0s0b0n0"]}}', /member ids/],
    ]),
    ...['', '/v1', '/apis/ifs/v1'].flatMap((base): [string, string, string, RegExp][] => [
      ['PATCH', `${base}/locks/lock`, `{${ids},${ids}}`, /member ComponentIDs/],
      [
        'PATCH',
        `${base}/locks/lock`,
        '{"Role":["Management"],"role":["Compute"]}',
        /body\/Role is given more than once/,
      ],
      [
        'POST',
        `${base}/locks/service/reservations`,
        `{${ids},"ReservationDuration":5,"ReservationDuration":1}`,
        /member ReservationDuration/,
      ],
    ]),
    [
      'PUT',
      consumer,
      `{"allocations":{"${provider}":${resources},"${provider}":${resources}},"project_id":"p","user_id":"u","consumer_generation":null,"consumer_type":"X"}`,
      new RegExp(`member ${provider}`),
    ],
    [
      'PUT',
      consumer,
      `{"allocations":{"${provider}":{"resources":{"VCPU":1,"VCPU":2}}},"project_id":"p","user_id":"u","consumer_generation":null,"consumer_type":"X"}`,
      /member VCPU/,
    ],
    ['POST', '/placement/resource_providers', '{"name":"a","name":"b"}', /member name/],
    ['POST', '/placement/resource_classes', '{"name":"CUSTOM_A","name":"CUSTOM_B"}', /member name/],
  ];

  test.each(calls)('%s %s %s', async (method, path, body, named) => {
    const isPlacement = path.startsWith('/placement');
    const answer = await api.inject({ method, path, body, headers: isPlacement ? placement : {} });
    const parsed = JSON.parse(answer.text);
    expect([answer.status, isPlacement ? parsed.errors[0].detail : parsed.detail]).toEqual([
      400,
      expect.stringMatching(named),
    ]);
    expect(api.gateway.submissions).toEqual([]);
  });

  test.each([...calls.map(([method, path]) => [method, path] as const), ['POST', '/admin/level'] as const])(
    '%s %s with a body that is compressed is 415, and the word says what to do',
    async (method, path) => {
      const isPlacement = path.startsWith('/placement');
      const headers = { ...(isPlacement ? placement : {}), 'content-encoding': 'gzip' };
      const answer = await api.inject({ method, path, body: '{}', headers });
      const parsed = JSON.parse(answer.text);
      const said = isPlacement ? parsed.errors[0].detail : parsed.detail;
      expect([answer.status, said]).toEqual([415, expect.stringMatching(/Content-Encoding.*not compressed/)]);
      expect(api.gateway.submissions).toEqual([]);
    },
  );
});
