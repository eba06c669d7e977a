import type { CollectionKind, ComponentProperties, ReservationKind } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { Queryable } from '../database.js';
import { domain, own } from '../domain.js';
import { pickInChunks } from '../in-chunks.js';
import { fewRows, jsonRows } from '../json-rows.js';
import type { Tables } from '../projection-group.js';
import type { CoalescedCray, CollectionPatch, ComponentPatch, StatusPatch } from './coalesce.js';
import type { CollectionRow } from './port.js';
import { filterable } from './selection.js';

/*
 * A batch as a few statements, whatever it holds: rows go in as one JSON text. Measured on the embedded Postgres, that
 * is two to ten times as fast as arrays, whose literals its driver makes element by element.
 */

type Puts = readonly { xname: string; properties: ComponentProperties }[];

export async function writeCray(tx: Queryable, tables: Tables, coalesced: CoalescedCray): Promise<void> {
  const { components, shiftMs } = coalesced;
  if (shiftMs !== 0) await shiftLeases(tx, tables, shiftMs);
  const update = (changes: readonly StatusChange[]) => updateComponents(tx, tables, changes);
  const removed = ([xname, patch]: [string, ComponentPatch]) => (patch.removed ? xname : null);
  await pickInChunks(components, removed, (xnames) => deleteComponents(tx, tables, xnames));
  await pickInChunks(components, ([xname, { before }]) => statusChange(xname, before), update);
  const put = ([xname, { properties }]: [string, ComponentPatch]) =>
    properties === undefined ? null : { xname, properties };
  await pickInChunks(components, put, (chunk) => putComponents(tx, tables, chunk));
  const after = ([xname, patch]: [string, ComponentPatch]) =>
    patch.properties === undefined ? null : statusChange(xname, patch.after);
  await pickInChunks(components, after, update);
  for (const patch of coalesced.collections.values()) await writeCollection(tx, tables, patch);
}

/** One statement, however many there are: it is as long as a second for 100,000, and seldom. */
async function shiftLeases(tx: Queryable, { schema, shard }: Tables, byMs: number): Promise<void> {
  await tx.query(
    `UPDATE ${schema}.component c SET expires_at = expires_at + $2::bigint
      WHERE ${own('c')} AND expires_at IS NOT NULL`,
    [shard, byMs],
  );
}

