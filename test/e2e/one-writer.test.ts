import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeRuntime } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../support/children.js';
import { createNamespace, type Namespace, namespacesMissing } from '../support/namespaces.js';
import { scratch } from '../support/service.js';
import { removeLockFiles, waysToOneDirectory } from '../support/two-paths.js';

/** HOLDFAST_SOAK=1: the whole proof. */
const rounds = process.env.HOLDFAST_SOAK === '1' ? 20 : 2;
const suspensions = process.env.HOLDFAST_SOAK === '1' ? 10 : 1;

/**
 * Opens the log as soon as it gets it, then appends and reads back, and prints what is then answered: a name of its
 * own, and when by the machine's clock that never steps. Ends when it is stopped by the log.
 */
const child = `
  import { writeSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { nodeRuntime } from '@holdfast/log';
  import { openApart, openLmdbLog } from '@holdfast/log-lmdb';
  const [directory, name, how] = process.argv.slice(1);
  const open = how === 'apart' ? openApart : openLmdbLog;
  let log;
  for (;;) {
    try {
      log = await open({ directory, shard: 's', runtime: nodeRuntime, allowNetworkFs: true });
      break;
    } catch (error) {
      writeSync(1, 'refused ' + String(error.code) + ' ' + error.message.slice(0, 100) + '\\n');
      await sleep(50);
    }
  }
  let closing = false;
  process.once('SIGTERM', () => {
    closing = true;
    void log.close().then(() => process.exit(0));
  });
  const lane = async (lane) => {
    const tail = log.tail('events', await log.head('events'));
    for (let n = 0; ; n++) {
      const value = name + '-' + lane + '-' + n;
      await log.append('events', [{ key: 'k', value: Buffer.from(value.padEnd(n % 7 === 0 ? 9000 : 20)) }]);
      for (let found = false; !found; ) {
        for (const record of await tail.next()) found ||= Buffer.from(record.value).toString().trimEnd() === value;
      }
      writeSync(1, 'answered ' + value + ' ' + process.hrtime.bigint() + '\\n');
    }
  };
  await Promise.all([lane(1), lane(2)]).catch((error) => {
    if (closing) return;
    writeSync(1, 'stopped ' + error.code + ' ' + error.message + '\\n');
    process.exit(0);
  });
`;

class Writer {
  readonly answered = new Map<string, bigint>();
  readonly other: string[] = [];
  readonly exited: Promise<unknown>;
  #child: ChildProcess;

  constructor(
    readonly directory: string,
    readonly name: string,
    /** As a service does, or by itself as a tool. */
    how: 'apart' | 'own',
  ) {
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', child, directory, name, how], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const [what, value, at] = line.split(' ');
      if (what === 'answered') this.answered.set(value!, BigInt(at!));
      else this.other.push(line);
    });
  }

  async answers(count: number): Promise<void> {
    for (const end = Date.now() + 60_000; this.answered.size < count; await sleep(20)) {
      if (Date.now() > end) throw new Error(`${this.name} does not answer: ${this.other.slice(-3).join('; ')}`);
    }
  }

  /** Also the process that writes for it, where it has one. */
  suspend(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#child.pid!;
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.exited;
  }
}

/** What they answered and is not in the log. */
function missingIn(values: string[], ...writers: Writer[]): string[] {
  const there = new Set(values);
  return writers.flatMap(({ answered }) => [...answered.keys()]).filter((value) => !there.has(value));
}

function toldAsDamage(error: unknown): void {
  expect(error).toMatchObject({ code: 'corrupt' });
}

