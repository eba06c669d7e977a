import { randomUUID } from 'node:crypto';
import { openCodec } from '@holdfast/cli/codec';
import type { LogSettings } from '@holdfast/cli/log';
import { openLog } from '@holdfast/cli/log';
import { GroupFeed, nodeRuntime, silentLogger } from '@holdfast/log';
import { afterEach, describe, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { kafkaMissing, sharedKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

/* The audit of a service that is killed again and again: by its streams, and by the commands of an operator. */

const fleet = xnames(40);
const [a, b] = fleet as [string, string];

interface Place {
  /** Options of every process, and of commands on the log. */
  args: string[];
  log: LogSettings;
}

interface Backend {
  name: string;
  missing: string | null;
  /** Whether the log admits other processes beside the one that serves. */
  shared: boolean;
  place(): Promise<Place>;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function directory(): Promise<string> {
  const { directory, remove } = await scratch();
  closers.push(remove);
  return directory;
}

const embedded: Backend = {
  name: 'embedded, in a directory',
  missing: null,
  shared: false,
  async place() {
    const data = await directory();
    return { args: ['--data', data], log: { data, kafka: null } };
  },
};

const cluster: Backend = {
  name: 'on Kafka, a registry and a PostgreSQL server',
  missing: kafkaMissing() ?? postgresMissing(),
  shared: true,
  async place() {
    const [{ brokers, registry }, server, data] = await Promise.all([sharedKafka(), startPostgres(), directory()]);
    closers.push(() => server.remove());
    const name = randomUUID();
    const topics = { commands: `commands-${name}`, events: `events-${name}` };
    const kafka = { brokers: [brokers], shards: 1, topics, registry: { url: registry! } };
    const reach = ['--kafka', brokers, '--registry', registry!, '--data', data, '--postgres', await server.database()];
    const args = [...reach, '--commands-topic', topics.commands, '--events-topic', topics.events];
    return { args, log: { data, kafka } };
  },
};

interface Shown {
  Sequence: number;
  Type: string;
}

/** A client of server-sent events, which goes on where it was when its server comes back. */
class Follower {
  readonly events: Shown[] = [];
  lastId = '0';
  #ended: Promise<void> = Promise.resolve();

  /** Resolves once the stream has begun. */
  async follow(url: string): Promise<void> {
    await this.#ended;
    const headers = { accept: 'text/event-stream', 'last-event-id': this.lastId };
    const { status, body } = await fetch(`${url}/audit/events`, { headers });
    expect(status).toBe(200);
    this.#ended = this.#take(body!).catch(() => {});
  }

  async until(sequence: number): Promise<void> {
    while (Number(this.lastId) < sequence) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async #take(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.#one(block);
    }
  }

  #one(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const data = field('data');
    if (data !== undefined) this.events.push(JSON.parse(data));
    this.lastId = field('id') ?? this.lastId;
  }
}

/** Every accepted event, as a reader of the log takes them. */
async function accepted({ log: settings }: Place): Promise<Shown[]> {
  const log = await openLog(settings, nodeRuntime, silentLogger);
  const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
  const feed = new GroupFeed({ log, codec });
  const events: Shown[] = [];
  feed.subscribe({
    group: (group) => {
      for (const { stamp, event } of group.events) events.push({ Sequence: stamp.sequence, Type: event.type });
    },
  });
  const head = await log.head('events');
  feed.start();
  await feed.caughtUpWith(head);
  await feed.close();
  await log.close();
  return events;
}

const plainly = (events: readonly Shown[]) => events.map(({ Sequence, Type }) => ({ Sequence, Type }));

async function sequence(url: string): Promise<number> {
  const { headers } = await call(url, 'HEAD', '/audit/events');
  return Number(headers.get('holdfast-sequence'));
}

for (const backend of [embedded, cluster]) {
  describe.skipIf(backend.missing !== null)(`the audit ${backend.name}`, () => {
    const serve = async ({ args }: Place): Promise<ServedProcess> => {
      const process = new ServedProcess(args);
      closers.push(() => process.kill());
      return process.ready();
    };

    test('a stream has each accepted event once, in order, whatever is killed', async () => {
      const place = await backend.place();
      const follower = new Follower();
      let served = await serve(place);
      await follower.follow(served.url);
      await loadNodes(served.url, fleet);
      for (let round = 0; round < 2; round++) {
        const ids = fleet.slice(round * 20, round * 20 + 20);
        const reserved = await hsm(served.url, '/locks/service/reservations', {
          ComponentIDs: ids,
          ReservationDuration: 9,
        });
        expect(reserved.status).toBe(200);
        await hsm(served.url, '/locks/lock', { ComponentIDs: fleet, ProcessingModel: 'flexible' });
        // Killed with requests under way, and with events that were not streamed yet.
        const underWay = ids.map((id) =>
          hsm(served.url, '/locks/reservations/remove', { ComponentIDs: [id] }).catch(() => {}),
        );
        if (round % 2 === 0) await Promise.race(underWay);
        await served.kill();
        await Promise.all(underWay);
        served = await serve(place);
        await follower.follow(served.url);
        await hsm(served.url, '/locks/unlock', { ComponentIDs: fleet, ProcessingModel: 'flexible' });
      }
      const last = await sequence(served.url);
      await follower.until(last);
      await served.kill();
      const all = await accepted(place);
      expect(plainly(follower.events)).toEqual(all.slice(0, follower.events.length));
      expect(follower.events.length).toBeGreaterThanOrEqual(last);
      expect(new Set(all.map(({ Type }) => Type))).toContain('cray.RequestRefused');
    }, 180_000);

    test('the commands of an operator show it, and rows are made anew', async () => {
      const place = await backend.place();
      let served = await serve(place);
      const run = (...args: string[]) => holdfast([...args, '--server', served.url]);
      await loadNodes(served.url, fleet);
      const headers = { 'x-actor': 'alice' };
      const body = { ComponentIDs: [a], ReservationDuration: 15, Reason: 'firmware update' };
      const made = await hsm(served.url, '/locks/service/reservations', body, headers);
      const then = made.headers.get('holdfast-sequence')!;
      await hsm(served.url, '/locks/lock', { ComponentIDs: [a] }, { 'x-actor': 'bob' });
      await hsm(served.url, '/locks/lock', { ComponentIDs: [b] }, { 'x-actor': 'bob' });

      const history = await run('history', a);
      expect(history).toMatchObject({ code: 0, stderr: '' });
      expect(history.stdout.split('\n').map((line) => line.split(/ {2,}/)[3])).toEqual([
        'WHAT',
        'lock refused, as it is reserved; asked by bob (as stated)',
        'reserved for 15 minutes by alice (as stated): firmware update',
        'written to the inventory by anonymous',
        undefined,
      ]);
      expect(JSON.parse((await run('history', a, '--json', '--actor', 'alice')).stdout)).toHaveLength(1);
      expect((await run('holders')).stdout).toMatch(
        new RegExp(
          `^2 components.*\\nCOMPONENT.*\\n${a} .*alice +firmware update +\\d+ +\\S+\\n${b} +lock .*bob +- +\\d+ +-\\n$`,
        ),
      );
      expect((await run('at', then, a, b)).stdout).toMatch(/^2 components: 0 locked, 1 reserved/);
      expect((await run('at', then, '--locked')).stdout).toMatch(/^0 components/);
      expect(await run('at', '2020-01-01T00:00:00Z')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('begins at'),
      });
      expect(await run('history', 'x9c0s0b0n0')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has nothing'),
      });
      await allocate(served.url);
      expect((await run('holders', '--module', 'placement', '--class', 'VCPU')).stdout).toMatch(
        new RegExp(`^1 consumer with.*\\nCONSUMER.*\\n${consumer} +${provider} +3 VCPU +p1 .*admin`),
      );
      expect((await run('history', consumer)).stdout).toMatch(/3 VCPU of .* allocated by admin/);
      expect((await run('history', provider.toUpperCase())).stdout).toMatch(/provider rack written by admin/);
      const now = new Date().toISOString();
      const past = (await run('at', now, '--module', 'placement', provider)).stdout;
      expect(past).toMatch(new RegExp(`^1 provider, 0 consumers\\nPROVIDER.*\\n${provider} +rack +VCPU +3 +8\\n$`));
      expect((await run('at', then, '--module', 'placement')).stdout).toMatch(/^0 providers, 0 consumers/);

      const tail = (...args: string[]) => run('tail', '--no-follow', ...args);
      expect((await tail('--types', 'cray.ComponentLocked', '--from', '1')).stdout).toMatch(
        new RegExp(`^ *\\d+  20.*Z  ${b} +locked by bob \\(as stated\\)\\n$`),
      );
      const events = async () => (await tail('--json', '--from', '1', '--xname', a)).stdout;
      const before = await events();
      expect(before.trim().split('\n')).toHaveLength(3);

      const rebuild = (...names: string[]) => holdfast(['rebuild', ...names, ...place.args]);
      expect(await rebuild('nonsense')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('history, requests'),
      });
      if (!backend.shared) {
        expect(await rebuild()).toMatchObject({ code: 3, stderr: expect.stringContaining('in use') });
        await served.kill('SIGTERM');
      }
      expect(await rebuild('history')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^rebuilt history from \d+ events/),
      });
      expect(await rebuild()).toMatchObject({ code: 0 });
      if (!backend.shared) served = await serve(place);
      // While it was stopped nobody could renew, so the lease may have been extended since.
      expect((await events()).startsWith(before)).toBe(true);
    }, 180_000);
  });
}

const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const consumer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

/** A provider of 8 VCPU, and a consumer that has 3 of them. */
async function allocate(url: string): Promise<void> {
  const headers = { 'x-auth-token': 'admin', 'openstack-api-version': 'placement 1.38' };
  const ask = async (method: string, path: string, body: unknown) => {
    const { status } = await call(url, method, `/placement${path}`, body, headers);
    expect(status, path).toBeLessThan(300);
  };
  await ask('POST', '/resource_providers', { name: 'rack', uuid: provider });
  await ask('PUT', `/resource_providers/${provider}/inventories`, {
    resource_provider_generation: 0,
    inventories: { VCPU: { total: 8 } },
  });
  const owned = { project_id: 'p1', user_id: 'u1', consumer_type: 'LOCK', consumer_generation: null };
  await ask('PUT', `/allocations/${consumer}`, { allocations: { [provider]: { resources: { VCPU: 3 } } }, ...owned });
}
