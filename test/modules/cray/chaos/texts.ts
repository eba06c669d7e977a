import { type Event, sha256 } from '@holdfast/events';

/*
 * Answers and rows as short texts that two sides write: the clients from what they were shown, the verifier from events
 * of the log. Neither uses the code that makes answers.
 */

interface Refused {
  ID: string;
  Reason: string;
}

interface Reserved {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
  ExpirationTime?: string;
}

/**
 * An answer of the hsm dialect to a change: what was done, and what refused. Throws where the counts are not those of
 * the lists.
 */
// biome-ignore lint/suspicious/noExplicitAny: read as a client would.
export function answerText(status: number, body: any): string {
  if (status === 400) return text(400, [], refusals(body.Failure ?? []));
  const failure = refusals(body.Failure);
  if (Array.isArray(body.Success)) return text(200, body.Success.map(reserved), failure);
  const success: string[] = body.Success.ComponentIDs;
  const { Total, Success, Failure } = body.Counts;
  if (Success !== success.length || Failure !== failure.length || Total !== Success + Failure) {
    throw new Error(`the counts are not those of the lists: ${JSON.stringify(body)}`);
  }
  return text(200, success, failure);
}

const changes: Record<string, Event['type']> = {
  'cray.LockRequested': 'cray.ComponentLocked',
  'cray.UnlockRequested': 'cray.ComponentUnlocked',
  'cray.DisableRequested': 'cray.ReservationsDisabled',
  'cray.RepairRequested': 'cray.ReservationsEnabled',
  'cray.RemovalRequested': 'cray.ReservationRemoved',
  'cray.ReleaseRequested': 'cray.ReservationReleased',
  'cray.RenewalRequested': 'cray.ReservationRenewed',
  'cray.ReservationRequested': 'cray.ReservationCreated',
};

/** The answer that a group of events stands for. */
export function expectedAnswer(events: readonly Event[]): string {
  const outcome = events.at(-1);
  if (outcome?.type !== 'engine.RequestDecided') return 'no outcome';
  const failure = events.flatMap((event) =>
    event.type === 'cray.RequestRefused' ? [`${event.xname}:${event.reason}`] : [],
  );
  if (outcome.status !== 'accepted') return text(400, [], failure);
  const success = events.flatMap((event) => {
    if (event.type !== changes[outcome.command] || !('xname' in event)) return [];
    if (event.type !== 'cray.ReservationCreated') return [event.xname];
    const { xname, reservationKeyHash, deputyKeyHash, expiresAt } = event;
    return [`${xname}:${reservationKeyHash}:${deputyKeyHash}:${expiresAt ?? ''}`];
  });
  return text(200, success, failure);
}

function text(status: number, success: string[], failure: string[]): string {
  return [status, ...success.map((each) => `+${each}`), ...failure.map((each) => `-${each}`)].join(' ');
}

function refusals(failure: Refused[]): string[] {
  return failure.map(({ ID, Reason }) => `${ID}:${Reason}`);
}

function reserved({ ID, ReservationKey, DeputyKey, ExpirationTime }: Reserved): string {
  const expiresAt = ExpirationTime === undefined ? '' : Date.parse(ExpirationTime);
  return [ID, keyHash('rk', ReservationKey), keyHash('dk', DeputyKey), expiresAt].join(':');
}

/** Hash of a key that is shown as `x0c0s0b0n0:rk:<UUID>`. */
export function keyHash(kind: 'rk' | 'dk', shown: string): string {
  return sha256(`${kind}:${shown.split(':').at(-1)}`);
}

/** A component as a status shows it. Times are milliseconds since 1970. */
export interface Shown {
  locked: boolean;
  disabled: boolean;
  reservation: { createdAt: number; expiresAt: number | null } | null;
}

/** Creations are shown in whole seconds, rounded down; so are expiries, which are none where they were moved. */
export function componentText({ locked, disabled, reservation }: Shown): string {
  const marks = `${locked ? 'L' : '-'}${disabled ? 'D' : '-'}`;
  if (reservation === null) return marks;
  const { createdAt, expiresAt } = reservation;
  return `${marks} ${Math.floor(createdAt / 1_000)}..${expiresAt === null ? '' : Math.floor(expiresAt / 1_000)}`;
}

/** A row of a status of the hsm dialect. */
// biome-ignore lint/suspicious/noExplicitAny: read as a client would.
export function rowText(row: any): string {
  const { Locked: locked, ReservationDisabled: disabled, Reserved, CreationTime, ExpirationTime } = row;
  const expiresAt = ExpirationTime === undefined ? null : Date.parse(ExpirationTime);
  return componentText({
    locked,
    disabled,
    reservation: Reserved ? { createdAt: Date.parse(CreationTime), expiresAt } : null,
  });
}
