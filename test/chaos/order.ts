import { claim } from '../model/claim.js';
import type { Write } from './observations.js';

/** When a client knew that its request is in the log: what is sent after that comes later in it. */
const known = ({ acknowledged, answered }: Write) => acknowledged ?? answered;

/** A request that began after another was known to be in the log is decided after it. */
export function inRealTimeOrder(writes: readonly Write[]): void {
  const byEnd = [...writes].sort((a, b) => known(a) - known(b));
  let next = 0;
  let last: Write | null = null;
  for (const write of [...writes].sort((a, b) => a.invoked - b.invoked)) {
    for (; next < byEnd.length && known(byEnd[next]!) < write.invoked; next++) {
      if (last === null || byEnd[next]!.sequence > last.sequence) last = byEnd[next]!;
    }
    const told = `request ${write.id} began after the answer to ${last?.id}, but came before it: ${write.sequence}`;
    claim(last === null || last.sequence < write.sequence, told);
  }
}
