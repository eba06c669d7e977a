import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import { type AdmissionLimits, urgentFactor } from '@holdfast/processor/limits';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { ApiLimit, ApiObserver } from './observer.js';
import { apiErrorOf } from './problems.js';
import { cameTooLate } from './server.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its place among the requests in progress. Null where it takes none. */
    place: Place | null;
  }
  interface FastifyContextConfig {
    /** A renewal or a release, which is refused last. */
    urgent?: boolean;
  }
}

export interface AdmissionOptions {
  gateway: Pick<Gateway, 'refusal'>;
  limits: AdmissionLimits;
  runtime: Pick<Runtime, 'now' | 'random'>;
  observer: ApiObserver;
}

/**
 * Refuses what is past a limit as soon as its header is there: its body is neither parsed nor held, and nothing waits.
 * Operations that need no role (whether the service lives, its documents) take no place and are always answered.
 */
export function admitWithinLimits(app: FastifyInstance, options: AdmissionOptions): void {
  const admission = new Admission(options);
  app.decorateRequest('place', null);
  app.addHook('onRequest', async (request, reply) => {
    const { role, urgent = false } = request.routeOptions.config;
    if (request.is404 || role === undefined) return;
    const kind = role === 'reader' ? 'read' : urgent ? 'urgent' : 'change';
    const place = admission.enter(kind, announcedBytes(request), cameTooLate(request.raw));
    request.place = place;
    // Also where the client went away.
    reply.raw.once('close', () => place.leave());
  });
  // Before it is parsed, as only then its bytes are there.
  app.addHook('preValidation', async ({ place, body }) => {
    place?.hold(body instanceof Uint8Array ? body.length : 0);
  });
  app.addHook('onSend', async ({ place }, _reply, payload) => {
    place?.hold(typeof payload === 'string' ? Buffer.byteLength(payload) : 0);
  });
}

/** Bytes that a body may take. One that does not say so may take all that is allowed. */
function announcedBytes({ headers }: FastifyRequest): number {
  const { bodyBytesMax } = apiLimits;
  if (headers['transfer-encoding'] !== undefined) return bodyBytesMax;
  return Math.min(Number(headers['content-length'] ?? 0), bodyBytesMax);
}

export type RequestKind = 'change' | 'urgent' | 'read';

/** A request in progress. */
export interface Place {
  /** It holds so many bytes now. */
  hold(bytes: number): void;
  /** It is over. Calls after the first do nothing. */
  leave(): void;
}

/** Counts the requests in progress in this process. See AdmissionLimits. */
export class Admission {
  readonly #inProgress: Record<RequestKind, number> = { change: 0, urgent: 0, read: 0 };
  #heldBytes = 0;
  /** Requests refused lately: each counts half as much a second later. */
  #refused = 0;
  #refusedAt = 0;

  constructor(private readonly options: AdmissionOptions) {}

  /** `tooLate`: others were waiting, as many as may. Throws ApiError `overloaded`, `backlogged` or `stopped`, with a Retry-After. */
  enter(kind: RequestKind, bytes: number, tooLate = false): Place {
    const limit = tooLate && kind !== 'urgent' ? 'in_flight' : this.#limitHit(kind, bytes);
    if (limit !== null) {
      this.options.observer.limitHit(limit);
      throw this.#refusal(new ApiError('overloaded', details[limit]));
    }
    const refusal = kind === 'read' ? null : this.options.gateway.refusal(kind === 'urgent');
    if (refusal !== null) throw this.#refusal(apiErrorOf(refusal));
    return this.#place(kind, bytes);
  }

  #limitHit(kind: RequestKind, bytes: number): keyof typeof details | null {
    const { inFlightMax, readsMax, heldBytesMax } = this.options.limits;
    const { change, urgent, read } = this.#inProgress;
    const factor = kind === 'urgent' ? urgentFactor : 1;
    if (kind === 'read' && read >= readsMax) return 'reads';
    if (kind !== 'read' && change + urgent >= inFlightMax * factor) return 'in_flight';
    return this.#heldBytes + bytes > heldBytesMax * factor ? 'held_bytes' : null;
  }

  #place(kind: RequestKind, bytes: number): Place {
    let [held, here] = [0, true];
    const hold = (now: number) => {
      if (!here) return;
      this.#heldBytes += now - held;
      held = now;
    };
    hold(bytes);
    this.#inProgress[kind]++;
    return {
      hold,
      leave: () => {
        if (!here) return;
        hold(0);
        here = false;
        this.#inProgress[kind]--;
      },
    };
  }

  /**
   * When to come back is left to chance, in a range that grows with the number of those who were refused, so that not all
   * of them come back at once.
   */
  #refusal(error: ApiError): ApiError {
    const { runtime, limits } = this.options;
    const now = runtime.now();
    this.#refused = this.#refused * 2 ** ((this.#refusedAt - now) / 1_000) + 1;
    this.#refusedAt = now;
    const range = Math.min(1 + Math.ceil(this.#refused / limits.inFlightMax), apiLimits.retryAfterSecondsMax);
    error.headers['retry-after'] = String(1 + Math.floor(runtime.random() * range));
    return error;
  }
}

const details = {
  in_flight: 'Too many requests are in flight',
  reads: 'Too many reads are in progress',
  held_bytes: 'The requests in progress hold too many bytes',
} as const satisfies Partial<Record<ApiLimit, string>>;
