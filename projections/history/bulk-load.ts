import type { Database } from '../database.js';
import { inChunks } from '../in-chunks.js';
import { projectionLimits } from '../limits.js';
import type { BulkLoad, Tables } from '../projection-group.js';
import { type DecisionRow, decisionRow } from '../requests/project.js';
import { TableCopy } from '../table-copy.js';
import { type HistoryRow, historyRows, States } from './project.js';
import {
  decisionColumns,
  decisionText,
  historyColumns,
  historyText,
  insertDecisions,
  insertHistory,
  insertKnown,
  type Known,
} from './rows.js';
import { decisionsOf, putsOf } from './write.js';

/** Keeps the states of all resources in memory, so that a bulk load reads nothing. */
export function auditBulkLoad(database: Database, tables: Tables): BulkLoad {
  const states = new States();
  const known = new Map<string, Known>();
  const rows =
    database.copy === undefined ? inserting(database, tables) : copying(database.copy.bind(database), tables);
  return {
    async take(changes) {
      const decisions = decisionsOf(changes);
      for (const [key, one] of putsOf(decisions)) known.set(key, one);
      await rows.take(
        decisions.flatMap((decision) => historyRows(decision, states)),
        decisions.map(decisionRow),
      );
    },
    async finish() {
      await rows.finish();
      await inChunks([...known.values()], (chunk) => insertKnown(database, tables, chunk));
    },
    settled: () => rows.settled(),
  };
}

/** Where rows go, which may wait here until they are many. */
interface RowLoader extends Pick<BulkLoad, 'finish' | 'settled'> {
  take(history: readonly HistoryRow[], decisions: readonly DecisionRow[]): Promise<void>;
}

function copying(copy: NonNullable<Database['copy']>, { schema, shard }: Tables): RowLoader {
  const history = new TableCopy(copy, `${schema}.recorded_event (${historyColumns})`);
  const decision = new TableCopy(copy, `${schema}.decision (${decisionColumns})`);
  return {
    async take(rows, decisions) {
      await history.add(historyText(shard, rows));
      await decision.add(decisionText(shard, decisions));
    },
    async finish() {
      await Promise.all([history.finish(), decision.finish()]);
    },
    async settled() {
      await Promise.all([history.settled(), decision.settled()]);
    },
  };
}

function inserting(database: Database, tables: Tables): RowLoader {
  const history = gathering<HistoryRow>((rows) => insertHistory(database, tables, rows));
  const decision = gathering<DecisionRow>((rows) => insertDecisions(database, tables, rows));
  return {
    async take(rows, decisions) {
      await history.take(rows);
      await decision.take(decisions);
    },
    async finish() {
      await history.finish();
      await decision.finish();
    },
    async settled() {},
  };
}

/** Writes once there are enough for a statement: few large ones are faster than many small ones. */
function gathering<Row>(write: (rows: readonly Row[]) => Promise<void>) {
  const { statementHistoryRowsMax } = projectionLimits;
  let waiting: Row[] = [];
  const finish = async () => {
    const rows = waiting;
    waiting = [];
    await inChunks(rows, write, statementHistoryRowsMax);
  };
  return {
    async take(rows: readonly Row[]): Promise<void> {
      for (const row of rows) waiting.push(row);
      if (waiting.length >= statementHistoryRowsMax) await finish();
    },
    finish,
  };
}
