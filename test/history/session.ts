import type { MemoryLog } from '@holdfast/log';
import type { Beginning } from '@holdfast/processor';
import { shardName } from '@holdfast/shard/shard-name';
import { placementSession } from './placement-session.js';
import { newLog, type RunningService, raiseLevel, SteppedClock, serve } from './service.js';

/**
 * What is recorded: every operation once accepted and most once refused; repeats, conflicts, leases that end and leases that
 * are extended, commands that are none, a clean restart, a level that is asked for in the middle, and a late event of the epoch before.
 * Gives the log that it leaves.
 */
export async function recordedSession(beginning?: Beginning): Promise<MemoryLog> {
  const clock = new SteppedClock();
  const log = newLog(clock.runtime);

  const first = await serve(log, clock.runtime, tokens, beginning);
  await firstEpoch(new Caller(first, clock, { ...asAlice, traceparent }), log);
  await raiseLevel(first);
  await first.close();

  // Nobody could renew meanwhile, so leases are extended.
  clock.pass(25_000);
  const second = await serve(log, clock.runtime, []);
  await appendAgain(log, (await log.head('events')) - 4);
  await secondEpoch(new Caller(second, clock, { 'user-agent': 'curl/8', 'x-actor': 'bob', 'x-reason': 'firmware' }));
  await placementSession(second, clock);
  await second.close();
  return log;
}

const tokens = [{ token: 'token-of-alice', name: 'alice', roles: ['admin' as const] }];
const asAlice = { authorization: 'Bearer token-of-alice' };
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0', 'x0c0s3b0n0'] as const;
const [n0, n1, n2, n3] = nodes;
const idempotencyKey = (n: number) => ({ 'idempotency-key': `00000000-0000-4000-8000-00000000000${n}` });

const reserve = { ComponentIDs: [n1, n2], ReservationDuration: 1 };

/** Sends a request of the session once more, to a service that goes on with its log; gives the sequence in the answer. */
export async function retryOn(log: MemoryLog, clock: SteppedClock): Promise<number> {
  const service = await serve(log, clock.runtime, tokens);
  const { headers } = await service.inject({
    method: 'POST',
    path: '/hsm/v2/locks/service/reservations',
    headers: { ...asAlice, ...idempotencyKey(1) },
    body: JSON.stringify(reserve),
  });
  await service.close();
  return Number(headers['holdfast-sequence']);
}

interface Shown {
  ID: string;
  Key: string;
}

async function firstEpoch(caller: Caller, log: MemoryLog): Promise<void> {
  await inventory(caller);
  await caller.hsm('/locks/lock', { Role: ['Management'], Reason: 'nobody touches these' });
  await caller.hsm('/locks/lock', { Role: ['Management'] });
  await caller.hsm('/locks/lock', { ComponentIDs: [n0, n1], ProcessingModel: 'flexible' });
  await caller.hsm('/locks/lock', { ComponentIDs: ['x9c9s9b0n9'] });
  await caller.hsm('/locks/unlock', { ComponentIDs: [n1] });
  await caller.hsm('/locks/reservations', { ComponentIDs: [n0] });
  await caller.hsm('/locks/service/reservations', { ComponentIDs: [n1, n0], ReservationDuration: 1 });

  const reserved = await caller.hsm('/locks/service/reservations', reserve, idempotencyKey(1));
  await caller.hsm('/locks/service/reservations', reserve, idempotencyKey(1));
  await caller.hsm('/locks/service/reservations', { ...reserve, ReservationDuration: 2 }, idempotencyKey(1));
  const [first, second] = reserved.map(shownKey);
  await caller.hsm('/locks/service/reservations/renew', { ReservationKeys: [first], ReservationDuration: 3 });
  await caller.hsm('/locks/service/reservations/renew', {
    ReservationKeys: [{ ...first, ID: n3 }],
    ReservationDuration: 3,
  });
  // The second lease ends by itself.
  await caller.pass(70_000);
  await caller.hsm('/locks/service/reservations/release', { ReservationKeys: [second] });
  await caller.hsm('/locks/service/reservations/release', { ReservationKeys: [first] });

  await log.append('commands', [{ key: shardName, value: Buffer.from('not a command') }]);
  await caller.hsm('/locks/service/reservations', { ComponentIDs: [n2], ReservationDuration: 2 });
}

