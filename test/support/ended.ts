import { setTimeout as sleep } from 'node:timers/promises';

const endMsMax = 10_000;

/** Resolves once no process has this id. Rejects after 10 s. */
export async function ended(pid: number): Promise<void> {
  const deadline = Date.now() + endMsMax;
  while (exists(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} did not end`);
    await sleep(20);
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
