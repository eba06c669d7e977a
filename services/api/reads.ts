import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import type { ReadModel } from '@holdfast/projections/port';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FleetRead } from './fleet-reads.js';

export interface ReadPorts {
  gateway: Gateway;
  readModel: Pick<ReadModel, 'waitFor'>;
  runtime: Runtime;
}

/** How a client asks. */
export interface Asking {
  /** For what is known already, without waiting. */
  eventual: boolean;
  /** For what may be a whole fleet. */
  fleetRead: FleetRead | null;
}

/**
 * Queries the read model once it shows everything decided before the read arrived; one that is `eventual` waits for
 * nothing but its turn. `earliestExpiry` gives the first expiry in what was found, in milliseconds since 1970, or null.
 * No reader ends a lease by its own clock: where one looks past its expiry, a barrier makes the log say so, and the
 * query runs again (SPEC rule 10). A lease that is still there then is alive by the log's clock, which is the one that
 * counts. Who does not wait is shown it as it is known, and `pastExpiry` is told.
 */
export async function read<T>(
  { gateway, readModel, runtime }: ReadPorts,
  { eventual, fleetRead }: Asking,
  query: () => Promise<T>,
  earliestExpiry: (found: T) => number | null,
  pastExpiry: (expiry: number) => void = () => {},
): Promise<T> {
  if (!eventual) await readModel.waitFor(await gateway.head());
  if (fleetRead !== null) await fleetRead.begin();
  const found = await query();
  const expiry = earliestExpiry(found);
  if (expiry === null || expiry > runtime.now()) return found;
  if (eventual) {
    pastExpiry(expiry);
    return found;
  }
  await gateway.barrier();
  await readModel.waitFor(await gateway.head());
  return query();
}

/** The first of some expiries, where null is never. */
export function earliest(expiries: Iterable<number | null>): number | null {
  let first: number | null = null;
  for (const expiry of expiries) {
    if (expiry !== null && (first === null || expiry < first)) first = expiry;
  }
  return first;
}

/**
 * Says in an answer that a lease in it, or one that its filter looked at, is past its expiry, and the log has not ended
 * it yet as far as is known.
 */
export function sayingPastExpiry(reply: FastifyReply): (expiry: number) => void {
  return (expiry) => void reply.header('holdfast-past-expiry', new Date(expiry).toISOString());
}

/** Who asks `model`: an eventual read waits for nothing, nor for what others have waited for. */
export function askedOf<Queries>(model: Queries & { eventually: Queries }, request: FastifyRequest): Queries {
  return asking(request).eventual ? model.eventually : model;
}

export function asking({ headers, fleetRead }: FastifyRequest): Asking {
  return { eventual: String(headers.consistency ?? '').toLowerCase() === 'eventual', fleetRead };
}
