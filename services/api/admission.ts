import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import { type AdmissionLimits, urgentFactor } from '@holdfast/processor/limits';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { ApiLimit, ApiObserver } from './observer.js';
import { AnswerPieces, inPieces } from './pieces.js';
import { Places, type RequestKind, type Upload } from './places.js';
import { apiErrorOf } from './problems.js';
import { cameTooLate } from './server.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its place among the requests in progress. Null where it takes none. */
    place: AdmittedRequest | null;
  }
  interface FastifyContextConfig {
    /**
     * A renewal, a release or a probe: where many requests come at once it waits for no others, and of changes it is
     * refused last.
     */
    urgent?: boolean;
  }
}

export interface AdmissionOptions {
  gateway: Pick<Gateway, 'refusal'>;
  limits: AdmissionLimits;
  runtime: Pick<Runtime, 'now' | 'random' | 'after'>;
  observer: ApiObserver;
}

/**
 * Refuses what is past a limit as soon as its header is there: its body is neither parsed nor held, and nothing waits.
 * Bytes count when they have come, so who announces much and sends little keeps nobody out. Operations that need no
 * role (whether the service lives, its documents) take no place and are always answered. Gives what is to be called
 * once it is known who asks.
 */
export function admitWithinLimits(
  app: FastifyInstance,
  options: AdmissionOptions,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const admission = new Admission(options);
  app.decorateRequest('place', null);
  const enter = (request: FastifyRequest, reply: FastifyReply): void => {
    const { role, urgent = false } = request.routeOptions.config;
    if (request.is404 || role === undefined) return;
    const kind = role === 'reader' ? 'read' : urgent ? 'urgent' : 'change';
    const place = admission.enter(kind, 0, {
      announced: announcedBytes(request),
      tooLate: cameTooLate(request.raw),
      ...(hasBody(request) ? { upload: uploadOf(request) } : {}),
    });
    request.place = place;
    // Also where the client went away.
    reply.raw.once('close', () => place.leave());
  };
  // Not async: whoever reads the body must begin in the same turn, or what was counted is lost to it.
  app.addHook('preParsing', ({ place, raw }, _reply, payload, done) => {
    // Who reads the body listens only while it does.
    raw.on('error', () => {});
    if (place?.ended) return done(place.ended);
    if (place?.arriving) {
      raw.on('data', (chunk: Buffer) => place.arrived(chunk.length));
      raw.once('end', () => place.whole());
    }
    done(null, payload);
  });
  let cancel = () => {};
  const sweep = () => {
    cancel = options.runtime.after(apiLimits.sweepMs, () => {
      admission.sweep();
      sweep();
    });
  };
  app.addHook('onReady', async () => sweep());
  app.addHook('onClose', async () => cancel());
  // Before it is parsed, as only then its bytes are there.
  app.addHook('preValidation', async ({ place, body }) => {
    place?.hold(body instanceof Uint8Array ? body.length : 0);
  });
  app.addHook('onSend', async ({ place }, reply, payload) => {
    const bytes = bytesOf(payload);
    if (bytes === null) {
      place?.hold(0);
      return;
    }
    place?.answer(bytes);
    if (bytes <= apiLimits.answerPieceBytes) return;
    reply.header('content-length', bytes);
    if (payload instanceof AnswerPieces) return;
    return new AnswerPieces(inPieces(typeof payload === 'string' ? Buffer.from(payload) : (payload as Uint8Array)));
  });
  return enter;
}

/** Null: it is not known before it is sent. */
function bytesOf(payload: unknown): number | null {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (payload instanceof Uint8Array) return payload.length;
  return payload instanceof AnswerPieces ? payload.bytes : null;
}

