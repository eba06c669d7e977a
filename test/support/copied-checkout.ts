import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
/** What no checkout has: what is installed, built, measured, served. As `.gitignore`. */
const made = new Set(['node_modules', 'dist', '.git', '.turbo', '.holdfast', 'coverage', 'data', 'data-kafka']);

const isSource = (path: string) =>
  !made.has(basename(path)) && !path.endsWith('.tsbuildinfo') && !basename(path).startsWith('.sitting-');

/**
 * Puts a checkout there that is built anew, and changed as one likes: its packages find one another there. What others
 * wrote is that of this one.
 */
export function copyCheckout(at: string): void {
  cpSync(root, at, { recursive: true, filter: isSource });
  mkdirSync(join(at, 'node_modules', '@holdfast'), { recursive: true });
  const link = (path: string) => symlinkSync(join(root, path), join(at, path));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@holdfast' && name !== '.cache') link(join('node_modules', name));
  }
  for (const name of readdirSync(join(root, 'node_modules/@holdfast'))) {
    const path = join('node_modules/@holdfast', name);
    symlinkSync(readlinkSync(join(root, path)), join(at, path));
  }
  for (const name of readdirSync(join(root, 'services'))) {
    const own = join('services', name, 'node_modules');
    if (existsSync(join(root, own))) link(own);
  }
}

/** Paths of the files that the copy has and this checkout has not, or has otherwise. */
export function changedIn(at: string): string[] {
  const paths = readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(at, join(entry.parentPath, entry.name)))
    .filter((path) => path.split(sep).every(isSource));
  const differs = (path: string) =>
    !existsSync(join(root, path)) || !readFileSync(join(at, path)).equals(readFileSync(join(root, path)));
  return paths.filter(differs).sort();
}
