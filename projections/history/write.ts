import { placeOf } from '@holdfast/events';
import { itemsPerStep } from '@holdfast/events/steps';
import { giveWay } from '@holdfast/log/turn';
import type { DecisionChange, RowChange } from '../change.js';
import type { Queryable } from '../database.js';
import { moduleOfEvent } from '../every-module.js';
import { inChunks } from '../in-chunks.js';
import { projectionLimits } from '../limits.js';
import type { Tables, Writer } from '../projection-group.js';
import { decisionRow } from '../requests/project.js';
import { keptId } from '../text.js';
import { type DecisionEvents, type HistoryRow, historyRows, States } from './project.js';
import { insertDecisions, insertHistory, insertKnown, type Known, statesBefore } from './rows.js';

const { statementHistoryRowsMax } = projectionLimits;

/**
 * Writes decisions and their events. A request over the whole fleet is many rows, and the embedded database does one
 * thing at a time: such are written ahead, in pieces between which others come in. No query shows what is past the
 * watermark.
 */
export function auditWriter(tables: Tables): Writer {
  return async (database, changes) => {
    const decisions = decisionsOf(changes);
    const first = decisions[0];
    if (first === undefined) return async () => {};
    const before = first.sequence - first.events.length;
    const events = decisions.reduce((sum, decision) => sum + decision.events.length, 0);
    const states = new States();
    const asked = new Map<string, Set<string>>();
    const puts = new Map<string, Known>();
    let rows: HistoryRow[] = [];
    for (const piece of inPieces(decisions)) {
      for (const [key, one] of putsOf(piece)) puts.set(key, one);
      for (const [module, ids] of newlyAsked(piece, asked)) {
        await statesBefore(database, tables, { module, ids, sequence: before }, states);
      }
      for (const part of inSteps(piece)) {
        for (const row of historyRows(part, states)) rows.push(row);
        await giveWay();
      }
      if (events <= statementHistoryRowsMax) continue;
      await insertHistory(database, tables, rows);
      rows = [];
    }
    return async (tx) => {
      await write(tx, tables, { rows, decisions, puts: [...puts.values()] });
    };
  };
}

/** Decisions, or parts of one, with as many events as one statement writes. */
function* inPieces(decisions: readonly DecisionChange[]): Generator<DecisionEvents[]> {
  let piece: DecisionEvents[] = [];
  let room = statementHistoryRowsMax;
  for (const { sequence, events } of decisions) {
    for (let at = 0; at < events.length; ) {
      const part = events.slice(at, at + room);
      at += part.length;
      room -= part.length;
      piece.push({ sequence: sequence - events.length + at, events: part });
      if (room > 0) continue;
      yield piece;
      [piece, room] = [[], statementHistoryRowsMax];
    }
  }
  if (piece.length > 0) yield piece;
}

/** The same in parts of which each is soon done. */
function* inSteps(piece: readonly DecisionEvents[]): Generator<DecisionEvents> {
  for (const { sequence, events } of piece) {
    for (let at = 0; at < events.length; at += itemsPerStep) {
      const part = events.slice(at, at + itemsPerStep);
      yield { sequence: sequence - events.length + at + part.length, events: part };
    }
  }
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

export function decisionsOf(changes: readonly RowChange[]): DecisionChange[] {
  return changes.filter((change) => change.table === 'decision');
}

/**
 * What their events are on, and whose state those look at, by module: as far as it is not in `asked`, to which it is
 * added.
 */
function newlyAsked(decisions: readonly DecisionEvents[], asked: Map<string, Set<string>>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { events } of decisions) {
    for (const { resource, event } of events) {
      const module = resource === null ? null : moduleOfEvent(event);
      if (module === null) continue;
      const { name, audit } = module;
      const before = asked.get(name) ?? new Set();
      asked.set(name, before);
      const ids = found.get(name) ?? [];
      found.set(name, ids);
      for (const id of [resource, keptId(audit.looksAt(event))]) {
        if (id === null || before.has(id)) continue;
        before.add(id);
        ids.push(id);
      }
    }
  }
  return found;
}

/** The resources that these may be the first to tell of, each once. */
export function putsOf(decisions: readonly DecisionEvents[]): Map<string, Known> {
  const puts = new Map<string, Known>();
  for (const { events } of decisions) {
    for (const { resource: id, event } of events) {
      const place = placeOf(event);
      if (id === null || place === undefined || !place.creates) continue;
      const { kind } = place.resource(event)!;
      const key = `${kind} ${id}`;
      if (!puts.has(key)) puts.set(key, { kind, id, ord: moduleOfEvent(event)!.audit.order(kind, id) });
    }
  }
  return puts;
}
