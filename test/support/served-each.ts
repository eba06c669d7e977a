import { afterEach, beforeEach } from 'vitest';
import { type ServedProcess, scratch } from './service.js';

export interface ServedEach {
  /** Of the test that runs. */
  readonly directory: string;
  /** Ends this process with the test. */
  keep<P extends ServedProcess>(process: P): P;
}

/** For each test of a file a directory of its own, and processes that end with it. */
export function servedEach(): ServedEach {
  let data: Awaited<ReturnType<typeof scratch>>;
  const processes: ServedProcess[] = [];
  beforeEach(async () => {
    data = await scratch();
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) await process.kill();
    await data.remove();
  });
  return {
    get directory() {
      return data.directory;
    },
    keep(process) {
      processes.push(process);
      return process;
    },
  };
}
