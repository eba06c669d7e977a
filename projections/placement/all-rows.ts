import type { Inventory } from '@holdfast/events/placement/messages';
import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import type { AllocationTuple, AmountTuple } from './change.js';

/** Every row of `placement`, without its times: for who compares them. */
export interface PlacementRows {
  providers: [uuid: string, name: string, parent: string | null, generation: number][];
  /** In the order in which providers have them. */
  inventories: [provider: string, used: number, inventory: Inventory][];
  classes: string[];
  consumers: [
    uuid: string,
    generation: number,
    projectId: string,
    userId: string,
    consumerType: string | null,
    allocations: AllocationTuple[],
  ][];
  allocations: [provider: string, consumer: string, resources: AmountTuple[]][];
  /** Of those that were ever marked. */
  marks: [provider: string, aggregates: string[], traits: string[]][];
  traits: string[];
}

/** All of one moment. */
export function queryPlacementRows(database: Queryable, shard: string): Promise<ReadAnswer<PlacementRows>> {
  const list = (row: string, table: string, order = '') =>
    `(SELECT coalesce(json_agg(${row} ${order}), '[]') FROM holdfast.${table} t WHERE ${own('t')})`;
  const inventory = `json_build_array(t.provider, t.used, json_build_object('resourceClass', t.resource_class,
    'total', t.total, 'reserved', t.reserved, 'minUnit', t.min_unit, 'maxUnit', t.max_unit, 'stepSize', t.step_size,
    'allocationRatio', t.allocation_ratio))`;
  const consumer = `json_build_array(t.uuid, t.generation, t.project_id, t.user_id, t.consumer_type, t.allocations)`;
  const texts = (column: string) => `coalesce(array_to_json(t.${column}), '[]')`;
  const marks = `json_build_array(t.uuid, ${texts('aggregates')}, ${texts('traits')})`;
  const sql = `SELECT json_build_object(
    'providers', ${list('json_build_array(t.uuid, t.name, t.parent, t.generation)', 'provider')},
    'inventories', ${list(inventory, 'inventory', 'ORDER BY t.provider, t.ordinal')},
    'classes', ${list('t.name', 'resource_class')},
    'consumers', ${list(consumer, 'consumer')},
    'allocations', ${list('json_build_array(t.provider, t.consumer, t.resources)', 'allocation')},
    'marks', ${list(marks, 'provider_marks')},
    'traits', ${list('t.name', 'trait')})`;
  return ask(database, shard, sql);
}
