import type { Answer } from '../client.js';

/** An entry of an answer, with the fencing token of its hold where the answer says it. */
export interface Fenced {
  FencingToken?: number;
}

interface Body {
  Components?: ({ ID: string } & Fenced)[];
  Success?: ({ ID: string } & Fenced)[] | { ComponentIDs: string[]; FencingToken?: number[] };
}

/** The body of an answer of the published dialect, with the fencing tokens of its header where the HSM dialect has them. */
export function withTokens({ body, headers }: Pick<Answer, 'body' | 'headers'>): unknown {
  const text = headers.get('holdfast-fencing-token');
  if (text === null) return body;
  const pairs = text.split(',').map((pair) => pair.trim().split('=') as [string, string]);
  const tokens = new Map(pairs.map(([xname, token]) => [xname, Number(token)]));
  const { Components, Success } = body as Body;
  for (const entry of Components ?? (Array.isArray(Success) ? Success : [])) {
    const token = tokens.get(entry.ID);
    if (token !== undefined) entry.FencingToken = token;
  }
  if (Success !== undefined && !Array.isArray(Success)) {
    Success.FencingToken = Success.ComponentIDs.flatMap((xname) => tokens.get(xname) ?? []);
  }
  return body;
}

/** A cell of the column TOKEN. */
export function tokenCell(token: number | undefined): string {
  return token === undefined ? '-' : String(token);
}
