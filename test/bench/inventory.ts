import type { Client } from './client.js';

/** A fleet of nodes, in xname order. */
export function fleetOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const [cabinet, chassis, slot] = [1_000 + Math.floor(n / 512), Math.floor(n / 64) % 8, n % 64];
    return `x${cabinet}c${chassis}s${slot}b0n0`;
  });
}

const perCall = 10_000;

/** Makes the inventory consist of the fleet, unlocked and free. */
export async function replaceInventory(client: Client, fleet: readonly string[], replaces: boolean): Promise<void> {
  // 404: there was nothing to delete.
  if (replaces) await client.call('DELETE', '/hsm/v2/State/Components', undefined, 200, 404);
  for (let from = 0; from < fleet.length; from += perCall) {
    const Components = fleet.slice(from, from + perCall).map((ID, n) => ({
      ID,
      State: 'Ready',
      Flag: 'OK',
      Enabled: true,
      Role: 'Compute',
      NID: from + n + 1,
      NetType: 'Sling',
      Arch: 'X86',
      Class: 'River',
    }));
    await client.call('POST', '/hsm/v2/State/Components', { Components }, 204);
  }
}