async function deleteComponents(tx: Queryable, tables: Tables, xnames: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM ${tables.schema}.component c WHERE ${own('c')}
      AND c.xname IN (SELECT xname FROM ${fewRows('json_array_elements_text($2::json) AS x(xname)', '$3')} removed)`,
    [tables.shard, await jsonRows(xnames), xnames.length],
  );
}

const propertyColumns = [
  'type',
  'state',
  'flag',
  'enabled',
  'software_status',
  'role',
  'sub_role',
  'nid',
  'subtype',
  'arch',
  'class',
] as const satisfies (keyof ReturnType<typeof filterable>)[];

async function putComponents(tx: Queryable, tables: Tables, puts: Puts): Promise<void> {
  const row = ({ xname, properties }: Puts[number]) => ({
    xname,
    ord: xnameOrder(xname),
    ...filterable(properties),
    properties,
  });
  const columns = propertyColumns.join(', ');
  const replaced = [...propertyColumns, 'properties'].map((column) => `${column} = excluded.${column}`);
  await tx.query(
    `INSERT INTO ${tables.schema}.component (shard, domain, xname, ord, ${columns}, properties)
      SELECT $1, '${domain}', xname, ord, ${columns}, properties FROM json_to_recordset($2::json)
        AS new(xname text, ord text, ${propertyColumns.map((column) => `${column} text`).join(', ')}, properties json)
      ON CONFLICT (xname, domain, shard) DO UPDATE SET ${replaced.join(', ')}`,
    [tables.shard, await jsonRows(puts, row)],
  );
}

/** A row of the statement below; what is absent leaves its column alone. */
interface StatusChange {
  xname: string;
  locked?: boolean;
  lock_token?: number | null;
  disabled?: boolean;
  /** The six columns of the reservation are set. */
  reserves?: true;
  reservation_id?: string;
  kind?: ReservationKind;
  created_at?: number;
  expires_at?: number | null;
  deputy_key_hash?: string;
  reservation_token?: number;
  /** Only the expiry is set, if this is the reservation. */
  extends?: string;
}

const statusChangeTypes = {
  xname: 'text',
  locked: 'boolean',
  lock_token: 'bigint',
  disabled: 'boolean',
  reserves: 'boolean',
  reservation_id: 'text',
  kind: 'text',
  created_at: 'bigint',
  expires_at: 'bigint',
  deputy_key_hash: 'text',
  reservation_token: 'bigint',
  extends: 'text',
} as const satisfies Record<keyof StatusChange, string>;
const typed = Object.entries(statusChangeTypes).map(([column, type]) => `${column} ${type}`);
const statusChanges = `json_to_recordset($2::json) AS change(${typed.join(', ')})`;

/** Null where nothing changes. */
function statusChange(xname: string, patch: StatusPatch): StatusChange | null {
  if (Object.keys(patch).length === 0) return null;
  const { lockToken, disabled, reservation, extension } = patch;
  const change: StatusChange = { xname };
  if (lockToken !== undefined) {
    change.locked = lockToken !== null;
    change.lock_token = lockToken;
  }
  if (disabled !== undefined) change.disabled = disabled;
  if (reservation !== undefined) change.reserves = true;
  if (reservation) {
    change.reservation_id = reservation.reservationId;
    change.kind = reservation.kind;
    change.created_at = reservation.createdAt;
    change.expires_at = reservation.expiresAt;
    change.deputy_key_hash = reservation.deputyKeyHash;
    change.reservation_token = reservation.token;
  }
  if (extension !== undefined) {
    change.extends = extension.reservationId;
    change.expires_at = extension.expiresAt;
  }
  return change;
}

async function updateComponents(tx: Queryable, tables: Tables, changes: readonly StatusChange[]): Promise<void> {
  const reserved = ['reservation_id', 'kind', 'created_at', 'deputy_key_hash', 'reservation_token'];
  const setReserved = reserved.map(
    (column) => `${column} = CASE WHEN p.reserves THEN p.${column} ELSE c.${column} END`,
  );
  await tx.query(
    `UPDATE ${tables.schema}.component c SET
        locked = coalesce(p.locked, c.locked),
        lock_token = CASE WHEN p.locked IS NULL THEN c.lock_token ELSE p.lock_token END,
        disabled = coalesce(p.disabled, c.disabled),
        ${setReserved.join(', ')},
        expires_at = CASE WHEN p.reserves OR p.extends = c.reservation_id THEN p.expires_at ELSE c.expires_at END
      FROM ${fewRows(statusChanges, '$3')} p
      WHERE ${own('c')} AND c.xname = p.xname`,
    [tables.shard, await jsonRows(changes), changes.length],
  );
}

async function writeCollection(tx: Queryable, tables: Tables, patch: CollectionPatch): Promise<void> {
  if (patch.row !== undefined) await replaceCollection(tx, tables, patch.kind, patch.key, patch.row);
  if (patch.row !== null) await changeCollection(tx, tables, patch);
}

async function replaceCollection(
  tx: Queryable,
  tables: Tables,
  kind: CollectionKind,
  key: string,
  row: CollectionRow | null,
): Promise<void> {
  for (const table of ['collection', 'collection_member']) {
    const one = `${own('c')} AND c.kind = $2 AND c.key = $3`;
    await tx.query(`DELETE FROM ${tables.schema}.${table} c WHERE ${one}`, [tables.shard, kind, key]);
  }
  if (row === null) return;
  await tx.query(
    `INSERT INTO ${tables.schema}.collection (shard, domain, kind, key, name, description, tags, exclusive_group)
      VALUES ($1, '${domain}', $2, $3, $4, $5, $6::json, $7)`,
    [tables.shard, kind, key, row.name, row.description, JSON.stringify(row.tags), row.exclusiveGroup],
  );
  await tx.query(
    `INSERT INTO ${tables.schema}.collection_member (shard, domain, kind, key, ordinal, xname)
      SELECT $1, '${domain}', $2, $3, ordinal, xname
      FROM json_array_elements_text($4::json) WITH ORDINALITY AS m(xname, ordinal)`,
    [tables.shard, kind, key, JSON.stringify(row.members)],
  );
}

/** Written twice it is the same as once. */
async function changeCollection(tx: Queryable, tables: Tables, patch: CollectionPatch): Promise<void> {
  const { kind, key, description, tags, members } = patch;
  const { schema, shard } = tables;
  const one = (table: string) => `${own(table)} AND ${table}.kind = $2 AND ${table}.key = $3`;
  if (description !== undefined || tags !== undefined) {
    await tx.query(
      `UPDATE ${schema}.collection c SET description = coalesce($4, description), tags = coalesce($5::json, tags)
        WHERE ${one('c')}`,
      [shard, kind, key, description ?? null, tags === undefined ? null : JSON.stringify(tags)],
    );
  }
  if (members.size === 0) return;
  await tx.query(
    `DELETE FROM ${schema}.collection_member m WHERE ${one('m')}
      AND m.xname IN (SELECT value FROM json_array_elements_text($4::json))`,
    [shard, kind, key, await jsonRows([...members.keys()])],
  );
  const added = [...members].flatMap(([xname, isMember]) => (isMember ? [xname] : []));
  if (added.length === 0) return;
  await tx.query(
    `INSERT INTO ${schema}.collection_member (shard, domain, kind, key, ordinal, xname)
      SELECT $1, '${domain}', $2, $3, n + (SELECT coalesce(max(m.ordinal), 0) FROM ${schema}.collection_member m
          WHERE ${one('m')}), xname
        FROM json_array_elements_text($4::json) WITH ORDINALITY AS new(xname, n)
        WHERE EXISTS (SELECT FROM ${schema}.collection c WHERE ${one('c')})`,
    [shard, kind, key, await jsonRows(added)],
  );
}
