import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { packages } from './packages.js';

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
/** What no checkout has: what is installed, built, measured, served. As `.gitignore`. */
const made = new Set(['node_modules', 'dist', '.git', '.turbo', '.holdfast', 'coverage', 'data', 'data-kafka']);

const isSource = (path: string) => !made.has(basename(path)) && !path.endsWith('.tsbuildinfo');

/**
 * Puts a checkout there that is built anew, and changed as one likes: its packages find one another there. What others
 * wrote is that of this one. `built`: with what was built of the packages, so that it need not be.
 */
export function copyCheckout(at: string, { built = false } = {}): void {
  const outputs = built ? packages().map(({ folder }) => join(root, folder, 'dist')) : [];
  const isBuilt = (path: string) => outputs.some((output) => path === output || path.startsWith(output + sep));
  // Who builds looks at times.
  cpSync(root, at, { recursive: true, preserveTimestamps: true, filter: (path) => isSource(path) || isBuilt(path) });
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

/** Commits all that is in the copy, to a repository of its own. */
export function commitAll(at: string): void {
  git(at, 'init', '--quiet');
  // What a sitting prints is there, too.
  appendFileSync(join(at, '.git/info/exclude'), '.sitting-*\n');
  git(at, 'add', '--all');
  git(at, '-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'all of it');
}

/** What is new, changed or gone in the copy since, as `git status` tells it: paths of files. */
export function changedIn(at: string): string[] {
  const entries = git(at, 'status', '--porcelain', '-z', '--no-renames', '--untracked-files=all').split('\0');
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice('XY '.length))
    .sort();
}

/** With nobody's settings: not those of who runs this, nor of a hook that it runs in. */
function git(at: string, ...args: string[]): string {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(given), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: at, env, encoding: 'utf8', maxBuffer: 16_777_216 });
}
