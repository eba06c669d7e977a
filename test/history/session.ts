import type { MemoryLog } from '@holdfast/log';
import type { LogBeginning } from '@holdfast/processor';
import { shardName } from '@holdfast/shard/shard-name';
import { testModules } from '../modules.js';
import { SessionCaller } from './caller.js';
import { newLog, raiseLevel, SteppedClock, serve } from './service.js';

/**
 * What is recorded: what every module has to record; commands that are none, a silence, a clean restart, a level that
 * is asked for in the middle, and a late event of the epoch before. Gives the log that it leaves.
 */
export async function recordedSession(beginning?: LogBeginning): Promise<MemoryLog> {
  const clock = new SteppedClock();
  const log = newLog(clock.runtime);

  const first = await serve(log, clock.runtime, tokens, beginning);
  const alice = new SessionCaller(first, clock, { ...asAlice, traceparent });
  for (const { history } of testModules) await history.first?.(alice);
  await log.append('commands', [{ key: shardName, value: Buffer.from('not a command') }]);
  await raiseLevel(first);
  await first.close();

  // Nobody could renew meanwhile, so leases are extended.
  clock.pass(25_000);
  const second = await serve(log, clock.runtime, []);
  await appendAgain(log, (await log.head('events')) - 4);
  const bob = new SessionCaller(second, clock, { 'user-agent': 'curl/8', 'x-actor': 'bob', 'x-reason': 'firmware' });
  for (const { history } of testModules) await history.second(bob);
  await second.close();
  return log;
}

const tokens = [{ token: 'token-of-alice', name: 'alice', roles: ['admin' as const] }];
const asAlice = { authorization: 'Bearer token-of-alice' };
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/**
 * Sends a request of the session once more, to a service that goes on with its log; gives the sequence in the answer.
 */
export async function retryOn(log: MemoryLog, clock: SteppedClock): Promise<number> {
  const again = testModules.flatMap(({ history }) => history.again ?? [])[0]!;
  const service = await serve(log, clock.runtime, tokens);
  const { headers } = await service.inject({
    method: 'POST',
    path: again.path,
    headers: { ...asAlice, ...again.headers },
    body: JSON.stringify(again.body),
  });
  await service.close();
  return Number(headers['holdfast-sequence']);
}

/** Appends a record once more, as a processor may whose append was late. */
async function appendAgain(log: MemoryLog, position: number): Promise<void> {
  const tail = log.tail('events', position);
  const [record] = (await tail.next()) ?? [];
  tail.close();
  await log.append('events', [{ key: record!.key, value: record!.value }]);
}
