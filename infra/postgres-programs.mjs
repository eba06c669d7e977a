import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folder of PostgreSQL's server programs, the newest version first, or null. @returns {string | null} */
export function postgresPrograms() {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged) : [];
  const installed = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `${packaged}/${version}/bin`);
  const folders = [...installed, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl'))) ?? null;
}

/**
 * PostgreSQL refuses to run as root: then as whom; null for ourselves.
 * @returns {{ name: string, uid: number, gid: number } | null}
 */
export function postgresUser() {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('run as root, and there is neither a user postgres nor nobody to run PostgreSQL as');
}
