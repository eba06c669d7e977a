import type { Queryable } from '../database.js';
import { ask, type Moment } from '../moment.js';
import type { RequestRow } from '../port.js';
import { storable } from '../text.js';

/** See ReadModel.request. */
export function queryRequest(
  database: Queryable,
  shard: string,
  commandId: string,
): Promise<Moment<RequestRow | null>> {
  const sql = `SELECT json_build_object('commandId', r.command_id, 'actor', r.actor, 'sequence', r.sequence,
      'decidedAt', r.decided_at, 'events', r.events)
    FROM holdfast.request r WHERE r.shard = $1 AND r.command_id = $2`;
  return ask(database, shard, sql, [storable(commandId)]);
}
