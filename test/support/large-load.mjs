import { randomUUID } from 'node:crypto';

/**
 * Asks for the largest legal requests one after another, in a process of its own, so that making and reading bodies of
 * many megabytes holds up no measurement in the one that started it. Says `{ what, status, ms, said }` of each, with
 * what is wrong with its answer.
 */
const { url, ids, others } = await new Promise((resolve) => process.once('message', resolve));

async function ask(method, path, body, key = randomUUID()) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const since = performance.now();
  for (;;) {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: text,
    });
    const answer = await response.text();
    const { status } = response;
    // What was not decided in time may be asked for again, and is done once.
    if (status !== 429 && status !== 503) return { status, answer, ms: performance.now() - since };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** `count`: gives how many the answer is about, of which there must be as many as in the fleet. */
async function large(what, { status, answer, ms }, count = ({ Counts }) => Counts.Success, wanted = ids.length) {
  const body = status < 300 && answer !== '' ? JSON.parse(answer) : null;
  const counted = body === null ? wanted : count(body);
  const said = status >= 300 ? answer.slice(0, 300) : counted === wanted ? '' : `it is about ${counted}`;
  process.send({ what, status, ms, said });
  return body;
}

const hsm = (path, body, key) => ask('POST', `/hsm/v2${path}`, body, key);
const properties = {
  Type: 'Node',
  State: 'Ready',
  Flag: 'OK',
  Enabled: true,
  Role: 'Compute',
  NetType: 'Sling',
  Arch: 'X86',
};
const whole = { ComponentIDs: ids, ProcessingModel: 'rigid' };
// By no id at all: those that are held by others are left out.
const fleet = { ComponentIDs: [], ProcessingModel: 'flexible' };
const successes = ({ Success }) => Success.length;
const components = ({ Components }) => Components.length;
const all = ids.length + others;

const Components = ids.map((ID, n) => ({ ID, ...properties, NID: n + 1, Class: 'River' }));
await large('inventory', await hsm('/State/Components', { Components }));
await large('inventory read', await ask('GET', '/hsm/v2/State/Components'), components, all);
await large('lock', await hsm('/locks/lock', whole));
await large('status', await hsm('/locks/status', { ComponentIDs: ids }), components);
await large('unlock', await hsm('/locks/unlock', whole));
const again = randomUUID();
const reserve = () => hsm('/locks/service/reservations', { ...whole, ReservationDuration: 15 }, again);
const { Success } = await large('reserve', await reserve(), successes);
await large('reserve again', await reserve(), successes);
const ReservationKeys = Success.map(({ ID, ReservationKey: Key }) => ({ ID, Key }));
const DeputyKeys = Success.map(({ ID, DeputyKey: Key }) => ({ ID, Key }));
const renewal = { ReservationKeys, ProcessingModel: 'rigid', ReservationDuration: 15 };
await large('renew', await hsm('/locks/service/reservations/renew', renewal));
await large('check', await hsm('/locks/service/reservations/check', { DeputyKeys }), successes);
await large('status of all', await ask('GET', '/hsm/v2/locks/status'), components, all);
await large('past status', await ask('GET', `/audit/status?at=${new Date().toISOString()}`), components, all);
await large('release', await hsm('/locks/service/reservations/release', { ReservationKeys, ProcessingModel: 'rigid' }));
await large('reserve', await hsm('/locks/service/reservations', { ...whole, ReservationDuration: 15 }), successes);
await large('remove', await hsm('/locks/reservations/remove', whole));
await large('lock of all', await hsm('/locks/lock', fleet));
await large('unlock of all', await hsm('/locks/unlock', fleet));
await large('disable', await hsm('/locks/disable', whole));
await large('repair', await hsm('/locks/repair', whole));
await large('group', await hsm('/groups', { label: 'large', members: { ids } }), () => ids.length);
await large('lock of a group', await hsm('/locks/lock', { Group: ['large'], ProcessingModel: 'rigid' }));
await large('unlock of a group', await hsm('/locks/unlock', { Group: ['large'], ProcessingModel: 'rigid' }));
process.disconnect();
