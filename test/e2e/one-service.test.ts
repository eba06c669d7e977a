import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { createNamespace, type Namespace, namespacesMissing } from '../support/namespaces.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { hsm, loadNodes, ServedProcess, scratch, serviceFor, xnames } from '../support/service.js';
import { removeLockFiles, waysToOneDirectory } from '../support/two-paths.js';

/*
 * Two whole services on one directory, each of which is started again whenever it ends, as by two supervisors that do
 * not know of each other. Clients reserve the same components at both, and the files of the locks go all the while.
 */

/**
 * Of two takeovers each. It takes minutes, so that `npm test` has one-writer.test.ts alone, with processes that are no
 * more than a log.
 */
const soak = process.env.HOLDFAST_SOAK === '1';
const directories = 10;
const takeovers = 2;
const fleet = xnames(3_000);
const lanes = 8;
/** Answers of each process before it is killed. */
const enough = 50;
const directoryMsMax = 400_000;
type Settings = { data: string; postgres: string | null; allowNetworkFs: false };

/** What a client got, and from which start of a service. */
interface Answered {
  by: string;
  id: string;
  deputyKey: string;
}

/** A service that is started again whenever it ends, until it is ended. */
class Kept {
  url: string | null = null;
  starts = 0;
  /** What starts that came to nothing printed. */
  readonly refused: string[] = [];
  #process: ServedProcess | null = null;
  #over = false;
  #running: Promise<void>;

  constructor(
    private readonly name: string,
    args: string[],
  ) {
    this.#running = this.#keep(args);
  }

  /** The process that runs now. */
  get start(): string {
    return `${this.name}.${this.starts}`;
  }

  async kill(): Promise<void> {
    await this.#process!.kill();
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#over = true;
    this.#process?.send(signal);
    await this.#running;
  }

  async #keep(args: string[]): Promise<void> {
    while (!this.#over) {
      const process = new ServedProcess(args);
      this.#process = process;
      this.starts++;
      const served = await process.ready().then(
        () => true,
        () => false,
      );
      if (served) this.url = process.url;
      await process.exited;
      this.url = null;
      if (!served && !this.#over) this.refused.push(`${process.output}ended by ${process.endedBy}`);
      if (!this.#over) await sleep(500);
    }
  }
}

/** Clients that reserve one component after the other, each at both services. */
class Clients {
  /** In the order in which the answers came. */
  readonly answered: Answered[] = [];
  #next = 0;
  #over = false;
  #running: Promise<unknown>;

  constructor(private readonly services: Kept[]) {
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#reserve()));
  }

