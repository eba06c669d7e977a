import type { Event, RequestDecided } from '@holdfast/events';
import type { Keys } from '@holdfast/events/cray/keys';
import type { CrayCommand, Reason } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { type FailedResource, problem } from '../errors.js';
import type { Answer } from '../replies.js';
import { each } from '../steps.js';
import type { Decided } from '../submit.js';
import { collectionAnswer, deleted, levelTooLow } from './collection-answer.js';
import { noSuch } from './collections.js';
import { type Dialect, hsm, hsmDetails } from './dialect.js';
import { type FencedComponent, tokenHeader, tokenMember } from './fencing.js';
import { wholeSeconds } from './times.js';

export interface DialectPresentation {
  dialect: Dialect;
  /** Where the request came in, for links. */
  basePath: string;
  /** Null where it is not at hand. */
  command: CrayCommand | null;
  /** Null: the answer is to show no keys. */
  keysOf: ((reservationId: string, xname: string) => Keys) | null;
}

/**
 * The answer to an accepted or refused request: pure, so that a repeated one gets the same answer again. `events` is
 * its whole group, which may also hold what time ended just before it, and `sequence` that of its last event, the
 * outcome.
 */
export function* answerOf(
  { outcome, events, sequence }: Pick<Decided, 'outcome' | 'events' | 'sequence'>,
  presentation: DialectPresentation,
): Steps<Answer> {
  const command = outcome.command as CrayCommand['type'];
  const failures = yield* failuresOf(events);
  const unmeant = unmeantSelection(outcome, failures);
  if (unmeant !== null) return unmeant;
  switch (command) {
    case 'cray.LockRequested':
      return changed(200, outcome, yield* namesOf(events, 'cray.ComponentLocked'), failures, presentation);
    case 'cray.UnlockRequested':
      return changed(200, outcome, yield* namesOf(events, 'cray.ComponentUnlocked'), failures, presentation);
    case 'cray.DisableRequested':
      return changed(200, outcome, yield* namesOf(events, 'cray.ReservationsDisabled'), failures, presentation);
    case 'cray.RepairRequested':
      return changed(200, outcome, yield* namesOf(events, 'cray.ReservationsEnabled'), failures, presentation);
    case 'cray.RemovalRequested':
      return changed(202, outcome, yield* namesOf(events, 'cray.ReservationRemoved'), failures, presentation);
    case 'cray.ReleaseRequested':
      return changed(202, outcome, yield* namesOf(events, 'cray.ReservationReleased'), failures, presentation);
    case 'cray.RenewalRequested':
      return yield* renewed(outcome, events, failures, presentation);
    case 'cray.ReservationRequested':
      return yield* reserved(outcome, events, sequence, failures, presentation);
    case 'cray.ComponentsPutRequested':
      return { status: 204, body: undefined };
    case 'cray.RoleChangeRequested':
      return rolesChanged(outcome, failures);
    case 'cray.ComponentsDeletionRequested':
      return componentsDeleted((yield* namesOf(events, 'cray.ComponentDeleted')).length, failures);
    case 'cray.CollectionPutRequested':
    case 'cray.CollectionChangeRequested':
    case 'cray.CollectionDeletionRequested':
      return collectionAnswer(outcome, events, presentation);
    default:
      return unknownCommand(command);
  }
}

/** Counts and lists. `publishedStatus` is what the published dialect answers; the HSM dialect answers 200. */
function changed(
  publishedStatus: 200 | 202,
  outcome: RequestDecided,
  success: string[],
  failure: FailedResource[],
  { dialect }: DialectPresentation,
): Answer {
  const refusal = hsmRefusal(outcome, failure, dialect);
  if (refusal !== null) return refusal;
  return {
    status: dialect === hsm ? 200 : publishedStatus,
    body: {
      Counts: { Total: outcome.total, Success: success.length, Failure: failure.length },
      Success: { ComponentIDs: success },
      Failure: failure,
    },
  };
}

/**
 * As `changed`, with the fencing tokens of the holds, which no renewal changes. The log knows them where it was decided
 * at level 4 or above; below it the answer shows none.
 */
function* renewed(
  outcome: RequestDecided,
  events: readonly Event[],
  failure: FailedResource[],
  presentation: DialectPresentation,
): Steps<Answer> {
  const answer = changed(202, outcome, yield* namesOf(events, 'cray.ReservationRenewed'), failure, presentation);
  const tokens: FencedComponent[] = [];
  yield* each(events, (event) => {
    if (event.type !== 'cray.ReservationRenewed') return;
    // Absent in what the read model keeps of an earlier version.
    const token = event.fencingToken ?? null;
    if (token !== null) tokens.push([event.xname, token]);
  });
  const { dialect } = presentation;
  if (tokens.length === 0 || answer.status >= 400) return answer;
  if (dialect !== hsm) return { ...answer, headers: tokenHeader(dialect, tokens) };
  const body = answer.body as { Success: object };
  // A list, as an object with a hundred thousand members takes long to make.
  return { ...answer, body: { ...body, Success: { ...body.Success, FencingToken: tokens.map(([, token]) => token) } } };
}