function hasBody({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function announcedBytes({ headers }: FastifyRequest): number {
  return Math.min(Number(headers['content-length'] ?? 0), apiLimits.bodyBytesMax);
}

/**
 * Who sends a body: an address, and where it showed a token its name. What ends it is thrown to whoever reads the body.
 */
function uploadOf({ actor, ip, raw }: FastifyRequest): Upload {
  return {
    senders: [`address ${ip}`, ...(actor?.authenticated ? [`name ${actor.name}`] : [])],
    // Nobody listens yet where its header has just come: see `ended`.
    end: (error) => raw.listenerCount('error') > 0 && raw.emit('error', error),
  };
}

/** A request in progress. */
export interface AdmittedRequest {
  /** Whether its body has yet to come. */
  readonly arriving: boolean;
  /** What its upload was ended with, or null. */
  readonly ended: ApiError | null;
  /** So many more bytes of its body have come. Where they are too many for now, its upload ends. */
  arrived(bytes: number): void;
  /** All of its body has come. */
  whole(): void;
  /** It holds so many bytes now. */
  hold(bytes: number): void;
  /** It holds its answer now. Throws ApiError `overloaded` where a read's is too large for now. */
  answer(bytes: number): void;
  /** It is over. Calls after the first do nothing. */
  leave(): void;
}

interface Entering {
  /** Bytes that it says its body has. */
  announced?: number;
  /** Others were waiting, as many as may. */
  tooLate?: boolean;
  /** Absent where there is no body to come. */
  upload?: Upload;
}

/** Counts the requests in progress in this process. See AdmissionLimits. */
export class Admission {
  readonly #places = new Places();
  /** Requests refused lately: each counts half as much a second later. */
  #refused = 0;
  #refusedAt = 0;

  constructor(
    private readonly options: Omit<AdmissionOptions, 'runtime'> & { runtime: Pick<Runtime, 'now' | 'random'> },
  ) {}

  /** Ends the bodies that come too slowly. */
  sweep(): void {
    for (const place of this.#places.sweep()) {
      this.options.observer.limitHit('slow_bodies');
      place.end(tooSlow());
    }
  }

  /**
   * `bytes`: what it holds from the beginning. Where it finds no room, who has sent a body for longest gives way: see
   * `#makeRoom`. Throws ApiError `overloaded`, `backlogged` or `stopped`, with a Retry-After.
   */
  enter(kind: RequestKind, bytes: number, { announced = 0, tooLate = false, upload }: Entering = {}): AdmittedRequest {
    const wanted = Math.max(bytes, announced);
    const limit = tooLate && kind !== 'urgent' ? 'in_flight' : this.#makeRoom(kind, wanted, upload);
    if (limit !== null) throw this.#pastLimit(limit);
    const refusal = kind === 'read' ? null : this.options.gateway.refusal(kind === 'urgent');
    if (refusal !== null) throw this.#refusal(apiErrorOf(refusal));
    const place = this.#places.add(kind, bytes, upload);
    return {
      get arriving() {
        return place.upload !== null;
      },
      get ended() {
        return place.ended;
      },
      arrived: (more) => {
        place.hold(place.bytes + more);
        if (place.upload === null || !this.#isTooMuch(kind, 0)) return;
        place.end(this.#pastLimit('held_bytes'));
      },
      whole: () => place.whole(),
      hold: (now) => place.hold(now),
      answer: (now) => {
        place.hold(0);
        // A change was carried out, and is answered. One answer alone is sent, however large.
        if (kind === 'read' && this.#isTooMuchToRead(now)) throw this.#pastLimit('held_bytes');
        place.hold(now);
      },
      leave: () => place.leave(),
    };
  }

  #pastLimit(limit: keyof typeof details): ApiError {
    this.options.observer.limitHit(limit);
    return this.#refusal(new ApiError('overloaded', details[limit]));
  }

  /**
   * The limit that keeps it out, or null. First those give way whose bodies are on their way for longest, a sweep at
   * least. So however many trickle, they keep out nobody for longer than that.
   */
  #makeRoom(kind: RequestKind, bytes: number, upload: Upload | undefined): keyof typeof details | null {
    for (;;) {
      const past = this.#limitHit(kind, bytes);
      const sender = past === null && upload ? this.#crowdedSender(kind, upload) : undefined;
      const limit = sender === undefined ? past : 'uploads';
      if (limit === null) return null;
      const slow = this.#places.slowest({ kind, sender, holding: limit === 'held_bytes' });
      if (slow === null) return limit;
      this.options.observer.limitHit('slow_bodies');
      slow.end(tooSlow());
    }
  }

  /** A sender of this request that sends as many bodies as one may, or undefined. */
  #crowdedSender(kind: RequestKind, { senders }: Upload): string | undefined {
    const max = Math.ceil(this.options.limits.inFlightMax * factorOf(kind) * apiLimits.uploadsShare);
    return senders.find((sender) => this.#places.uploadsOf(kind, sender) >= max);
  }

  #limitHit(kind: RequestKind, bytes: number): keyof typeof details | null {
    const { inFlightMax, readsMax } = this.options.limits;
    const { change, urgent, read } = this.#places.inProgress;
    if (kind === 'read' && read >= readsMax) return 'reads';
    if (kind !== 'read' && change + urgent >= inFlightMax * factorOf(kind)) return 'in_flight';
    return this.#isTooMuch(kind, bytes) ? 'held_bytes' : null;
  }

  /** Whether so many bytes more than are held are too many. */
  #isTooMuch(kind: RequestKind, bytes: number): boolean {
    return this.#places.heldBytes + bytes > this.options.limits.heldBytesMax * factorOf(kind);
  }

  #isTooMuchToRead(bytes: number): boolean {
    const { heldBytes, readBytes } = this.#places;
    const readsMax = this.options.limits.heldBytesMax * apiLimits.readsHeldShare;
    return (heldBytes > 0 && this.#isTooMuch('read', bytes)) || (readBytes > 0 && readBytes + bytes > readsMax);
  }

  /**
   * When to come back is left to chance, in a range that grows with the number of those who were refused, so that not
   * all of them come back at once.
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

function factorOf(kind: RequestKind): number {
  return kind === 'urgent' ? urgentFactor : 1;
}

/**
 * What a body is told that does not come fast enough. Its connection ends, as nobody knows where the next request
 * begins.
 */
function tooSlow(): ApiError {
  return new ApiError('too-slow', 'The body did not arrive fast enough');
}

const details = {
  in_flight: 'Too many requests are in flight',
  reads: 'Too many reads are in progress',
  held_bytes: 'The requests in progress hold too many bytes',
  uploads: 'Too many requests of this sender wait for their bodies',
} as const satisfies Partial<Record<ApiLimit, string>>;