async function secondEpoch(caller: Caller): Promise<void> {
  await caller.hsm('/locks/disable', { ComponentIDs: [n2, n3] });
  await caller.hsm('/locks/service/reservations', { ComponentIDs: [n3], ReservationDuration: 1 });
  await caller.hsm('/locks/repair', { ComponentIDs: [n3] });
  await caller.hsm('/locks/service/reservations', { ComponentIDs: [n3], ReservationDuration: 15 }, idempotencyKey(2));
  await caller.hsm('/locks/reservations/remove', { ComponentIDs: [n0, n3], ProcessingModel: 'flexible' });
  await caller.hsm('/locks/reservations/remove', { ComponentIDs: [n1] });
  const [admin] = await caller.hsm('/locks/reservations', { ComponentIDs: [n0] });
  await caller.hsm('/locks/reservations/release', { ReservationKeys: [shownKey(admin)] });
  await caller.send('PATCH', '/v1/locks/lock', { ComponentIDs: [n3] });
  await caller.send('POST', '/v1/locks/service/reservations', { ComponentIDs: [n3] });
  await caller.hsm('/locks/reservations', { ComponentIDs: [n0] });
  await caller.hsm('/locks/service/reservations', { ComponentIDs: [n1], ReservationDuration: 15 });
  // Half a minute back: log time and the leases go with it.
  await caller.pass(-30_000);
  await caller.send('DELETE', '/hsm/v2/groups/blue');
  await caller.send('DELETE', '/hsm/v2/partitions/p1');
  await caller.send('DELETE', '/hsm/v2/State/Components/x0c0s4b0n0');
  await caller.hsm('/State/Components', { Components: [{ ID: n3, State: 'Off', Flag: 'Alert' }], Force: true });
  await caller.send('PATCH', `/hsm/v2/State/Components/${n3}/Role`, { Role: 'Application' });
  await caller.hsm('/groups', { label: 'red', tags: ['t1'], exclusiveGroup: 'colour', members: { ids: [n0] } });
  await caller.hsm('/groups', { label: 'pink', exclusiveGroup: 'colour', members: { ids: [n0] } });
  await caller.hsm('/groups/red/members', { id: n1 });
  await caller.send('DELETE', `/hsm/v2/groups/red/members/${n0}`);
  await caller.send('PATCH', '/hsm/v2/groups/red', { description: 'no more the first', tags: [] });
}

async function inventory(caller: Caller): Promise<void> {
  const component = (ID: string, n: number) => ({
    ID,
    State: 'Ready',
    Role: n === 0 ? 'Management' : 'Compute',
    NID: n,
  });
  await caller.hsm('/State/Components', { Components: [...nodes, 'x0c0s4b0n0'].map(component) });
  await caller.hsm('/groups', { label: 'blue', description: 'the first two', members: { ids: [n0, n1] } });
  await caller.hsm('/groups', { label: 'Blue', members: { ids: [] } });
  await caller.hsm('/groups', { label: 'green', members: { ids: [n3] } });
  await caller.hsm('/partitions', { name: 'p1', members: { ids: [n2] } });
}

interface Reserved {
  ID: string;
  ReservationKey: string;
}

function shownKey(reserved: Reserved | undefined): Shown {
  if (reserved === undefined) throw new Error('nothing was reserved');
  return { ID: reserved.ID, Key: reserved.ReservationKey };
}

/** A client whose requests are a second apart. */
class Caller {
  constructor(
    private readonly service: RunningService,
    private readonly clock: SteppedClock,
    private readonly headers: Record<string, string>,
  ) {}

  /** Gives what was reserved, where that is what was asked for. */
  async hsm(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reserved[]> {
    return this.send('POST', `/hsm/v2${path}`, body, headers);
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reserved[]> {
    this.clock.pass(1_000);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text } = await this.service.inject({
      method,
      path,
      headers: { ...this.headers, ...headers },
      ...sent,
    });
    // A request that never reaches the log would record nothing.
    if (status === 401 || status === 403 || status === 404 || status === 405) throw new Error(`${path}: ${text}`);
    return text === '' ? [] : (JSON.parse(text).Success ?? []);
  }

  /** Lets time pass with ticks, so that it is no silence; at once where it goes back. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5_000) {
      this.clock.pass(5_000);
      await this.service.gateway.barrier();
    }
    if (ms < 0) this.clock.pass(ms);
  }
}

/** Appends a record once more, as a processor may whose append was late. */
async function appendAgain(log: MemoryLog, position: number): Promise<void> {
  const tail = log.tail('events', position);
  const [record] = (await tail.next()) ?? [];
  tail.close();
  await log.append('events', [{ key: record!.key, value: record!.value }]);
}
