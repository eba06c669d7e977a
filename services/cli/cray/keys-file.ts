import { open, readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ServerError } from '../client.js';
import { whyFile } from '../files.js';
import { requireXname } from './import.js';

/** What `reserve` leaves for `renew`, `release` and `check`. */
export interface KeysFile {
  kind: 'admin' | 'service';
  reservations: ReservedKeys[];
}

export interface ReservedKeys {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
  ExpirationTime?: string | null;
}

/**
 * Makes the file first, readable by its owner only, so that keys are never had and then lost. Throws ServerError where
 * it exists. Gives how to fill it; with null it is removed.
 */
export async function beginKeysFile(path: string): Promise<(keys: KeysFile | null) => Promise<void>> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    // The file need not be there, but what it is to be in.
    const why = error.code === 'ENOENT' ? `there is no directory ${dirname(resolve(path))} (ENOENT)` : whyFile(error);
    throw new ServerError(`--keys-file ${path} cannot be made: ${why}`, 'invalid');
  });
  return async (keys) => {
    if (keys !== null) {
      await file.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
      await file.sync();
    }
    await file.close();
    if (keys === null) await rm(path);
  };
}

/** Throws ServerError that names the entry which is wrong, and shows no key. */
export async function readKeysFile(path: string): Promise<KeysFile> {
  const wrong = (why: string) => new ServerError(`--keys-file ${path}: ${why}`, 'invalid');
  let keys: Partial<KeysFile> | null;
  try {
    keys = JSON.parse(await readFile(path, 'utf8')) as Partial<KeysFile> | null;
  } catch (error) {
    throw wrong(error instanceof SyntaxError ? 'it is not valid JSON' : `it cannot be read: ${whyFile(error)}`);
  }
  const { kind, reservations } = keys ?? {};
  if (kind !== 'admin' && kind !== 'service') throw wrong('kind must be admin or service');
  if (!Array.isArray(reservations)) throw wrong('reservations must be a list');
  // Else a script goes on as if its reservations stood.
  if (reservations.length === 0) throw wrong('it holds no keys');
  reservations.forEach((entry: Partial<ReservedKeys> | null, n) => {
    for (const field of ['ID', 'ReservationKey', 'DeputyKey'] as const) {
      if (typeof entry?.[field] !== 'string') throw wrong(`entry ${n + 1}: ${field} must be a text`);
    }
    requireXname(`--keys-file ${path}: entry ${n + 1}`, entry!.ID);
  });
  return { kind, reservations };
}
