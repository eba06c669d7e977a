import type { Event, Origin, RequestDecided } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { Runtime } from '@holdfast/log/runtime';
import { type Gateway, GatewayError, type Submission } from '@holdfast/processor/gateway-port';
import type { ReadModel } from '@holdfast/projections/port';
import type { FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import { ApiError } from './errors.js';
import type { Followed } from './logging.js';

/** A request as decided: its outcome, its whole group, and the sequence at which it took effect. */
export interface Decided {
  outcome: RequestDecided;
  events: Event[];
  sequence: number;
  /** Position in the log of events after its group; null where it was decided before, and the read model has it. */
  end: number | null;
  /** Log time, in milliseconds since 1970. */
  decidedAt: number;
  /** Decided before, on a request with the same Idempotency-Key: much may have happened since. */
  replayed: boolean;
}

/** Where a decision took effect, and whether its answer was given before, under the same Idempotency-Key. */
export function decisionHeaders({ sequence, replayed }: Decided): Record<string, string> {
  return { 'holdfast-sequence': String(sequence), ...(replayed ? { 'idempotent-replayed': 'true' } : {}) };
}

export interface RequestId {
  id: string;
  /** Whether it comes from an Idempotency-Key. */
  keyed: boolean;
}

/** Namespace of ids made from an Idempotency-Key. Never to change: remembered ids would no longer match. */
const namespace = '8c0f6d2e-3b51-5c0e-9d0e-6f1f5f1d7a44';

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id of a request: made from the caller and its Idempotency-Key, else fresh. A stated name is no identity: a retry
 * may state another. SPEC rule 11. Throws ApiError `bad-request`.
 */
export function requestId({ actor, idempotencyKey: key }: Origin, runtime: Runtime): RequestId {
  if (key === '') return { id: runtime.uuid(), keyed: false };
  if (!uuidPattern.test(key)) throw new ApiError('bad-request', 'The Idempotency-Key is not a UUID');
  const caller = actor.authenticated ? actor.name : 'anonymous';
  return { id: v5(JSON.stringify([caller, key.toLowerCase()]), namespace), keyed: true };
}

export interface SubmittedRequest extends Submission {
  /** Where the outcome will be shown, for answers that come before it. Asked for only then, as it costs an HMAC. */
  location(): string;
}

/**
 * Puts a request into the log and waits for its decision. A repeated one gives what was decided the first time. Throws
 * ApiError where there is nothing to answer from: `key-reused`, `internal`, `undecided`, `append-failed`.
 */
export async function submit(gateway: Gateway, readModel: ReadModel, request: SubmittedRequest): Promise<Decided> {
  const { location, ...submission } = request;
  const group = await withLocation(location, () => gateway.submit(submission));
  const decided = await withLocation(location, () => decidedBy(group, readModel, request));
  requireAnswer(decided);
  return decided;
}

/**
 * Decides on a request of this id, and keeps with it what its line in the log tells of that. Throws what `decide`
 * throws.
 */
export async function followed(
  request: Pick<FastifyRequest, 'followed'>,
  id: string,
  decide: () => Promise<Decided>,
): Promise<Decided> {
  request.followed = { command: id };
  try {
    const decided = await decide();
    request.followed = followedTo(id, decided);
    return decided;
  } catch (error) {
    if (error instanceof NotAnAnswer) request.followed = followedTo(id, error.decided);
    throw error;
  }
}

/** Where a request's decision is in the log of events. */
export function followedTo(command: string, { outcome, sequence, end }: Decided): Followed {
  return { command, sequence, outcome: outcome.status, ...(end === null ? { repeated: true as const } : {}) };
}

/** A decision that is no answer: see `requireAnswer`. */
class NotAnAnswer extends ApiError {
  constructor(
    code: 'key-reused' | 'internal',
    detail: string,
    readonly decided: Decided,
  ) {
    super(code, detail, { headers: decisionHeaders(decided) });
  }
}

/** As submit, but returns once the request is durably in the log. */
export async function enqueue(gateway: Gateway, request: SubmittedRequest): Promise<void> {
  const { location, ...submission } = request;
  await withLocation(location, () => gateway.enqueue(submission));
}

/** Throws ApiError for an outcome that is neither accepted nor refused. */
export function requireAnswer(decided: Decided): void {
  const { status } = decided.outcome;
  if (status === 'conflict') {
    throw new NotAnAnswer('key-reused', 'The Idempotency-Key was used before with another body', decided);
  }
  if (status === 'failed') throw new NotAnAnswer('internal', 'The request could not be decided', decided);
}

async function decidedBy(group: Group, readModel: ReadModel, { id, keyed }: RequestId): Promise<Decided> {
  const events = group.events.map(({ event }) => event);
  const last = events.at(-1);
  if (last?.type === 'engine.RequestDecided') {
    return {
      outcome: last,
      events,
      sequence: group.sequence,
      end: group.end,
      decidedAt: group.events.at(-1)!.stamp.time,
      replayed: false,
    };
  }
  if (last?.type !== 'engine.Repeated')
    throw new Error('a group that does not end with an outcome was taken for an answer');
  await readModel.waitFor(group.end);
  const first = await decidedBefore(readModel, id);
  if (first === null)
    throw new ApiError('unavailable', 'The read model does not hold the first outcome of this request');
  return { ...first, sequence: last.originalSequence, replayed: keyed };
}

/** What was decided on a request, or null. */
export async function decidedBefore(readModel: Pick<ReadModel, 'request'>, id: string): Promise<Decided | null> {
  const row = await readModel.request(id);
  const outcome = row?.events.at(-1);
  if (!row || outcome?.type !== 'engine.RequestDecided') return null;
  return { outcome, events: row.events, sequence: row.sequence, end: null, decidedAt: row.decidedAt, replayed: false };
}

const lostDetail = 'The log lost requests before they were decided, this one maybe among them';

/** Where an outcome is not known, the client is told where to look for it. */
async function withLocation<T>(location: () => string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code !== 'undecided' && error.code !== 'append-failed' && error.code !== 'lost') throw error;
    const unknown =
      'It is not known whether the request was or will be carried out; Location names where its outcome will be shown';
    const detail = error.code === 'lost' ? `${lostDetail}. ${unknown}` : unknown;
    throw new ApiError(error.code, detail, { headers: { location: location() }, cause: error });
  }
}
