import type { ReservationKind } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { HeldBy } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { own, ownInOrder } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { type DecisionTuple, decisionOf, decisionTuple } from '../requests/decision.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';
import type { Holder, HolderPage, HoldersQuery } from './port.js';
import { lockedOf } from './state.js';

type ReservationHolderTuple = [
  xname: string,
  lockedBy: DecisionTuple | null,
  reserved:
    | [reservationId: string, kind: ReservationKind, createdAt: number, expiresAt: number | null, token: number]
    | null,
  reservedBy: DecisionTuple | null,
  lockToken: number | null,
];

/** The request that made the reservation: its id is `<command id>.<command position>`. */
const reserving = `SELECT * FROM holdfast.decision d
  WHERE d.command_id = regexp_replace(c.reservation_id, '[.][^.]*$', '') AND d.shard = $1
    AND d.asked AND d.status NOT IN ('conflict', 'repeated') ORDER BY -d.sequence LIMIT 1`;

/** The one that locked it: the component's last event names the one that did. */
const locking = `SELECT d.* FROM (SELECT ${lockedOf('h')} AS locked FROM holdfast.recorded_event h
    WHERE h.resource = c.xname AND ${ownInOrder('h')} AND starts_with(h.type, 'cray.')
      AND -h.sequence > -(SELECT sequence FROM last)
    ORDER BY -h.sequence LIMIT 1) h
  CROSS JOIN LATERAL (SELECT * FROM holdfast.decision d
    WHERE d.shard = $1 AND d.sequence > h.locked ORDER BY d.sequence LIMIT 1) d`;

/**
 * See CrayAudit.holders. What is held comes from the status projection group, and who holds it from the audit
 * projection group.
 */
export async function queryHolders(
  database: Queryable,
  shard: string,
  query: HoldersQuery,
): Promise<ReadAnswer<HolderPage>> {
  const { values, value } = bindings();
  const { role, group, actor, kind, sinceMax, after, limit } = query;
  const bounds = [
    `${own('c')} AND (c.locked OR c.reservation_id IS NOT NULL)`,
    ...(role === undefined ? [] : [`c.role = ${value(storable(role).toLowerCase())}`]),
    ...(group === undefined ? [] : [isMember(value(storable(group).toLowerCase()))]),
    ...(after === undefined ? [] : [`c.ord > ${value(xnameOrder(after))}`]),
  ];
  const [by, since] = [actor && value(storable(actor)), sinceMax && `${value(sinceMax)}::bigint`];
  const fits = (held: string, decision: string, time: string) => {
    const actors = by === undefined ? [] : [`${decision}.caller = ${by}`];
    const times = since === undefined ? [] : [`${time} <= ${since}`];
    return `(${[held, ...actors, ...times].join(' AND ')})`;
  };
  const fitting = [
    ...(kind === 'lock' ? [] : [fits('c.reservation_id IS NOT NULL', 'r', 'c.created_at')]),
    ...(kind === 'reservation' ? [] : [fits('c.locked', 'l', 'l.time')]),
  ].join(' OR ');
  const tuple = (d: string) => `CASE WHEN ${d}.sequence IS NULL THEN NULL ELSE ${decisionTuple(d)} END`;
  const reserved = `CASE WHEN c.reservation_id IS NULL THEN NULL
    ELSE json_build_array(c.reservation_id, c.kind, c.created_at, c.expires_at, c.reservation_token) END`;
  const sql = `WITH last AS MATERIALIZED (SELECT max(sequence) AS sequence FROM holdfast.decision WHERE shard = $1)
    SELECT coalesce(json_agg(held.row ORDER BY held.ord), '[]') FROM (
      SELECT c.ord, json_build_array(c.xname, ${tuple('l')}, ${reserved}, ${tuple('r')}, c.lock_token) AS row
      FROM holdfast.component c
      LEFT JOIN LATERAL (${reserving}) r ON c.reservation_id IS NOT NULL
      LEFT JOIN LATERAL (${locking}) l ON c.locked
      WHERE ${bounds.join(' AND ')} AND (${fitting})
      ORDER BY c.ord LIMIT ${value(limit + 1)}::bigint) held`;
  const { answer, read } = await ask<ReservationHolderTuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map(holder);
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.xname : null }, read };
}

function isMember(key: string): string {
  return `c.xname IN (SELECT m.xname FROM holdfast.collection_member m
    WHERE ${own('m')} AND m.kind = 'group' AND m.key = ${key})`;
}

function holder([xname, lockedBy, reserved, reservedBy, lockToken]: ReservationHolderTuple): Holder {
  const lock = lockToken === null ? null : { ...heldBy(lockedBy, null), token: lockToken };
  if (reserved === null) return { xname, lock, reservation: null };
  const [reservationId, kind, createdAt, expiresAt, token] = reserved;
  return { xname, lock, reservation: { ...heldBy(reservedBy, createdAt), reservationId, kind, expiresAt, token } };
}

function heldBy(tuple: DecisionTuple | null, since: number | null): HeldBy {
  return { since: since ?? tuple?.[3] ?? null, by: tuple === null ? null : decisionOf(tuple) };
}
