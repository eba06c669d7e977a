import { readFileSync } from 'node:fs';
import { isFileError, whyFile } from './files.js';

/** A setting that cannot be served with. The message says what to change. */
export class SettingsError extends Error {}

/** Throws what `read` throws of a file that an option names as SettingsError, which names both. */
export async function readingFile<T>(option: string, file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SettingsError(`${option} ${file}: ${whyOf(error)}`, { cause: error });
  }
}

function whyOf(error: unknown): string {
  return isFileError(error) ? `it cannot be read: ${whyFile(error)}` : (error as Error).message;
}

/** Of a file that an option names. Throws SettingsError, which names both. */
export function contents(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${option} ${file} cannot be read: ${whyFile(error)}`);
  }
}