function* reserved(
  outcome: RequestDecided,
  events: readonly Event[],
  sequence: number,
  failure: FailedResource[],
  { dialect, keysOf }: DialectPresentation,
): Steps<Answer> {
  const refusal = hsmRefusal(outcome, failure, dialect);
  if (refusal !== null) return refusal;
  const success: object[] = [];
  const tokens: FencedComponent[] = [];
  let token = sequence - events.length;
  yield* each(events, (event) => {
    token++;
    if (event.type !== 'cray.ReservationCreated') return;
    const { xname, reservationId, kind, expiresAt } = event;
    const keys = keysOf?.(reservationId, xname);
    const shown = keys && {
      DeputyKey: dialect.showKey('dk', xname, keys.deputyKey),
      ReservationKey: dialect.showKey('rk', xname, keys.reservationKey),
    };
    success.push({ ID: xname, ...shown, ...expiration(dialect, kind, expiresAt), ...tokenMember(dialect, token) });
    tokens.push([xname, token]);
  });
  const body = { Success: success, Failure: failure };
  return { status: dialect === hsm ? 200 : 202, body, headers: tokenHeader(dialect, tokens) };
}

/** The published schema of a service reservation has null where there is no expiry; elsewhere the member is absent. */
function expiration(dialect: Dialect, kind: 'admin' | 'service', expiresAt: number | null) {
  if (expiresAt !== null) return { ExpirationTime: wholeSeconds(expiresAt) };
  return dialect === hsm || kind === 'admin' ? {} : { ExpirationTime: null };
}

/**
 * In the HSM dialect a refused call is a problem that names the first reason. The extension member lists them all (D8).
 */
function hsmRefusal(outcome: RequestDecided, failure: FailedResource[], dialect: Dialect): Answer | null {
  if (dialect !== hsm || outcome.status !== 'refused') return null;
  const byKeys = outcome.command === 'cray.ReleaseRequested' || outcome.command === 'cray.RenewalRequested';
  // A flexible call with an empty list of keys did all that it was asked.
  if (byKeys && outcome.total === 0) return null;
  const detail = hsmDetails[(outcome.reason ?? 'NotFound') as Reason] ?? hsmDetails.NotFound;
  return { status: 400, body: problem(400, detail, failure) };
}

/**
 * What a selection names is not there, and it is no component: in both dialects a request that cannot be meant, rather
 * than one that did nothing.
 */
function unmeantSelection({ reason }: RequestDecided, failures: FailedResource[]): Answer | null {
  const name = failures.at(-1)?.ID ?? '';
  switch (reason) {
    case 'NoGroup':
      return { status: 400, body: problem(400, noSuch('group', name)) };
    case 'NoPartition':
      return { status: 400, body: problem(400, noSuch('partition', name)) };
    case 'NoReservation':
      return { status: 400, body: problem(400, 'No component has the reservation that ReservationID names') };
    default:
      return null;
  }
}

function componentsDeleted(count: number, failure: FailedResource[]): Answer {
  if (count > 0) return deleted(count);
  return { status: 404, body: problem(404, failure.length > 0 ? 'no such xname.' : 'no entries to delete') };
}

function rolesChanged(outcome: RequestDecided, failure: FailedResource[]): Answer {
  if (outcome.status === 'accepted') return { status: 204, body: undefined };
  if (outcome.reason === 'Level') return levelTooLow;
  return { status: 404, body: problem(404, 'no such xname.', failure) };
}

function* failuresOf(events: readonly Event[]): Steps<FailedResource[]> {
  const failures: FailedResource[] = [];
  yield* each(events, (event) => {
    if (event.type === 'cray.RequestRefused') failures.push({ ID: event.xname, Reason: event.reason });
  });
  return failures;
}

type NamedEvent = Extract<Event, { xname: string }>;

function* namesOf(events: readonly Event[], type: NamedEvent['type']): Steps<string[]> {
  const names: string[] = [];
  yield* each(events, (event) => {
    if (event.type === type) names.push((event as NamedEvent).xname);
  });
  return names;
}

function unknownCommand(type: never): never {
  throw new Error(`no answer is known for ${type}`);
}
