import { closeSync, openSync, statSync } from 'node:fs';
import type { LogRecord, StreamName } from '@holdfast/log';
import type { RootDatabase } from 'lmdb';
import { openEnvironment } from '../commits.js';
import { openBeside } from '../reader-table.js';
import { openRecords, pageLook, Records } from '../records.js';

/** LMDB's table of readers cannot be the one of the process that writes. */
export class NoTable extends Error {}

/** The file of a log that another process writes. */
export class SharedLogFile {
  #streams: Record<StreamName, Records>;

  private constructor(
    private readonly root: RootDatabase,
    private readonly readers: string,
    private readonly table: bigint | null,
    path: string,
    private readonly descriptor: number,
  ) {
    const damage = { first: null };
    const stream = (name: StreamName) =>
      new Records(
        name,
        openRecords((each, options) => root.openDB(each, options), name),
        damage,
        pageLook(path, descriptor),
      );
    this.#streams = { commands: stream('commands'), events: stream('events') };
  }

  /**
   * Once the other has opened it. LMDB must enter what is read here in the table of that one, or it may write over it.
   */
  static open(path: string, readers: string): SharedLogFile {
    const root = openBeside(readers, path, (name) => openEnvironment(name, { readOnly: true }));
    return new SharedLogFile(root, readers, tableAt(readers), path, openSync(path, 'r'));
  }

  /** Whether who writes now has the same table. */
  entersIn(readers: string): boolean {
    return readers === this.readers && tableAt(readers) === this.table;
  }

  /**
   * At least one record from `position` on, and none from `head` on, which the other has told. Throws LogError
   * `corrupt`.
   */
  read(stream: StreamName, position: number, head: number): LogRecord[] {
    // What was begun earlier in this turn may not show what was told since.
    this.root.resetReadTxn();
    return this.#streams[stream].read(position, head);
  }

  async close(): Promise<void> {
    await this.root.close();
    closeSync(this.descriptor);
  }
}

function tableAt(readers: string): bigint | null {
  return statSync(readers, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
