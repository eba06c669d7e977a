import type { Client } from '../client.js';
import { sampleFleet } from './fleet.js';
import { importFleet } from './import.js';

interface Created {
  Success: { ID: string; ReservationKey: string; DeputyKey: string; ExpirationTime: string }[];
}
interface DemoStatus {
  Components: { ID: string; Locked: boolean; Reserved: boolean; ExpirationTime?: string }[];
}

/** Walks through what Holdfast does, on a sample fleet, and says what it does. */
export async function runDemo(client: Client, say: (text: string) => void): Promise<void> {
  const hsm = (path: string, body: unknown) => client.done('POST', `/hsm/v2${path}`, body);
  const status = async (...ids: string[]) => {
    const { Components } = (await hsm('/locks/status', { ComponentIDs: ids })) as DemoStatus;
    for (const { ID, Locked, Reserved, ExpirationTime } of Components) {
      const until = ExpirationTime === undefined ? '' : ` until ${ExpirationTime}`;
      say(`     ${ID}  ${Locked ? 'locked' : 'unlocked'}, ${Reserved ? `reserved${until}` : 'free'}`);
    }
  };
  const [first, second] = ['x1000c0s0b0n0', 'x1000c0s1b0n0'];

  say('1. A fleet of ten nodes is loaded into the inventory.');
  await importFleet(client, sampleFleet(), (text) => say(`     ${text}`));

  say('2. An administrator locks the management nodes, so that no service touches them.');
  await hsm('/locks/lock', { Role: ['Management'] });
  await status('x1000c0s8b0n0', 'x1000c0s9b0n0');

  say('3. A firmware update reserves two nodes for one minute, all or nothing.');
  const reserve = { ComponentIDs: [first, second], ReservationDuration: 1 };
  const { Success } = (await hsm('/locks/service/reservations', reserve)) as Created;
  await status(first, second);

  say('4. A power service wants one of them at the same time, and is told no.');
  const refused = await client.call('POST', '/hsm/v2/locks/service/reservations', reserve);
  say(`     ${refused.status} ${(refused.body as { detail: string }).detail}`);

  say('5. The deputy key lets it check that the reservation stands; the reservation key renews it for ten minutes.');
  const keys = Success.map(({ ID, ReservationKey }) => ({ ID, Key: ReservationKey }));
  const deputies = Success.map(({ ID, DeputyKey }) => ({ ID, Key: DeputyKey }));
  const checked = (await hsm('/locks/service/reservations/check', { DeputyKeys: deputies })) as Created;
  say(`     ${checked.Success.length} of ${deputies.length} deputy keys are valid`);
  await hsm('/locks/service/reservations/renew', { ReservationKeys: keys, ReservationDuration: 10 });
  await status(first, second);

  say('6. The update is done: the reservations are released, and the lock is lifted.');
  await hsm('/locks/service/reservations/release', { ReservationKeys: keys });
  await hsm('/locks/unlock', { Role: ['Management'] });
  await status(first, second, 'x1000c0s8b0n0');
}
