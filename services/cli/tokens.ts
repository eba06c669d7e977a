import { readFile } from 'node:fs/promises';
import type { Token, TokenRole } from '@holdfast/api';
import { readingFile } from './settings-error.js';

const roles: readonly string[] = ['admin', 'service', 'reader', 'member'] satisfies TokenRole[];
const mustBeRoles = `must be a list of ${roles.join(', ')}`;

/**
 * Reads a token file: a JSON array of `{"token", "name", "roles"}`, with `"user"`, `"project"` and `"serviceRoles"`
 * where one has them. Throws SettingsError, with the entry and the field that is wrong.
 */
export function loadTokens(file: string): Promise<Token[]> {
  return readingFile('--tokens', file, () => tokensIn(file));
}

async function tokensIn(file: string): Promise<Token[]> {
  const text = await readFile(file, 'utf8');
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    throw new Error(`${file} is not valid JSON`);
  }
  if (!Array.isArray(entries) || entries.length === 0) throw new Error(`${file} must hold a list of tokens`);
  const seen = new Map<string, number>();
  return entries.map((entry: Partial<Token> | null, n) => {
    // The message must not show the token.
    const wrong = (field: string, why: string) => new Error(`${file}: entry ${n + 1}: ${field} ${why}`);
    const { token, name, roles: given, user, project, serviceRoles } = entry ?? {};
    if (typeof token !== 'string' || token.length < 16) throw wrong('token', 'must be a text of 16 characters or more');
    const same = seen.get(token);
    if (same !== undefined) throw wrong('token', `is that of entry ${same + 1}, too`);
    seen.set(token, n);
    if (typeof name !== 'string' || name === '') throw wrong('name', 'must be a text');
    if (!areRoles(given) || given.length === 0) throw wrong('roles', mustBeRoles);
    for (const [field, text] of Object.entries({ user, project })) {
      if (text !== undefined && (typeof text !== 'string' || text === '')) throw wrong(field, 'must be a text');
    }
    if (serviceRoles !== undefined && !areRoles(serviceRoles)) throw wrong('serviceRoles', mustBeRoles);
    return {
      token,
      name,
      roles: given,
      ...(user === undefined ? {} : { user }),
      ...(project === undefined ? {} : { project }),
      ...(serviceRoles === undefined ? {} : { serviceRoles }),
    };
  });
}

function areRoles(given: unknown): given is TokenRole[] {
  return Array.isArray(given) && given.every((role) => roles.includes(role));
}
