import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testModules } from '../modules.js';
import { mistakes } from './mistakes.js';
import type { Mistake } from './module.js';

/** A mistake, and whose it is: the module that names it, or null of the engine. */
export type Owned = Mistake & { module: string | null };

export const allMistakes: readonly Owned[] = [
  ...mistakes.map((mistake) => ({ ...mistake, module: null })),
  ...testModules.flatMap((module) => module.mistakes.map((mistake) => ({ ...mistake, module: module.name }))),
];

/** What `plant.mjs` takes. */
export interface Planting {
  /** End of the built file's path. */
  file: string;
  find: string;
  replace: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const services = readdirSync(join(root, 'services')).map((name) => `services/${name}`);
/** By package, the sources that are built of it; in `test/support` is what stands in for a part of the product. */
const sources = [
  ...['events', 'projections', ...services].flatMap((folder) => sourcesIn(folder, '')),
  ...sourcesIn('test', 'support/'),
];

function sourcesIn(folder: string, within: string): { folder: string; path: string; text: string }[] {
  return readdirSync(join(root, folder, within), { recursive: true, encoding: 'utf8' })
    .map((path) => within + path.split(sep).join('/'))
    .filter((path) => /\.ts$/.test(path) && !/\.(test|d)\.ts$|(^|\/)(dist|node_modules)\//.test(path))
    .map((path) => ({ folder, path, text: readFileSync(join(root, folder, path), 'utf8') }));
}

/**
 * Throws where nothing, or more than one file, exports what the mistake names, or its text does not stand there once.
 */
export function plantingOf({ name, of, find, replace, module }: Owned): Planting {
  const exported = new RegExp(`^export (?:abstract |async )*(?:class|function\\*?|const|let) ${of}\\b`, 'm');
  const found = sources.filter(({ text }) => exported.test(text));
  // A module may name its own as others do.
  const own = found.filter(({ path }) => module !== null && path.split('/').includes(module));
  const [source, ...others] = own.length > 0 ? own : found;
  if (source === undefined || others.length > 0) throw new Error(`${name}: ${of} is exported by ${found.length} files`);
  const file = `${source.folder}/dist/${source.path.replace(/\.ts$/, '.js')}`;
  const times = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  if (times !== 1) throw new Error(`${name}: its text stands ${times} times in ${file}`);
  return { file, find, replace };
}
