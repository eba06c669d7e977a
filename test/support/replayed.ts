import { randomUUID } from 'node:crypto';
import { loadDocument } from '@holdfast/api/documents';
import { expect } from 'vitest';
import type { RunningService } from '../history/service.js';

/*
 * Every operation of an API that takes an Idempotency-Key, done and refused, each sent three times: what is given again
 * says so, the first answer and one without the key do not. An operation that is new must come into the table.
 */

export interface Step {
  operation: string;
  method: string;
  path: string;
  body?: unknown;
  /** Where the log refuses it; else it does it. */
  refused?: true;
}
export type Answered = Record<string, { body: unknown }>;
/** A step may say something of what earlier ones answered. */
export type Table = readonly ((before: Answered) => Step)[];

/** What is done and then refused. */
export function both(
  operation: string,
  method: string,
  path: string,
  body: unknown,
  refusedBody: unknown,
  refusedPath = path,
): Table {
  const step = { operation, method };
  return [() => ({ ...step, path, body }), () => ({ ...step, path: refusedPath, body: refusedBody, refused: true })];
}

/** `headers`: of each request. `told`: what an answer says, but for what each has of its own. */
export async function requireReplayed(
  { inject }: Pick<RunningService, 'inject'>,
  document: string,
  table: Table,
  {
    headers: common = {},
    told = (text) => text,
  }: { headers?: Record<string, string>; told?(text: string): string } = {},
): Promise<void> {
  const seen = new Set<string>();
  const answered: Answered = {};
  for (const step of table) {
    const { operation, method, path, body, refused = false } = step(answered);
    const send = async (key: string | null) => {
      const headers = { ...common, ...(key === null ? {} : { 'idempotency-key': key }) };
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return inject({ method, path, ...sent, headers: { ...headers, ...type } });
    };
    const key = randomUUID();
    const [first, again] = [await send(key), await send(key)];
    const marks = [first, again].map(({ headers }) => headers['idempotent-replayed']);
    const what = `${operation}${refused ? ', refused' : ''}: ${first.status} ${first.text}`;
    expect([marks, again.status, told(again.text)], what).toEqual([
      [undefined, 'true'],
      first.status,
      told(first.text),
    ]);
    // It came to the log, both times as the same.
    expect(first.headers['holdfast-sequence'], what).toMatch(/^\d+$/);
    expect(again.headers['holdfast-sequence'], what).toBe(first.headers['holdfast-sequence']);
    // A refusal may be told within a success.
    const failed = first.status >= 400 || /"Success":(\[\]|\{"ComponentIDs":\[\]\})/.test(first.text);
    expect(failed, what).toBe(refused);
    if (!refused) answered[operation] = { body: first.text === '' ? null : JSON.parse(first.text) };
    else expect((await send(null)).headers['idempotent-replayed'], what).toBeUndefined();
    seen.add(operation);
  }
  expect([...seen].sort()).toEqual(keyedOperations(document));
}

/** The operations of a document that take an Idempotency-Key. */
function keyedOperations(document: string): string[] {
  const { paths } = loadDocument(document, '').parsed() as {
    paths: Record<string, Record<string, { operationId: string; parameters?: { $ref?: string }[] }>>;
  };
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const keyed = operations.filter(({ parameters }) =>
    parameters?.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')),
  );
  return keyed.map(({ operationId }) => operationId).sort();
}
