import type { Keys } from '@holdfast/events/cray/keys';
import type { Steps } from '@holdfast/events/steps';
import type { PastStatusRow, ReservationRow, StatusAnswer, StatusRow } from '@holdfast/projections/cray/port';
import { type FailedResource, problem } from '../errors.js';
import type { Answer } from '../replies.js';
import { each } from '../steps.js';
import { type Dialect, hsm, hsmDetails } from './dialect.js';
import { type FencedComponent, tokenHeader, tokenMember } from './fencing.js';
import { wholeSeconds } from './times.js';

/**
 * Answer to a status query: pure. `asked` holds the ids in the body, as it had them; null for a query without a body.
 * The HSM dialect calls it a failure when a body asked for components and none was found, and lists under NotFound
 * whatever it had and the answer has not: also `!x0c0s0b0n0`, and what a filter left out.
 */
export function* statusAnswer(
  dialect: Dialect,
  found: FoundComponents,
  asked: readonly string[] | null,
): Steps<Answer> {
  const { components, notFound } = found;
  const Components: unknown[] = [];
  const tokens: FencedComponent[] = [];
  const shown = new Set<string>();
  yield* each(components, (row) => {
    const token = tokenOf(row);
    if (token !== null) tokens.push([row.xname, token]);
    Components.push({ ...componentStatus(row, dialect === hsm), ...tokenMember(dialect, token) });
    shown.add(row.xname);
  });
  if (dialect === hsm) {
    if (asked !== null && components.length === 0) return { status: 400, body: problem(400, hsmDetails.NotFound) };
    const missing: string[] = [];
    yield* each(asked ?? [], (id) => {
      if (!shown.has(id)) missing.push(id);
    });
    const body = { Components };
    return { status: 200, body: missing.length > 0 ? { ...body, NotFound: missing } : body };
  }
  return {
    status: 202,
    body: { Components, NotFound: notFound },
    headers: tokenHeader(dialect, tokens),
  };
}

/** What is held now, or what was at a past moment: that has no fencing tokens. */
interface FoundComponents extends Pick<StatusAnswer, 'notFound'> {
  components: readonly (StatusRow | PastStatusRow)[];
}

/** The fencing token of a component: of its reservation while there is one, else of its lock. */
function tokenOf(row: StatusRow | PastStatusRow): number | null {
  if (!('lockToken' in row)) return null;
  return row.reservation?.token ?? row.lockToken;
}

function componentStatus({ xname, locked, disabled, reservation }: PastStatusRow, withCreation: boolean) {
  return {
    ID: xname,
    Locked: locked,
    Reserved: reservation !== null,
    ...(reservation !== null && withCreation ? { CreationTime: wholeSeconds(reservation.createdAt) } : {}),
    ...(reservation !== null && reservation.expiresAt !== null
      ? { ExpirationTime: wholeSeconds(reservation.expiresAt) }
      : {}),
    ReservationDisabled: disabled,
  };
}

/** A component and the hash of the deputy key that was shown for it. */
export interface DeputyClaim {
  xname: string;
  keyHash: string;
}

/** Answer to a check of deputy keys: pure. Always best effort. */
export function* checkAnswer(
  dialect: Dialect,
  claims: readonly DeputyClaim[],
  reservations: ReadonlyMap<string, ReservationRow>,
  keysOf: (reservationId: string, xname: string) => Keys,
): Steps<Answer> {
  const success: unknown[] = [];
  const tokens: FencedComponent[] = [];
  const failure: FailedResource[] = [];
  yield* each(claims, ({ xname, keyHash }) => {
    const reservation = reservations.get(xname);
    if (reservation === undefined || reservation.deputyKeyHash !== keyHash) {
      failure.push({ ID: xname, Reason: 'NotFound' });
      return;
    }
    const { deputyKey } = keysOf(reservation.reservationId, xname);
    success.push({
      ID: xname,
      DeputyKey: dialect.showKey('dk', xname, deputyKey),
      ...(dialect === hsm ? { CreationTime: wholeSeconds(reservation.createdAt) } : {}),
      ...(reservation.expiresAt !== null ? { ExpirationTime: wholeSeconds(reservation.expiresAt) } : {}),
      ...tokenMember(dialect, reservation.token),
    });
    tokens.push([xname, reservation.token]);
  });
  const body = { Success: success, Failure: failure };
  return { status: dialect === hsm ? 200 : 202, body, headers: tokenHeader(dialect, tokens) };
}
