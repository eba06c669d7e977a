import type { ExampleEvent } from '@holdfast/events/example/messages';
import type { Queryable } from '@holdfast/projections/database';
import { domain, own } from '@holdfast/projections/domain';
import { inChunks } from '@holdfast/projections/in-chunks';
import { jsonRows } from '@holdfast/projections/json-rows';
import type { EventStamp } from '@holdfast/projections/module';
import { ask, type ReadAnswer } from '@holdfast/projections/moment';
import type { Tables } from '@holdfast/projections/projection-group';
import type { ClaimRow } from './port.js';

export type ExampleChange =
  | ({ table: 'claim'; op: 'put'; sequence: number } & ClaimRow)
  | { table: 'claim'; op: 'delete'; instrument: string }
  | { table: 'claims'; byMs: number };

/** What an event changes; null for nothing. Pure. */
export function projectClaim(event: ExampleEvent, { sequence }: EventStamp): ExampleChange | null {
  switch (event.type) {
    case 'example.Claimed': {
      const { instrument, claim, expiresAt } = event;
      return { table: 'claim', op: 'put', sequence, instrument, claim, expiresAt };
    }
    case 'example.Returned':
    case 'example.ClaimExpired':
      return { table: 'claim', op: 'delete', instrument: event.instrument };
    case 'example.ClaimRefused':
      return null;
  }
}

/** What many changes come to. */
export interface CoalescedClaims {
  /** By how much every expiry moves that was there before: first of all. */
  shiftMs: number;
  /** By instrument, the last of each; null: there is none any more. */
  claims: Map<string, (ClaimRow & { sequence: number }) | null>;
}

export function coalesceClaim(change: ExampleChange, coalesced: CoalescedClaims): void {
  const { claims } = coalesced;
  if (change.table === 'claims') {
    coalesced.shiftMs += change.byMs;
    for (const row of claims.values()) if (row !== null) row.expiresAt += change.byMs;
  } else if (change.op === 'delete') claims.set(change.instrument, null);
  else {
    const { table: _, op: __, ...row } = change;
    claims.set(change.instrument, row);
  }
}

export async function writeClaims(tx: Queryable, tables: Tables, { shiftMs, claims }: CoalescedClaims): Promise<void> {
  const { schema, shard } = tables;
  const of = `${schema}.claim`;
  if (shiftMs !== 0) {
    await tx.query(`UPDATE ${of} c SET expires_at = expires_at + $2::bigint WHERE ${own('c')}`, [shard, shiftMs]);
  }
  const gone = [...claims].filter(([, row]) => row === null).map(([instrument]) => instrument);
  await inChunks(gone, async (instruments) => {
    const among = 'SELECT value FROM json_array_elements_text($2::json)';
    const sql = `DELETE FROM ${of} c WHERE ${own('c')} AND c.instrument IN (${among})`;
    await tx.query(sql, [shard, await jsonRows(instruments)]);
  });
  const recordset =
    'json_to_recordset($2::json) AS new(instrument text, claim text, "expiresAt" bigint, sequence bigint)';
  const put = [...claims.values()].filter((row) => row !== null);
  await inChunks(put, async (rows) => {
    await tx.query(
      `INSERT INTO ${of} (shard, domain, instrument, claim, expires_at, sequence)
        SELECT $1, '${domain}', instrument, claim, "expiresAt", sequence FROM ${recordset}
        ON CONFLICT (instrument, domain, shard) DO UPDATE SET claim = excluded.claim,
          expires_at = excluded.expires_at, sequence = excluded.sequence`,
      [shard, await jsonRows(rows)],
    );
  });
}

/** See ExampleModel.claims. */
export function queryClaims(database: Queryable, shard: string): Promise<ReadAnswer<ClaimRow[]>> {
  const row = `json_build_object('instrument', c.instrument, 'claim', c.claim, 'expiresAt', c.expires_at)`;
  const sql = `SELECT coalesce(json_agg(${row} ORDER BY c.instrument), '[]') FROM holdfast.claim c WHERE ${own('c')}`;
  return ask(database, shard, sql);
}
