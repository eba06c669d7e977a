import { LocalTail, LogError, type NewRecord, type ShardLog, type StreamName, type Tail } from '@holdfast/log';
import { Commits, type Owners } from '@holdfast/log-lmdb/commits';
import type { Ownership } from '@holdfast/log-lmdb/ownership';
import type { FileSpace } from '@holdfast/log-lmdb/space';
import { LmdbStream, type StreamParts } from '@holdfast/log-lmdb/stream';
import { shardName } from '@holdfast/shard/shard-name';
import type { SimEnvironment } from './lmdb-file.js';
import type { SimProcess } from './world.js';

const aliveMs = 1_000;
/** It has room. */
const space = { within: (_records: number, _bytes: number, commit: () => unknown) => commit() } as FileSpace;

/**
 * The embedded log on a simulated file: its streams, commits and looks at the file are production code; this opens them
 * in the order of `lmdb-log.ts`, and looks each second as `watch.ts` does where no lock of the kernel reaches
 * everybody.
 */
export class SimEmbeddedLog implements ShardLog {
  readonly shard = shardName;
  readonly exclusive = true;
  readonly after: SimProcess['lookAgain'];
  #streams: Record<StreamName, LmdbStream>;
  #commits: Commits;
  #ownership: Ownership;

  /** Throws LogError `in-use`. */
  constructor(
    environment: SimEnvironment,
    heads: Ownership,
    private readonly process: SimProcess,
  ) {
    this.after = process.lookAgain;
    this.#ownership = heads;
    const openDb = <T>(name: string) => heads.during(() => environment.openDB(name)) as T;
    const owners = openDb<Owners>('owners');
    const token = process.runtime.random();
    const commits = heads.during(() => new Commits(owners, () => token));
    this.#commits = commits;
    const meta = openDb<StreamParts['meta']>('numbers');
    heads.during(() => meta.putSync('opened at', process.runtime.now()));
    const stream = (name: StreamName) =>
      new LmdbStream(name, {
        db: openDb(name),
        checksums: openDb(`${name} checksums`),
        meta,
        clock: process.runtime,
        space,
        commits,
        damage: { first: null },
        // It has no pages.
        look: () => {},
      });
    this.#streams = { commands: stream('commands'), events: stream('events') };
    commits.begin(heads);
    this.#watch(process, () =>
      commits.commit({ write: () => void meta.put('alive at', process.runtime.now()).catch(() => {}) }),
    );
  }

  /** Whoever waits at its head looks again. */
  wake(): void {
    for (const each of Object.values(this.#streams)) each.wake();
  }

  async append(stream: StreamName, records: NewRecord[]): Promise<void> {
    await this.process.ask(0, `append of ${records.length} to ${stream}`, () => {});
    return this.#streams[stream].append(records);
  }

  async head(stream: StreamName): Promise<number> {
    await this.process.ask(0, `head of ${stream}`, () => {});
    await this.#commits.look();
    return this.#streams[stream].head;
  }

  async start(stream: StreamName): Promise<number> {
    return this.#streams[stream].start;
  }

  tail(stream: StreamName, position: number): Tail {
    return new LocalTail(this.#streams[stream], position, () => {});
  }

  async close(): Promise<void> {}

  #watch({ runtime }: SimProcess, beat: () => Promise<void>): void {
    let seen = 0;
    const look = async () => {
      if (this.#commits.idle) this.#ownership.check();
      if (this.#commits.count === seen) await beat();
      seen = this.#commits.count;
    };
    const next = () => {
      runtime.after(aliveMs, () => {
        look()
          .catch((error: unknown) => {
            if (error instanceof LogError) this.#ownership.lose(error);
          })
          .finally(() => {
            if (this.#ownership.lost === null) next();
          });
      });
    };
    next();
  }
}
