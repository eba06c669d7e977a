import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tiers.js';

/** A package of this repository, and what it shows others. */
export interface Package {
  /** `@holdfast/events` */
  name: string;
  /** From the top of the repository. */
  folder: string;
  exports: Exported[];
}

/** What may be imported. */
export interface Exported {
  /** `@holdfast/events/steps`; with `*` where the name of any module stands. */
  name: string;
  /** Fits what is imported, with the module's name in a group. */
  fits: RegExp;
  /** From the top of the repository: `events/steps.ts`; with `$1` where the module's name belongs. */
  source: string;
}

interface Manifest {
  name: string;
  exports: Record<string, string>;
}

export function packages(): Package[] {
  const { workspaces } = manifest<{ workspaces: string[] }>('.');
  return workspaces.flatMap(foldersOf).map((folder) => {
    const { name, exports } = manifest<Manifest>(folder);
    const shown = Object.entries(exports).map(([path, built]) => exported(folder, name + path.slice(1), built));
    return { name, folder, exports: shown };
  });
}

/** `./dist/steps.js` was built of `steps.ts`. */
function exported(folder: string, name: string, built: string): Exported {
  const [, path] = /^\.\/dist\/(.+)\.js$/.exec(built) ?? [];
  if (path === undefined) throw new Error(`${folder}/package.json shows ${built}, which is no file in dist`);
  const fits = new RegExp(`^${name.replace('*', '([\\w-]+)')}$`);
  return { name, fits, source: `${folder}/${path.replace('*', '$1')}.ts` };
}

function manifest<T>(folder: string): T {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as T;
}

function foldersOf(workspace: string): string[] {
  const [, parent] = /^(.*)\/\*$/.exec(workspace) ?? [];
  return parent === undefined ? [workspace] : readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
}
