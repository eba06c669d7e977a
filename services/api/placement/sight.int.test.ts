import { randomUUID } from 'node:crypto';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, type Reply, serviceFor } from '../../../test/support/service.js';

/* What a reader sees of a log in which locks and allocations come one after the other. */

const component = 'x0c0s0b0n0';
const roles = { ada: 'admin', nova: 'service', rita: 'reader', mia: 'member' } as const;
const tokens = Object.entries(roles).map(([name, role]) => ({
  token: `token-of-${name}`,
  name,
  roles: role === 'member' ? (['member', 'reader'] as const).slice() : [role],
  project: 'own-project',
}));
const [provider, own, foreign] = [randomUUID(), randomUUID(), randomUUID()];
/** What only Placement's requests hold. */
const hidden = [provider, own, foreign, 'secret-project', 'secret-why', 'nova', 'placement.', 'VCPU'];
let service: Service;
let locations: string[] = [];

const as = (name: string, more: Record<string, string> = {}) => ({
  authorization: `Bearer token-of-${name}`,
  'openstack-api-version': 'placement 1.38',
  ...more,
});
const send = (name: string, method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
  call(service.url, method, path, body, as(name, more));
const get = (name: string, path: string) => send(name, 'GET', path);

function allocate(consumer: string, project: string, amount: number, more: Record<string, string> = {}) {
  return send(
    'nova',
    'PUT',
    `/placement/allocations/${consumer}`,
    {
      allocations: { [provider]: { resources: { VCPU: amount } } },
      project_id: project,
      user_id: 'u',
      consumer_generation: null,
      consumer_type: 'LOCK',
    },
    { 'x-reason': 'secret-why', ...more },
  );
}

async function session(): Promise<void> {
  const Components = [{ ID: component, Type: 'Node', State: 'Ready', Role: 'Compute', NID: 1 }];
  await send('ada', 'POST', '/hsm/v2/State/Components', { Components });
  await send('nova', 'POST', '/placement/resource_providers', { name: 'secret-host', uuid: provider });
  await send('nova', 'PUT', `/placement/resource_providers/${provider}/inventories`, {
    resource_provider_generation: 0,
    inventories: { VCPU: { total: 8 } },
  });
  const lock = { ComponentIDs: [component] };
  await send('ada', 'POST', '/hsm/v2/locks/lock', { ...lock, Reason: 'cooling' });
  const keyed = { 'idempotency-key': randomUUID() };
  await allocate(foreign, 'secret-project', 1, keyed);
  await allocate(foreign, 'secret-project', 1, keyed);
  await send('ada', 'POST', '/hsm/v2/locks/lock', lock);
  await allocate(own, 'own-project', 1);
  // Too many.
  await allocate(randomUUID(), 'secret-project', 99);
  await send('ada', 'POST', '/hsm/v2/locks/unlock', lock);
  const later = await allocate(randomUUID(), 'secret-project', 1, { prefer: 'respond-async' });
  locations = [String(later.headers.get('location'))];
  await send('ada', 'POST', '/hsm/v2/locks/lock', lock);
}

beforeAll(async () => {
  service = await serviceFor({ api: { tokens } });
  await session();
}, 240_000);
afterAll(() => service?.close());

async function pages(name: string, path: string, list: 'Requests' | 'Entries', limit: number) {
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  const found: any[][] = [];
  for (let next: string | null = null; ; ) {
    const query = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${next === null ? '' : `&cursor=${next}`}`;
    const { status, body } = await get(name, query);
    expect(status).toBe(200);
    found.push(body[list]);
    next = body.Next;
    if (next === null) return found;
  }
}

const readers = ['rita', 'mia'];

test.each(readers)('%s sees no word of Placement on any path of the audit', async (name) => {
  const paths = [
    ...['requests', 'requests?outcome=repeated', 'requests?outcome=refused', 'requests?actor=nova', 'events?from=1'],
    ...[
      'events?from=1&types=placement.ConsumerPut,engine.RequestDecided',
      'events?from=-100',
      'holders',
      'status?at=9',
    ],
    ...[`components/${component}/history`, `components/${component}/history?actor=nova`, `events?xname=${component}`],
  ];
  let seen = '';
  for (const path of paths) {
    const { status, body } = await get(name, `/audit/${path}`);
    expect([200, 404], path).toContain(status);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    // The log's record of its schemas names those of all modules: they are the product's, and say of nobody's
    // allocations.
    const said = text.replaceAll('"holdfast.placement.', '"');
    for (const word of hidden) expect(said.includes(word), `${word} in ${path}: ${said}`).toBe(false);
    seen += text;
  }
  expect(seen).toContain('cooling');
});

test.each(readers)('what is of Placement alone is 403 to %s, whether it is there or not', async (name) => {
  for (const consumer of [foreign, own, randomUUID()]) {
    for (const path of [
      ...[`consumers/${consumer}/history`, `providers/${consumer}/history`, `events?uuid=${consumer}`],
      ...['holders?module=placement', 'holders?module=placement&project=own-project', 'status?at=9&module=placement'],
    ]) {
      const { status, body } = await get(name, `/audit/${path}`);
      expect([status, body.detail], path).toEqual([
        403,
        'The roles of this token do not allow to see what is in placement',
      ]);
      expect((await get('nova', `/audit/${path}`)).status, path).not.toBe(403);
    }
  }
});

test.each([1, 2, 3, 1_000])(
  'pages of %d are full, and the last one says so, as if there was nothing else',
  async (limit) => {
    const mine = await pages('rita', '/audit/requests', 'Requests', limit);
    const all = (await pages('ada', '/audit/requests', 'Requests', 1_000)).flat();
    const repeats = all.filter(({ Outcome }) => Outcome === 'repeated');
    expect(repeats).toHaveLength(1);
    const visible = all.filter(({ Command }) => Command.startsWith('cray.'));
    expect(visible).toHaveLength(5);
    expect(mine.flat()).toEqual(visible);
    expect(mine.map(({ length }) => length)).toEqual(
      Array.from({ length: Math.ceil(5 / limit) }, (_, n) => Math.min(limit, 5 - n * limit)),
    );
  },
);

test('a stream has the same events as everybody’s but for those of Placement, from any place and to any', async () => {
  const linesOf = (reply: Reply) =>
    String(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const all = linesOf(await get('ada', '/audit/events?from=1'));
  const isHidden = ({ Type, Request, Sequence }: { Type: string; Request: { Command: string }; Sequence: number }) =>
    Type.startsWith('placement.') || Request.Command.startsWith('placement.') || repeated.includes(Sequence);
  const repeated = all.filter(({ Type }) => Type === 'engine.Repeated').map(({ Sequence }) => Sequence);
  for (const from of [1, 4, 9]) {
    const mine = linesOf(await get('rita', `/audit/events?from=${from}`));
    expect(mine).toEqual(all.filter((one) => one.Sequence >= from && !isHidden(one)));
  }
  expect(all.some(isHidden)).toBe(true);
});

test('a request in Placement is there for those who may see all, and the one that asked; to others it is as none', async () => {
  for (const location of [...locations, locations[0]!.split('.')[0]!]) {
    expect((await get('nova', location)).status).toBe(200);
    expect((await get('ada', location)).status).toBe(200);
    for (const name of readers) {
      const { status, body } = await get(name, location);
      const none = await get(name, `/requests/${randomUUID()}`);
      expect([status, body]).toEqual([404, none.body]);
    }
  }
});

test('where the policy is open, or nobody has a token, all is seen', async () => {
  const before = service;
  for (const api of [{ tokens, modules: { placement: { policy: 'open' } } }, { tokens: [] }]) {
    service = await serviceFor({ api });
    try {
      await call(
        service.url,
        'POST',
        '/placement/resource_providers',
        { name: 'host', uuid: provider },
        {
          ...as('rita'),
          'x-auth-token': api.tokens.length > 0 ? 'token-of-rita' : 'admin',
        },
      );
      const { status, body } = await get('rita', `/audit/providers/${provider}/history`);
      expect([status, body.Entries?.length]).toEqual([200, 1]);
      expect((await get('rita', '/audit/requests')).body.Requests).toHaveLength(1);
    } finally {
      await service.close();
      service = before;
    }
  }
}, 240_000);
