import type { KeyKind } from '@holdfast/events/cray/keys';
import type { CrayCommand, KeyClaim } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import { ApiError } from '../errors.js';
import type { ApiSettings } from '../settings.js';
import { each } from '../steps.js';
import { type Dialect, hsm } from './dialect.js';
import { invalidXname, refuseUnknown, requireNamed, type SelectionBody, selectionOf } from './selection.js';
import type { CraySettings } from './settings.js';
import type { DeputyClaim } from './status.js';
import type { Vocabulary } from './vocabulary.js';

/**
 * From a body to a command: pure, in steps. Bodies are canonical and valid by their schema; what a schema cannot say is
 * checked here.
 */
export interface TranslationContext {
  dialect: Dialect;
  settings: CraySettings & Pick<ApiSettings, 'wholeFleet'>;
  vocabulary: Vocabulary;
  hashShown(kind: KeyKind, xname: string, shown: string): string;
  /** Fields of the body that its schema does not know. */
  unknown: readonly string[];
}

interface ProcessingBody {
  ProcessingModel?: 'rigid' | 'flexible';
  /** Minutes. */
  ReservationDuration?: number;
}

export type ChangeBody = SelectionBody &
  ProcessingBody & {
    /** Of a removal: the reservation that is meant. */
    ReservationID?: string;
  };

interface ShownKey {
  ID?: string;
  Key?: string;
}

export interface KeysBody extends ProcessingBody {
  ReservationKeys?: ShownKey[];
}

export interface DeputyBody {
  DeputyKeys?: ShownKey[];
}

export type SelectionOperation =
  | 'lock'
  | 'unlock'
  | 'repair'
  | 'disable'
  | 'remove'
  | 'reserveAsAdmin'
  | 'reserveAsService';

/** Throws ApiError `bad-request`. */
export function* selectionCommand(
  operation: SelectionOperation,
  body: ChangeBody,
  context: TranslationContext,
): Steps<CrayCommand> {
  const durationMs = operation === 'reserveAsService' ? durationOf(body, context) : null;
  const selection = yield* selectionOf(body, context.vocabulary, context.unknown);
  const reservationId = operation === 'remove' ? (body.ReservationID?.toLowerCase() ?? null) : null;
  if (reservationId === null) requireNamed(selection, context.settings);
  const rigid = isRigid(body);
  switch (operation) {
    case 'lock':
      return { type: 'cray.LockRequested', selection, rigid };
    case 'unlock':
      return { type: 'cray.UnlockRequested', selection, rigid };
    case 'repair':
      return { type: 'cray.RepairRequested', selection, rigid };
    case 'disable':
      return { type: 'cray.DisableRequested', selection, rigid };
    case 'remove':
      return { type: 'cray.RemovalRequested', selection, rigid, reservationId };
    case 'reserveAsAdmin':
      return {
        type: 'cray.ReservationRequested',
        selection,
        rigid,
        kind: 'admin',
        durationMs: null,
        requires: 'locked',
      };
    case 'reserveAsService': {
      const { name } = context.dialect;
      const requires = context.settings.serviceReservationRequires[name];
      return { type: 'cray.ReservationRequested', selection, rigid, kind: 'service', durationMs, requires };
    }
  }
}

/** Throws ApiError `bad-request`. */
export function* keysCommand(
  operation: 'release' | 'renew',
  body: KeysBody,
  context: TranslationContext,
): Steps<CrayCommand> {
  const durationMs = operation === 'renew' ? durationOf(body, context) : null;
  const rigid = isRigid(body);
  const keys = yield* claims('rk', body.ReservationKeys ?? [], context);
  if (context.dialect === hsm && rigid) {
    if (keys.length === 0) throw new ApiError('bad-request', 'Reservation Key required for operation');
    // The implementation says deputy key here too.
    if (body.ReservationKeys?.some(isEmpty)) throw new ApiError('bad-request', deputyKeyRequired);
  }
  if (keys.length === 0) refuseUnknown(context.unknown);
  return operation === 'renew'
    ? { type: 'cray.RenewalRequested', keys, rigid, durationMs }
    : { type: 'cray.ReleaseRequested', keys, rigid };
}

/** The deputy keys to check, each once. Throws ApiError `bad-request`. */
export function* deputyClaims(body: DeputyBody, context: TranslationContext): Steps<DeputyClaim[]> {
  const shown = body.DeputyKeys ?? [];
  const checked = yield* claims('dk', shown, context);
  if (context.dialect === hsm && (shown.length === 0 || shown.some(isEmpty))) {
    throw new ApiError('bad-request', deputyKeyRequired);
  }
  if (shown.length === 0) refuseUnknown(context.unknown);
  return checked;
}

const deputyKeyRequired = 'Deputy Key required for operation';

function isEmpty(shown: ShownKey): boolean {
  return shown.Key === undefined || shown.Key === '';
}

function isRigid(body: ProcessingBody): boolean {
  return body.ProcessingModel !== 'flexible';
}

/** Keys leave here as hashes only (SPEC rule 12). The same pair twice counts once (D7). */
function* claims(kind: KeyKind, shown: readonly ShownKey[], context: TranslationContext): Steps<KeyClaim[]> {
  const unique = new Map<string, KeyClaim>();
  yield* each(shown, ({ ID = '', Key = '' }) => {
    const xname = parseXname(ID)?.xname;
    if (xname === undefined) {
      throw new ApiError(
        'bad-request',
        context.dialect === hsm ? 'got HMSTypeInvalid instead of valid type' : invalidXname,
      );
    }
    const keyHash = context.hashShown(kind, xname, Key);
    unique.set(`${xname} ${keyHash}`, { xname, keyHash });
  });
  return [...unique.values()];
}

/** Milliseconds, or null for no expiry (on a renewal: the same length again). */
function durationOf(body: ProcessingBody, { dialect, settings }: TranslationContext): number | null {
  const minutes = body.ReservationDuration;
  if (dialect === hsm) {
    if (minutes === undefined || minutes <= 0) {
      throw new ApiError('bad-request', 'ReservationDuration must be greater than 0');
    }
    return minutes * 60_000;
  }
  if (minutes === undefined) return null;
  const max = settings.publishedReservationMinutesMax;
  if (max !== null && minutes > max)
    throw new ApiError('bad-request', `ReservationDuration must be at most ${max} minutes`);
  return minutes * 60_000;
}
