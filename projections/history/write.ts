import type { Change, DecisionChange } from '../change.js';
import type { Queryable } from '../database.js';
import type { Tables, Writer } from '../family.js';
import { inChunks } from '../in-chunks.js';
import { projectionLimits } from '../limits.js';
import { decisionRow } from '../requests/project.js';
import { storable } from '../text.js';
import { type HistoryRow, historyRows, noStates } from './project.js';
import { insertDecisions, insertHistory, insertKnown, type Known, statesBefore } from './rows.js';
import { kindPut } from './state.js';

const { statementHistoryRowsMax } = projectionLimits;

/**
 * Writes decisions and their events. A request over the whole fleet is many rows, and the embedded database does one thing at a
 * time: such are written ahead, in pieces between which others come in. No query shows what is past the watermark.
 */
export function auditWriter(tables: Tables): Writer {
  return async (database, changes) => {
    const decisions = decisionsOf(changes);
    const puts = [...putsOf(decisions).values()];
    const first = decisions[0];
    const states =
      first === undefined
        ? noStates()
        : await statesBefore(database, tables, resourcesOf(decisions), first.sequence - first.events.length);
    let rows = decisions.flatMap((decision) => historyRows(decision, states));
    if (rows.length > statementHistoryRowsMax) {
      await inChunks(rows, (chunk) => insertHistory(database, tables, chunk), statementHistoryRowsMax);
      rows = [];
    }
    return async (tx) => {
      await write(tx, tables, { rows, decisions, puts });
    };
  };
}

interface AuditRows {
  rows: readonly HistoryRow[];
  decisions: readonly DecisionChange[];
  puts: readonly Known[];
}

async function write(at: Queryable, tables: Tables, { rows, decisions, puts }: AuditRows): Promise<void> {
  await inChunks(rows, (chunk) => insertHistory(at, tables, chunk), statementHistoryRowsMax);
  await inChunks(decisions.map(decisionRow), (chunk) => insertDecisions(at, tables, chunk), statementHistoryRowsMax);
  await inChunks(puts, (chunk) => insertKnown(at, tables, chunk));
}

export function decisionsOf(changes: readonly Change[]): DecisionChange[] {
  return changes.filter((change) => change.table === 'decision');
}

/** What their events are on, and the consumers whose state those look at. */
function resourcesOf(decisions: readonly DecisionChange[]): string[] {
  const ids = new Set<string>();
  for (const { events } of decisions) {
    for (const { resource, event } of events) {
      if (resource !== null) ids.add(resource);
      if (event.type === 'placement.ProviderAllocated') ids.add(storable(event.consumer));
    }
  }
  return [...ids];
}

/** The resources that these may be the first to tell of, each once. */
export function putsOf(decisions: readonly DecisionChange[]): Map<string, Known> {
  const puts = new Map<string, Known>();
  for (const { events } of decisions) {
    for (const { resource, event } of events) {
      const kind = resource === null ? null : kindPut(event);
      if (kind !== null) puts.set(`${kind} ${resource}`, [kind, resource!]);
    }
  }
  return puts;
}
