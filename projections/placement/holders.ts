import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { type DecisionTuple, decisionOf, decisionTuple } from '../requests/decision.js';
import { storable } from '../text.js';
import { type Bind, bindings } from '../values.js';
import { amountOf } from './amounts.js';
import type { AllocationTuple } from './change.js';
import type { AllocationHolder, AllocationHolderPage, AllocationHoldersQuery } from './port.js';

type AllocationHolderTuple = [
  consumer: string,
  projectId: string,
  userId: string,
  consumerType: string | null,
  allocations: AllocationTuple[],
  since: number,
  by: DecisionTuple | null,
];

/**
 * See PlacementAudit.holders. What is held comes from the status projection group, and who holds it from the audit
 * projection group.
 */
export async function queryAllocationHolders(
  database: Queryable,
  shard: string,
  query: AllocationHoldersQuery,
): Promise<ReadAnswer<AllocationHolderPage>> {
  const { values, value } = bindings();
  const text = (one: string) => value(storable(one));
  const { provider, resourceClass, projectId, actor, sinceMax, after, limit } = query;
  const of = provider === undefined ? null : text(provider);
  const bounds = [
    own('c'),
    ...(of === null ? [] : [hasOf(of)]),
    ...(resourceClass === undefined ? [] : [hasClass(resourceClass, of, text)]),
    ...(projectId === undefined ? [] : [`c.project_id = ${text(projectId)}`]),
    ...(sinceMax === undefined ? [] : [`c.changed_at <= ${value(sinceMax)}::bigint`]),
    ...(after === undefined ? [] : [`c.uuid > ${text(after)}`]),
  ];
  const row = `json_build_array(c.uuid, c.project_id, c.user_id, c.consumer_type, c.allocations, c.changed_at,
    CASE WHEN d.sequence IS NULL THEN NULL ELSE ${decisionTuple('d')} END)`;
  const page = `ORDER BY c.uuid LIMIT ${value(limit + 1)}::bigint`;
  // Who set it is looked up for the page alone, unless that is what is asked for.
  const found = `(SELECT * FROM holdfast.consumer c
    WHERE ${bounds.join(' AND ')} ${actor === undefined ? page : ''}) c`;
  const sql = `SELECT coalesce(json_agg(held.row ORDER BY held.uuid), '[]') FROM (
    SELECT c.uuid, ${row} AS row FROM ${found}
    LEFT JOIN LATERAL (SELECT * FROM holdfast.decision d
      WHERE d.shard = $1 AND d.sequence > c.sequence ORDER BY d.sequence LIMIT 1) d ON true
    ${actor === undefined ? '' : `WHERE d.caller = ${text(actor)} ${page}`}) held`;
  const { answer, read } = await ask<AllocationHolderTuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map(holder);
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.consumer : null }, read };
}

/** `IS TRUE` keeps it a look into a hash table, whatever the planner knows. */
function hasOf(provider: string): string {
  return `(c.uuid IN (SELECT a.consumer FROM holdfast.allocation a
    WHERE ${own('a')} AND a.provider = ${provider})) IS TRUE`;
}

/** Of that provider, where there is one. */
function hasClass(resourceClass: string, provider: string | null, text: (one: string) => ReturnType<Bind>): string {
  return `EXISTS (SELECT FROM json_array_elements(c.allocations) a CROSS JOIN json_array_elements(a -> 1) r
    WHERE r ->> 0 = ${text(resourceClass)} ${provider === null ? '' : `AND a ->> 0 = ${provider}`})`;
}

function holder([
  consumer,
  projectId,
  userId,
  consumerType,
  allocations,
  since,
  by,
]: AllocationHolderTuple): AllocationHolder {
  const held = allocations.map(([provider, resources]) => ({
    provider,
    resources: resources.map(amountOf),
  }));
  const decision = by === null ? null : decisionOf(by);
  return { consumer, projectId, userId, consumerType, allocations: held, since, by: decision };
}
