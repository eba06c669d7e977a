import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
  await loadFixture(api.inject);
});
afterAll(() => api.app.close());

const paths = [
  '/locks/lock',
  '/locks/unlock',
  '/locks/disable',
  '/locks/repair',
  '/locks/status',
  '/locks/reservations',
  '/locks/reservations/remove',
  '/locks/reservations/release',
  '/locks/service/reservations',
  '/locks/service/reservations/renew',
  '/locks/service/reservations/release',
  '/locks/service/reservations/check',
];
const path = fc.oneof(
  fc.tuple(fc.constantFrom('/hsm/v2', '/v1', ''), fc.constantFrom(...paths)).map((parts) => parts.join('')),
  fc.constantFrom('/hsm/v2/State/Components', '/hsm/v2/groups', '/hsm/v2/partitions'),
);
const word = fc.constantFrom(
  'x0c0s0b0n0',
  'X00',
  '',
  '!',
  '!x0',
  'rigid',
  'Compute',
  'true',
  '1',
  '\0',
  '\ud800',
  '__proto__',
  'p1',
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  word,
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof({ weight: 3, arbitrary: junk }, fc.array(junk, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }));
const name = fc.constantFrom(
  ...[
    'ComponentIDs',
    'ProcessingModel',
    'ReservationDuration',
    'ReservationKeys',
    'DeputyKeys',
    'Role',
    'SubRole',
    'NID',
  ],
  ...['Group', 'Locked', 'State', 'Components', 'label', 'name', 'members', 'description', '__proto__', 'constructor'],
);
const member = fc.dictionary(
  fc.constantFrom('ID', 'Key', 'State', 'NID', 'Enabled', 'Role', 'ids', '__proto__'),
  value,
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(name, fc.oneof(value, member, fc.array(member, { maxLength: 2 }))) },
  value,
);
const text = fc.oneof({ weight: 5, arbitrary: body.map((one) => JSON.stringify(one) ?? '') }, fc.string(), fc.json());

test('no body gets a fault for an answer, and one that is refused as malformed never reaches the log', async () => {
  await fc.assert(
    fc.asyncProperty(path, text, fc.constantFrom('POST', 'PATCH', 'PUT'), async (at, sent, method) => {
      const before = api.gateway.submissions.length;
      const response = await api.inject({ method, path: at, body: sent });
      expect(response.status, `${method} ${at} ${sent} ${response.text}`).toBeLessThan(500);
      const decided = response.headers['holdfast-sequence'] !== undefined;
      expect(api.gateway.submissions.length - before).toBe(decided ? 1 : 0);
    }),
    { numRuns: 1500 },
  );
});

test('no query gets a fault for an answer', async () => {
  const parameter = fc.constantFrom(
    'type',
    'STATE',
    'role',
    'subrole',
    'locked',
    'reserved',
    'reservationDisabled',
    '__proto__',
    'x',
  );
  const piece = fc.tuple(
    parameter,
    fc
      .oneof(word, fc.string())
      .filter((one) => !/\p{Surrogate}/u.test(one))
      .map((one) => encodeURIComponent(one)),
  );
  const query = fc
    .array(
      piece.map((pair) => pair.join('=')),
      { maxLength: 4 },
    )
    .map((pieces) => pieces.join('&'));
  await fc.assert(
    fc.asyncProperty(query, async (given) => {
      const response = await api.inject({ method: 'GET', path: `/hsm/v2/locks/status?${given}` });
      expect(response.status, `${given} ${response.text}`).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});
