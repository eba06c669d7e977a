/**
 * What D16 adds to the recorded answers: `FencingToken`, on each entry of a creation and a check, in a status on what
 * is locked or reserved, and in a renewal as a list beside that of the components. Nowhere else, so that nothing else
 * passes.
 */
type Entry = Record<string, unknown>;

/** The body without these members, and what is wrong with them, or null. */
export function withoutTokens(path: string, body: unknown): { body: unknown; wrong: `FencingToken: ${string}` | null } {
  const operation = path.split('?', 1)[0]!;
  const held = listed[operation];
  const given = structuredClone(body) as { Success?: Entry | Entry[]; Components?: Entry[] };
  const wrong: string[] = [];
  if (held !== undefined) {
    const { Success, Components } = given;
    const entries = Components ?? (Array.isArray(Success) ? Success : []);
    for (const entry of entries) {
      if (isToken(entry.FencingToken) !== held(entry)) wrong.push(`${entry.ID} has ${entry.FencingToken}`);
      delete entry.FencingToken;
    }
  }
  if (operation === renewal && given.Success !== undefined) {
    const success = given.Success as { ComponentIDs: string[]; FencingToken?: unknown[] };
    const tokens = success.FencingToken ?? [];
    if (tokens.length !== success.ComponentIDs.length || !tokens.every(isToken)) wrong.push(`renewed with ${tokens}`);
    delete success.FencingToken;
  }
  return { body: given, wrong: wrong.length === 0 ? null : `FencingToken: ${wrong.join('; ')}` };
}

const renewal = '/locks/service/reservations/renew';
const always = () => true;
/** Whether an entry of the answer must have one, by operation. */
const listed: Record<string, (entry: Entry) => boolean> = {
  '/locks/reservations': always,
  '/locks/service/reservations': always,
  '/locks/service/reservations/check': always,
  '/locks/status': ({ Locked, Reserved }) => Locked === true || Reserved === true,
};

function isToken(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}
