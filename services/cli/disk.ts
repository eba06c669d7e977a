import type { Conditions, LogSpace, Runtime } from '@holdfast/log';
import { DatabaseError } from '@holdfast/projections';

const lookMs = 1_000;

export interface WatchedDisks {
  conditions: Conditions;
  runtime: Pick<Runtime, 'after'>;
  /** Of the log; absent where it is not on a disk of this process. */
  space: LogSpace | undefined;
  /** Why the rows cannot be written at the moment, for each projector. */
  unavailable(): (Error | null)[];
}

/** Looks each second at what the disks take, and says so where they do not take all. The result ends that. */
export function watchDisks({ conditions, runtime, space, unavailable }: WatchedDisks): () => void {
  let cancel = () => {};
  const look = () => {
    void space?.look().then(say);
    // A disk that does not answer must not keep it from being said.
    say();
    cancel = runtime.after(lookMs, look);
  };
  const say = () => {
    conditions.set('disk', space?.reason ?? null);
    const full = unavailable().find((error) => error instanceof DatabaseError && error.code === 'full');
    conditions.set('read-model-disk', full === undefined ? null : readModelFull(full?.message ?? ''));
  };
  look();
  return () => cancel();
}

function readModelFull(why: string): string {
  return `the disk of the read model is full (${why}): requests are decided, reads wait until there is space`;
}
