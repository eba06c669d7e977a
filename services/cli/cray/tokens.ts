import { type Client, type ServerAnswer, ServerError } from '../client.js';
import { type BodyOf, complain } from '../commands/server.js';

/** An entry of an answer, with the fencing token of its hold where the answer says it. */
export interface FencedEntry {
  FencingToken?: number;
}

/** Fewer than of a request itself: what was done, and its keys, are shown only after. */
const retries = 2;

type Entry = { ID: string } & FencedEntry;

/** Of a renewal: null where the hold has ended since. */
interface Renewed {
  ComponentIDs: string[];
  FencingToken?: (number | null)[];
}

interface TokensBody {
  Components?: Entry[];
  Success?: Entry[] | Renewed;
}

/**
 * Asks the HSM dialect, whose bodies have a place for fencing tokens, for those of an answer, and gives its body with
 * them. Each is of the hold that the answer is about, and none of one that began later. Throws ServerError.
 */
export type AskTokens = (client: Client, answer: Pick<ServerAnswer, 'body' | 'headers'>) => Promise<object>;

/**
 * The body of an answer with its fencing tokens; where it has no room for them, `tokens` asks for them. What was done
 * is shown also where that fails, as behind a gateway without a route for the HSM dialect: then it has none, and that
 * is said.
 */
export function fenced(tokens: AskTokens | null = null): BodyOf {
  return async (answer, client) => {
    if (tokens === null || !omitsTokens(answer)) return withTokens(answer);
    try {
      return await tokens(client, answer);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      complain(`fencing tokens are not shown (ask for less at once, or for holders): ${error.message}`);
      return answer.body;
    }
  };
}

/** The body of an answer of the published dialect, with the fencing tokens of its header. */
function withTokens({ body, headers }: Pick<ServerAnswer, 'body' | 'headers'>): unknown {
  const text = headers.get('holdfast-fencing-token');
  if (text === null) return body;
  const pairs = text.split(',').map((pair) => pair.trim().split('=') as [string, string]);
  return putInto(body as TokensBody, new Map(pairs.map(([xname, token]) => [xname, Number(token)])));
}

/** Whether it has more fencing tokens than its header holds. */
export function omitsTokens({ headers }: Pick<ServerAnswer, 'headers'>): boolean {
  return headers.has('holdfast-fencing-token-omitted');
}

/** Of a creation and a check: a deputy key fits one hold only. */
export const byDeputyKeys: AskTokens = async (client, { body }) => {
  const { Success } = body as { Success: (Entry & { DeputyKey: string })[] };
  const DeputyKeys = Success.map(({ ID, DeputyKey: Key }) => ({ ID, Key }));
  const held = await entriesOf(client, 'service/reservations/check', { DeputyKeys }, 'Success');
  return putInto(body as TokensBody, tokensOf(held));
};

/**
 * Of a renewal: what was reserved at its position, and is now under a token from before it, has been reserved all the
 * while.
 */
export const byPosition: AskTokens = async (client, { body, headers }) => {
  const { ComponentIDs } = (body as { Success: Renewed }).Success;
  const position = Number(headers.get('holdfast-sequence'));
  const found = await entriesOf<{ Reserved: boolean }>(client, 'status', { ComponentIDs }, 'Components');
  const same = found.filter(({ Reserved, FencingToken = position }) => Reserved && FencingToken < position);
  return putInto(body as TokensBody, tokensOf(same));
};

/** Of a status: the whole state of a later moment, as a token beside an earlier state would be that of another hold. */
export function bySelection(selection: object): AskTokens {
  return async (client, { body }) => {
    const found = await entriesOf<{ CreationTime?: string }>(client, 'status', selection, 'Components');
    // Its NotFound also has what a filter left out.
    return { ...(body as object), Components: found.map(({ CreationTime: _, ...rest }) => rest) };
  };
}

async function entriesOf<Member>(
  client: Client,
  path: string,
  body: object,
  list: 'Components' | 'Success',
): Promise<(Entry & Member)[]> {
  const answer = await client.done('POST', `/hsm/v2/locks/${path}`, body, { retries });
  const entries = (answer as { [_ in typeof list]?: (Entry & Member)[] } | null)?.[list] ?? [];
  if (entries.some(({ FencingToken }) => FencingToken !== undefined)) return entries;
  throw new ServerError(
    `/hsm/v2/locks/${path} has none: what was held has ended, or it is not Holdfast that answers there`,
  );
}

function tokensOf(entries: readonly Entry[]): Map<string, number> {
  return new Map(entries.flatMap(({ ID, FencingToken }) => (FencingToken === undefined ? [] : [[ID, FencingToken]])));
}

function putInto(body: TokensBody, tokens: ReadonlyMap<string, number>): TokensBody {
  const { Components, Success } = body;
  for (const entry of Components ?? (Array.isArray(Success) ? Success : [])) {
    const token = tokens.get(entry.ID);
    if (token !== undefined) entry.FencingToken = token;
  }
  if (Success !== undefined && !Array.isArray(Success)) {
    Success.FencingToken = Success.ComponentIDs.map((xname) => tokens.get(xname) ?? null);
  }
  return body;
}

/** A cell of the column TOKEN. */
export function tokenCell(token: number | null | undefined): string {
  return String(token ?? '-');
}
