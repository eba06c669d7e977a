import { rmSync, statSync, symlinkSync } from 'node:fs';
import type { LogRecord, StreamName } from '@holdfast/log';
import type { RootDatabase } from 'lmdb';
import { openEnvironment } from '../commits.js';
import { openRecords, Records } from '../records.js';

/** LMDB's table of readers cannot be the one of the process that writes. */
export class NoTable extends Error {}

/** The file of a log that another process writes. */
export class Reading {
  #streams: Record<StreamName, Records>;

  private constructor(
    private readonly root: RootDatabase,
    private readonly readers: string,
    private readonly table: bigint | null,
  ) {
    const damage = { first: null };
    const stream = (name: StreamName) =>
      new Records(
        name,
        openRecords((each, options) => root.openDB(each, options), name),
        damage,
      );
    this.#streams = { commands: stream('commands'), events: stream('events') };
  }

  /**
   * Once the other has opened it. LMDB must enter what is read here in the table of that one, or it may write over it; it takes the file
   * with `-lock` behind the name of the log's. So the log is reached by a name beside that table, where nobody cleans up.
   */
  static open(path: string, readers: string): Reading {
    const name = readers.slice(0, -'-lock'.length);
    try {
      rmSync(name, { force: true });
      symlinkSync(path, name);
    } catch (cause) {
      throw new NoTable(`${name} cannot be made`, { cause });
    }
    try {
      return new Reading(openEnvironment(name, { readOnly: true }), readers, tableAt(readers));
    } finally {
      rmSync(name);
    }
  }

  /** Whether who writes now has the same table. */
  entersIn(readers: string): boolean {
    return readers === this.readers && tableAt(readers) === this.table;
  }

  /** At least one record from `position` on, and none from `head` on, which the other has told. Throws LogError `corrupt`. */
  read(stream: StreamName, position: number, head: number): LogRecord[] {
    // What was begun earlier in this turn may not show what was told since.
    this.root.resetReadTxn();
    return this.#streams[stream].read(position, head);
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}

function tableAt(readers: string): bigint | null {
  return statSync(readers, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