const missing = namespacesMissing();
describe.skipIf(missing !== null)(
  missing ?? 'of two processes on one directory, whose lock files go at any moment,',
  () => {
    let space: Namespace;
    let place: Awaited<ReturnType<typeof scratch>>;
    const writers: Writer[] = [];
    beforeAll(async () => {
      space = await createNamespace();
      place = await scratch();
    });
    afterAll(async () => {
      for (const writer of writers) await writer.end('SIGKILL');
      await space.close();
      await place.remove();
    });
    const at = (name: string) => join(place.directory, name);
    const start = (directory: string, name: string, n: number) => {
      const writer = new Writer(directory, name, n % 2 === 0 ? 'own' : 'apart');
      writers.push(writer);
      return writer;
    };

    for (const { name, missing: without, waits, reach } of waysToOneDirectory(() => space)) {
      // Those whose takeovers mostly wait, at once.
      const each = waits ? test.skipIf(without !== null).concurrent : test.skipIf(without !== null);
      each(
        without === null ? `${name}: one answers, and no answer is lost` : `${name}: ${without}`,
        async () => {
          for (let n = 0; n < rounds; n++) {
            const home = at(`${name.replaceAll(' ', '-')}-${n}`);
            await mkdir(home);
            await round(home, await reach(home), n);
          }
        },
        rounds * 90_000,
      );
    }

    // Where a start takes the log of one that seems to be gone.
    for (const { name, missing: without, waits, reach } of waysToOneDirectory(() => space)) {
      if (!waits) continue;
      test.skipIf(without !== null).concurrent(
        without === null
          ? `${name}: who was suspended under load until another has the log answers nothing`
          : `${name}: ${without}`,
        async () => {
          for (let n = 0; n < suspensions; n++) {
            const home = at(`suspended-${name.replaceAll(' ', '-')}-${n}`);
            await mkdir(home);
            await suspended(home, await reach(home), n);
          }
        },
        suspensions * 90_000,
      );
    }

    async function suspended(home: string, [one, two]: [string, string], n: number): Promise<void> {
      const first = start(join(one, 'log'), `former${n}`, 0);
      await first.answers(20 + 7 * n);
      first.suspend('SIGSTOP');
      const second = start(join(two, 'log'), `latter${n}`, 0);
      await second.answers(5);
      first.suspend('SIGCONT');
      await first.exited;
      // LMDB may be the first to find that the table of its readers is another's by now: then nobody knows of that
      // append.
      expect(first.other).toEqual([expect.stringMatching(/^stopped (in-use|lost|append-failed) /)]);
      const stopped = second.other.some((line) => line.startsWith('stopped'));
      if (!stopped) await second.answers(second.answered.size + 5);
      await second.end('SIGTERM');
      const [firstOfSecond] = second.answered.values();
      // What was in the log before it was suspended may be told late, and is true: one of each lane.
      expect([...first.answered].filter(([, when]) => when > firstOfSecond!).length).toBeLessThanOrEqual(2);
      const read = valuesIn(join(home, 'log'));
      if (stopped) {
        // The first was suspended within a commit, which came over what the other wrote: whoever reads the log then is
        // told so.
        await read.then((there) => expect(missingIn(there, first)).toEqual([]), toldAsDamage);
        return;
      }
      const there = await read;
      expect(missingIn(there, first, second)).toEqual([]);
      const others = there.slice(there.findIndex((value) => value.startsWith(second.name)));
      expect(others.filter((value) => value.startsWith(first.name))).toEqual([]);
    }

    async function round(home: string, [one, two]: [string, string], n: number): Promise<void> {
      const first = start(join(one, 'log'), `first${n}`, n);
      await first.answers(5);
      const endCleaner = removeLockFiles([join(one, 'log'), join(two, 'log')]);
      const second = start(join(two, 'log'), `second${n}`, n);
      await sleep(1_000 + Math.random() * 2_000);
      await Promise.race([first.answers(first.answered.size + 5), second.answers(1)]);
      expect([[...second.answered], first.other]).toEqual([[], []]);
      await first.end('SIGKILL');
      await second.answers(5);
      await endCleaner();
      await second.end('SIGTERM');
      const [firstOfSecond] = second.answered.values();
      expect([...first.answered].filter(([, when]) => when > firstOfSecond!)).toEqual([]);
      expect(second.other.filter((line) => line.startsWith('stopped'))).toEqual([]);
      expect(missingIn(await valuesIn(join(home, 'log')), first, second)).toEqual([]);
    }

    /** All that is in the log, which is read to its end. */
    async function valuesIn(directory: string): Promise<string[]> {
      const log = await openLmdbLog({ directory, shard: 's', runtime: nodeRuntime });
      try {
        const values: string[] = [];
        const [tail, head] = [log.tail('events', 0), await log.head('events')];
        while (values.length < head) {
          for (const { value } of (await tail.next())!) values.push(Buffer.from(value).toString().trimEnd());
        }
        return values;
      } finally {
        await log.close();
      }
    }
  },
);
