import type { Runtime } from '@holdfast/log/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { ApiObserver } from './observer.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where its answer may show a whole fleet. */
    fleetRead: FleetRead | null;
  }
  interface FastifyContextConfig {
    /** Ids that a read names; null where it names none, and may mean all. Absent where no answer is large. */
    idsRead?: (request: FastifyRequest) => number | null;
  }
}

/** Its place among the reads that are worked out one at a time. */
export interface FleetRead {
  /** Resolves once it is its turn. Rejects with ApiError `overloaded` where that takes too long. */
  begin(): Promise<void>;
}

/**
 * Lets one read at a time be worked out whose answer may show a whole fleet, so that however many are asked for, only
 * one is there as rows; what others made is text, which counts as held. Who sends several on one connection and reads
 * no answer is answered the first.
 */
export function readFleetsInTurn(
  app: FastifyInstance,
  { runtime, observer }: { runtime: Pick<Runtime, 'after'>; observer: ApiObserver },
): void {
  const turns = new Turns();
  const over = new WeakMap<FastifyRequest, () => void>();
  app.decorateRequest('fleetRead', null);
  app.addHook('preHandler', async (request, reply) => {
    const { role, idsRead } = request.routeOptions.config;
    if (role === 'reader') await answeredBefore(reply);
    const ids = idsRead?.(request);
    if (ids === undefined || (ids !== null && ids <= apiLimits.largeFrom)) return;
    request.fleetRead = {
      async begin() {
        if (over.has(request)) return;
        if (reply.raw.destroyed) throw new ApiError('overloaded', 'Its client went away');
        const turn = turns.take();
        over.set(request, turn.over);
        reply.raw.once('close', turn.over);
        const cancel = runtime.after(apiLimits.fleetReadWaitMs, () => turn.giveUp());
        const isIts = await turn.come;
        cancel();
        if (isIts) return;
        if (!reply.raw.destroyed) observer.limitHit('reads');
        throw new ApiError('overloaded', 'Too many reads of a whole fleet wait for one another');
      },
    };
  });
  // Its answer is made.
  app.addHook('onSend', async (request) => over.get(request)?.());
}

/** On one connection, an answer goes only after those to the requests that came before. */
async function answeredBefore({ raw }: FastifyReply): Promise<void> {
  if (raw.socket !== null || raw.destroyed) return;
  await new Promise<void>((resolve) => {
    raw.once('socket', () => resolve());
    raw.once('close', () => resolve());
  });
}

interface Turn {
  /** Whether it came before it was given up. */
  come: Promise<boolean>;
  giveUp(): void;
  /** Calls after the first do nothing. */
  over(): void;
}

/** One at a time, in order. */
class Turns {
  /** The first one's turn it is. */
  readonly #line = new Set<(isIts: boolean) => void>();

  take(): Turn {
    let settle = (_isIts: boolean) => {};
    const come = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    this.#line.add(settle);
    this.#next();
    const leave = () => {
      if (!this.#line.delete(settle)) return;
      settle(false);
      this.#next();
    };
    return {
      come,
      giveUp: () => {
        if (this.#first !== settle) leave();
      },
      over: leave,
    };
  }

  get #first() {
    return this.#line.values().next().value;
  }

  #next(): void {
    this.#first?.(true);
  }
}
