import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Asks for the largest legal requests one after another, in a thread of its own, so that making and reading bodies of many megabytes
 * holds up no measurement in the thread that started it. Says `{ what, ms, status, counts }` of each; ends after the round in which
 * it is told to, or after `rounds`.
 */
const { url, ids, rounds } = workerData;
let going = true;
parentPort.on('message', () => {
  going = false;
});

async function ask(what, path, body, read = (text) => text.slice(0, 200)) {
  const text = JSON.stringify(body);
  // What was not decided in time may be asked for again, and is done once.
  const key = randomUUID();
  const since = performance.now();
  for (;;) {
    const response = await fetch(`${url}/hsm/v2${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: text,
    });
    const answer = await response.text();
    if (response.status === 429 || response.status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const ok = response.status < 300;
    parentPort.postMessage({
      what,
      status: response.status,
      ms: performance.now() - since,
      said: ok ? '' : answer.slice(0, 300),
    });
    return read(answer);
  }
}

const properties = {
  Type: 'Node',
  State: 'Ready',
  Flag: 'OK',
  Enabled: true,
  Role: 'Compute',
  NetType: 'Sling',
  Arch: 'X86',
};
const components = (round) =>
  ids.map((ID, n) => ({ ID, ...properties, NID: n + 1, Class: round % 2 ? 'River' : 'Hill' }));
const keysOf = (text) => JSON.parse(text).Success.map(({ ID, ReservationKey: Key }) => ({ ID, Key }));
const whole = { ComponentIDs: ids, ProcessingModel: 'rigid' };

for (let round = 0; going && round < rounds; round++) {
  await ask('inventory', '/State/Components', { Components: components(round) });
  await ask('lock', '/locks/lock', whole);
  await ask('unlock', '/locks/unlock', whole);
  const ReservationKeys = await ask(
    'reserve',
    '/locks/service/reservations',
    { ...whole, ReservationDuration: 15 },
    keysOf,
  );
  await ask('release', '/locks/service/reservations/release', { ReservationKeys, ProcessingModel: 'rigid' });
}
parentPort.close();
