import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readingFile } from './settings-error.js';

/** Fewest bytes of a secret: as many as the HMAC gives. */
const secretBytesMin = 32;

/** Where it is, unless a file is given. */
export function secretIn(directory: string): string {
  return join(directory, 'secret');
}

export function hasSecret(directory: string): boolean {
  return existsSync(secretIn(directory));
}

/**
 * The secret that reservation keys are made from (SPEC rule 12). Made once in the data directory, readable by its owner
 * only, or read from `file` where one is given.
 */
export async function loadSecret(directory: string, file: string | null): Promise<Buffer> {
  if (file !== null) return parse(await readFile(file, 'utf8'), file);
  const path = secretIn(directory);
  try {
    return parse(await readFile(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(directory, { recursive: true });
  // Written beside and linked, so that a crash leaves a whole secret or none.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${randomBytes(secretBytesMin).toString('base64url')}\n`, { mode: 0o600, flush: true });
  await link(draft, path);
  await rm(draft);
  return parse(await readFile(path, 'utf8'), path);
}

/** That of a file which an option names. Throws SettingsError. */
export function secretGiven(file: string): Promise<Buffer> {
  return readingFile('--secret-file', file, () => loadSecret('.', file));
}

function parse(text: string, path: string): Buffer {
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length < secretBytesMin) {
    throw new Error(`${path} must hold a secret of at least ${secretBytesMin} bytes in base64`);
  }
  return secret;
}
