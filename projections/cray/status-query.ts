import type { ReservationKind, Selection } from '@holdfast/events/cray/messages';
import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { askedIds } from '../json-rows.js';
import { askRows, inLines, type ReadAnswer } from '../moment.js';
import { bindings } from '../values.js';
import type { ReservationRow, StatusAnswer, StatusRow } from './port.js';
import { condition } from './selection-sql.js';

/** A component without a reservation has only the first three. */
type StatusTuple = [
  xname: string,
  lockToken: number | null,
  disabled: boolean,
  reservationId?: string,
  kind?: ReservationKind,
  createdAt?: number,
  expiresAt?: number | null,
  token?: number,
];

const statusTuple = `CASE WHEN c.reservation_id IS NULL THEN json_build_array(c.xname, c.lock_token, c.disabled)
  ELSE json_build_array(c.xname, c.lock_token, c.disabled, c.reservation_id, c.kind, c.created_at, c.expires_at,
    c.reservation_token) END`;

/** See CrayModel.status. */
export async function queryStatus(
  database: Queryable,
  shard: string,
  { ids, criteria }: Selection,
): Promise<ReadAnswer<StatusAnswer>> {
  const { values, value } = bindings();
  const matching = condition(criteria, value);
  // A text instead of a tuple names what is not there, so that one list keeps the order of both.
  const known = `CASE WHEN c.xname IS NULL THEN to_json(asked.id) ELSE ${statusTuple} END`;
  const sql =
    ids.length === 0
      ? `SELECT ${inLines(statusTuple, 'c.ord')} FROM holdfast.component c WHERE ${own('c')} AND ${matching}`
      : `SELECT ${inLines(known, 'asked.n')}
          FROM ${askedIds(value(JSON.stringify(ids)), value(ids.length))} asked
          LEFT JOIN holdfast.component c ON ${own('c')} AND c.xname = asked.id
          WHERE c.xname IS NULL OR (${matching})`;
  const components: StatusRow[] = [];
  const notFound: string[] = [];
  const read = await askRows<StatusTuple | string>(database, shard, sql, values, (one) => {
    if (typeof one === 'string') notFound.push(one);
    else components.push(statusRow(one));
  });
  return { answer: { components, notFound }, read };
}

function statusRow([xname, lockToken, disabled, ...reservation]: StatusTuple): StatusRow {
  const [reservationId, kind, createdAt, expiresAt, token] = reservation;
  const row = { xname, locked: lockToken !== null, lockToken, disabled };
  if (
    reservationId === undefined ||
    kind === undefined ||
    createdAt === undefined ||
    expiresAt === undefined ||
    token === undefined
  ) {
    return { ...row, reservation: null };
  }
  return { ...row, reservation: { reservationId, kind, createdAt, expiresAt, token } };
}

type ReservationTuple = [string, string, ReservationKind, number, number | null, string, number];

/** See CrayModel.reservations. */
export async function queryReservations(
  database: Queryable,
  shard: string,
  xnames: string[],
): Promise<ReadAnswer<Map<string, ReservationRow>>> {
  const row = `json_build_array(c.xname, c.reservation_id, c.kind, c.created_at, c.expires_at, c.deputy_key_hash,
    c.reservation_token)`;
  const sql = `SELECT ${inLines(row, 'c.ord')} FROM holdfast.component c
    WHERE ${own('c')} AND c.reservation_id IS NOT NULL AND c.xname IN (SELECT id FROM ${askedIds('$2', '$3')} asked)`;
  const found = new Map<string, ReservationRow>();
  const read = await askRows<ReservationTuple>(database, shard, sql, [JSON.stringify(xnames), xnames.length], (row) => {
    const [xname, reservationId, kind, createdAt, expiresAt, deputyKeyHash, token] = row;
    found.set(xname, { reservationId, kind, createdAt, expiresAt, deputyKeyHash, token });
  });
  return { answer: found, read };
}
