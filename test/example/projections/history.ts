import type { ExampleEvent } from '@holdfast/events/example/messages';
import type { HolderPages, PastMoment } from '@holdfast/projections/audit-port';
import type { Queryable } from '@holdfast/projections/database';
import { own } from '@holdfast/projections/domain';
import { askPast, type PastTuple } from '@holdfast/projections/history/past';
import { ask, type ReadAnswer } from '@holdfast/projections/moment';
import { type DecisionTuple, decisionOf, decisionTuple } from '@holdfast/projections/requests/decision';
import { storable } from '@holdfast/projections/text';
import { bindings } from '@holdfast/projections/values';
import type { ClaimHolder, ClaimHoldersQuery, PastClaims, PastClaimsQuery } from './port.js';

/** What is kept of an instrument after each event: whose claim it is. */
export type ClaimState = string;

export function claimAfter(before: ClaimState | null, event: ExampleEvent): ClaimState | null {
  if (event.type === 'example.Claimed') return event.claim;
  return event.type === 'example.Returned' || event.type === 'example.ClaimExpired' ? null : before;
}

/** See ExampleAudit.past. */
export async function queryPastClaims(
  database: Queryable,
  shard: string,
  { instruments }: PastClaimsQuery,
  moment: PastMoment,
): Promise<ReadAnswer<PastClaims>> {
  const ids = instruments.length === 0 ? null : instruments;
  const query = { module: 'example', ids, kinds: ['instrument'], moment };
  const answer: PastClaims = { sequence: 0, time: null, claims: [], free: [] };
  const begin = ({ sequence, time }: Pick<PastClaims, 'sequence' | 'time'>) => {
    Object.assign(answer, { sequence, time });
  };
  const read = await askPast<object, PastTuple<ClaimState>>(database, shard, query, begin, ([id, , claim]) => {
    if (claim === null) answer.free.push(id);
    else answer.claims.push({ instrument: id, claim });
  });
  return { answer, read };
}

/** See ExampleAudit.holders. */
export async function queryClaimHolders(
  database: Queryable,
  shard: string,
  { series, actor, sinceMax, after, limit }: ClaimHoldersQuery,
): Promise<ReadAnswer<HolderPages<ClaimHolder>>> {
  const { values, value } = bindings();
  const bounds = [
    own('c'),
    ...(after === undefined ? [] : [`c.instrument > ${value(storable(after))}`]),
    ...(series === undefined ? [] : [`starts_with(c.instrument, ${value(storable(series))})`]),
    ...(sinceMax === undefined ? [] : [`d.time <= ${value(sinceMax)}::bigint`]),
    ...(actor === undefined ? [] : [`d.caller = ${value(storable(actor))}`]),
  ];
  const sql = `SELECT coalesce(json_agg(held.row ORDER BY held.instrument), '[]') FROM (
    SELECT c.instrument, json_build_array(c.instrument,
      CASE WHEN d.sequence IS NULL THEN NULL ELSE ${decisionTuple('d')} END) AS row
    FROM holdfast.claim c LEFT JOIN LATERAL (SELECT * FROM holdfast.decision d
      WHERE d.shard = $1 AND d.sequence > c.sequence ORDER BY d.sequence LIMIT 1) d ON true
    WHERE ${bounds.join(' AND ')} ORDER BY c.instrument LIMIT ${value(limit + 1)}::bigint) held`;
  type Tuple = [instrument: string, by: DecisionTuple | null];
  const { answer, read } = await ask<Tuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map(([instrument, by]): ClaimHolder => {
    return { instrument, since: by?.[3] ?? null, by: by === null ? null : decisionOf(by) };
  });
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.instrument : null }, read };
}
