import type { Change, DecisionChange } from '../change.js';
import type { Queryable } from '../database.js';
import type { Tables, Writer } from '../family.js';
import { inChunks } from '../in-chunks.js';
import { projectionLimits } from '../limits.js';
import { decisionRow } from '../requests/project.js';
import { type HistoryRow, historyRows, type States } from './project.js';
import { insertDecisions, insertHistory, insertKnown, statesBefore } from './rows.js';

const { statementHistoryRowsMax } = projectionLimits;

/**
 * Writes decisions and their events. A request over the whole fleet is many rows, and the embedded database does one thing at a
 * time: such are written ahead, in pieces between which others come in. No query shows what is past the watermark.
 */
export function auditWriter(tables: Tables): Writer {
  return async (database, changes) => {
    const decisions = decisionsOf(changes);
    const puts = putsOf(decisions);
    const first = decisions[0];
    const states: States =
      first === undefined
        ? new Map()
        : await statesBefore(database, tables, xnamesOf(decisions), first.sequence - first.events.length);
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
  puts: readonly string[];
}

async function write(at: Queryable, tables: Tables, { rows, decisions, puts }: AuditRows): Promise<void> {
  await inChunks(rows, (chunk) => insertHistory(at, tables, chunk), statementHistoryRowsMax);
  await inChunks(decisions.map(decisionRow), (chunk) => insertDecisions(at, tables, chunk), statementHistoryRowsMax);
  await inChunks(puts, (chunk) => insertKnown(at, tables, chunk));
}

export function decisionsOf(changes: readonly Change[]): DecisionChange[] {
  return changes.filter((change) => change.table === 'decision');
}

function xnamesOf(decisions: readonly DecisionChange[]): string[] {
  const xnames = new Set<string>();
  for (const { events } of decisions) for (const { xname } of events) if (xname !== null) xnames.add(xname);
  return [...xnames];
}

export function putsOf(decisions: readonly DecisionChange[]): string[] {
  const xnames = new Set<string>();
  for (const { events } of decisions) {
    for (const { xname, event } of events) if (xname !== null && event.type === 'cray.ComponentPut') xnames.add(xname);
  }
  return [...xnames];
}
