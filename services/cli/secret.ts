import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '@holdfast/log';
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
  if (file !== null) return readSecret(file);
  const path = secretIn(directory);
  try {
    return parse(await readFile(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await makeDirectories(directory);
  // Written beside and linked, so that a crash leaves a whole secret or none.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${randomBytes(secretBytesMin).toString('base64url')}\n`, { mode: 0o600, flush: true });
  // Of several processes that begin in one directory, the first makes it.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return readSecret(path);
}

/**
 * Leaves a secret that has its file elsewhere in a data directory whose log was begun with it, so that a start finds it
 * there without being told. One that is there already stays.
 */
export async function keepSecret(file: string, directory: string): Promise<void> {
  if (hasSecret(directory)) return;
  const text = await readFile(file, 'utf8');
  await makeDirectories(directory);
  await writeFile(secretIn(directory), text, { mode: 0o600, flush: true, flag: 'wx' });
}

/** Reads one that is there. Throws what the file system says, and an Error where it is none. */
export async function readSecret(file: string): Promise<Buffer> {
  return parse(await readFile(file, 'utf8'), file);
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