  by(start: string): number {
    return this.answered.filter(({ by }) => by === start).length;
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #reserve(): Promise<void> {
    while (!this.#over) {
      const there = this.services.filter(({ url }) => url !== null);
      if (there.length === 0 || this.#next >= fleet.length) {
        await sleep(20);
        continue;
      }
      const id = fleet[this.#next++]!;
      await Promise.all(there.map(({ start, url }) => this.#reserveAt(start, url!, id)));
    }
  }

  async #reserveAt(by: string, url: string, id: string): Promise<void> {
    const body = { ComponentIDs: [id], ReservationDuration: 15 };
    const reply = await hsm(url, '/locks/service/reservations', body).catch(() => null);
    if (reply?.status === 200) this.answered.push({ by, id, deputyKey: reply.body.Success[0].DeputyKey });
    // It may have been killed.
    else if (reply === null) await sleep(20);
  }
}

/**
 * What a start says that comes to nothing. An overlay may never show its lock files as they are, so that it gives up.
 */
const expectedRefusal = /in use by|start again|are there and are not/;

const missing = soak ? namespacesMissing() : 'a part of npm run soak:';
describe.skipIf(missing !== null)(
  missing ?? 'of two services on one directory, whose lock files go at any moment,',
  () => {
    let space: Namespace;
    let place: Awaited<ReturnType<typeof scratch>>;
    const begun: (() => Promise<unknown>)[] = [];
    let server: PostgresServer | null = null;
    beforeAll(async () => {
      server = postgresMissing() === null ? await startPostgres() : null;
      space = await createNamespace();
      place = await scratch();
      const service = await serviceFor({ data: join(place.directory, 'loaded') });
      await loadNodes(service.url, fleet);
      await service.close();
    }, 60_000);
    afterAll(async () => {
      for (const end of begun) await end();
      await server?.remove();
      await space.close();
      await place.remove();
    }, 60_000);

    for (const { name, missing: without, waits, network, reach } of waysToOneDirectory(() => space)) {
      // What an overlay shows of files that change below it is nothing that a database can be kept in.
      const lacks = without ?? (waits ? postgresMissing() : null);
      // Those whose takeovers mostly wait, at once.
      const each = waits ? test.skipIf(lacks !== null).concurrent : test.skipIf(lacks !== null);
      each(
        lacks === null ? `${name}: one answers, no reservation is missing, verify finds nothing` : `${name}: ${lacks}`,
        async () => {
          for (let n = 0; n < directories; n++) {
            const home = join(place.directory, `${name.replaceAll(' ', '-')}-${n}`);
            const filter = (path: string) => !/lock\.\d+$/.test(path) && !(waits && path.endsWith('read-model'));
            await cp(join(place.directory, 'loaded'), home, { recursive: true, filter });
            const postgres = waits ? await server!.database() : null;
            await takeTurns({ data: home, postgres, allowNetworkFs: false }, await reach(home), network);
          }
        },
        directories * directoryMsMax,
      );
    }

    async function takeTurns(settings: Settings, paths: [string, string], network: boolean): Promise<void> {
      const endCleaner = removeLockFiles(paths.map((path) => join(path, 'log')));
      const { postgres, data: home } = settings;
      const readModel = postgres === null ? [] : ['--postgres', postgres];
      // Both at once: either may be the first.
      const services = paths.map(
        (path, n) =>
          new Kept(`service ${n}`, ['--data', path, ...readModel, ...(network ? ['--allow-network-fs'] : [])]),
      );
      const clients = new Clients(services);
      begun.push(...services.map((each) => () => each.end('SIGKILL')), () => clients.end(), endCleaner);
      const starts: string[] = [];
      for (let turn = 0; turn <= takeovers; turn++) {
        await until(() => clients.answered.some(({ by }) => !starts.includes(by)), services);
        const { by } = clients.answered.find((each) => !starts.includes(each.by))!;
        starts.push(by);
        const owner = services.find(({ start }) => start === by)!;
        const other = services.find((each) => each !== owner)!;
        const refusals = other.refused.length;
        // The other tries, and comes to nothing, while this one answers.
        const tried = () => other.refused.length > refusals || turn === takeovers;
        await until(() => clients.by(by) >= enough && tried(), services);
        if (turn < takeovers) await owner.kill();
      }
      const removed = await endCleaner();
      await clients.end();
      for (const each of services) await each.end('SIGTERM');

      expect(removed).toBeGreaterThan(0);
      // Who answers once after another never does so before it again.
      expect(clients.answered.map(({ by }) => by).filter((by, n, all) => by !== all[n - 1])).toEqual(starts);
      const others = services.flatMap(({ refused }) => refused).filter((said) => !expectedRefusal.test(said));
      expect(others).toEqual([]);
      await expectHeld(settings, clients.answered);
      const verified = await holdfast(['verify', '--data', home, ...readModel]);
      expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
      const told = starts.map((by) => `${by}: ${clients.by(by)}`).join(', ');
      process.stdout.write(`answers by start: ${told}; ${services.map(({ starts }) => starts).join(' and ')} starts\n`);
    }

    async function until(holds: () => boolean, services: Kept[]): Promise<void> {
      for (const end = Date.now() + directoryMsMax / 3; !holds(); await sleep(10)) {
        if (Date.now() < end) continue;
        throw new Error(services.map(({ start, url, refused }) => `${start} ${url} ${refused.at(-1)}`).join('\n'));
      }
    }

    /** A process that begins now finds each reservation under the key that was answered. */
    async function expectHeld(settings: Settings, answered: Answered[]): Promise<void> {
      const service = await serviceFor(settings);
      const DeputyKeys = answered.map(({ id, deputyKey }) => ({ ID: id, Key: deputyKey }));
      const { status, body } = await hsm(service.url, '/locks/service/reservations/check', { DeputyKeys });
      await service.close();
      expect([status, body.Failure]).toEqual([200, []]);
      expect(body.Success).toHaveLength(answered.length);
    }
  },
);
