import { join } from 'node:path';
import type { LogRecord, StreamName } from '@holdfast/log';
import type { RootDatabase } from 'lmdb';
import { openEnvironment } from '../commits.js';
import { openRecords, Records } from '../records.js';

/** The file of a log that another process writes. */
export class Reading {
  #streams: Record<StreamName, Records>;

  private constructor(private readonly root: RootDatabase) {
    const damage = { first: null };
    const stream = (name: StreamName) =>
      new Records(
        name,
        openRecords((each, options) => root.openDB(each, options), name),
        damage,
      );
    this.#streams = { commands: stream('commands'), events: stream('events') };
  }

  /** Once the other has opened it. */
  static open(directory: string): Reading {
    return new Reading(openEnvironment(join(directory, 'log.mdb'), { readOnly: true }));
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
