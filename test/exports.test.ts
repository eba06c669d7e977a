import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageSets } from '@holdfast/events/modules';
import { describe, expect, test } from 'vitest';
import { packages } from './support/packages.js';
import { root } from './tiers.js';

/*
 * What packages show each other is the `exports` of each; tests run the sources by the same lists (vitest.config.ts).
 */

interface Import {
  from: string;
  imported: string;
}

const all = packages();
const modules = messageSets.map(({ name }) => name);
const imports = [...all.map(({ folder }) => folder), 'test', 'infra'].flatMap(sourcesIn).flatMap(importsOf);

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((each) => {
    if (each.name === 'dist' || each.name === 'node_modules') return [];
    const path = `${folder}/${each.name}`;
    if (each.isDirectory()) return sourcesIn(path);
    return /\.([cm]?js|ts)$/.test(each.name) ? [path] : [];
  });
}

function importsOf(from: string): Import[] {
  const found = readFileSync(join(root, from), 'utf8').matchAll(/(?:from|import\(?)\s*'(@holdfast\/[\w/-]+)'/g);
  return [...found].map(([, imported]) => ({ from, imported: imported! }));
}

test('nobody imports what a package does not show', () => {
  const shown = all.flatMap(({ exports }) => exports);
  expect(imports.length).toBeGreaterThan(500);
  expect(imports.filter(({ imported }) => !shown.some(({ fits }) => fits.test(imported)))).toEqual([]);
});

describe.each(all)('$name', ({ name: own, folder, exports }) => {
  test('shows files that are there, each by its name', () => {
    // The worked example is not built in: its folders lie elsewhere.
    const example = own.replace('@holdfast', 'test/example');
    const places = exports.map(({ source }) => [
      ...modules.map((name) => source.replace('$1', name)),
      source.replace(`${folder}/$1`, example),
    ]);
    expect(places.filter((possible) => !possible.some((path) => existsSync(join(root, path))))).toEqual([]);
    expect(exports.filter(({ name }) => name.endsWith('*'))).toEqual([]);
  });

  test('shows nothing that no other imports', () => {
    const used = imports.filter(({ from }) => !from.startsWith(`${folder}/`));
    const idle = exports.filter(({ name, fits }) => name !== own && !used.some(({ imported }) => fits.test(imported)));
    expect(idle.map(({ name }) => name)).toEqual([]);
  });
});
