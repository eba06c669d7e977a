import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';
import { describe, expect, test } from 'vitest';

/*
 * One word for one thing. An exported type has a name that nothing else has, and no two types of a package share one. A
 * word that docs/GLOSSARY.md decided against is in no name. Comments end at 120 columns.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const columnsMax = 120;
const passedOver = new Set(['node_modules', 'dist', 'golden']);

type Sources = ReadonlyMap<string, string>;

function pathsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !passedOver.has(name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsIn(path) : entry.isFile() ? [path] : [];
    });
}

const ours = ['events', 'services', 'projections', 'test', 'infra']
  .flatMap(pathsIn)
  .filter((path) => /\.([mc]?ts|[mc]js|sql|ya?ml)$/.test(path));
const sources: Sources = new Map(ours.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

function among(wanted: (path: string) => boolean): Sources {
  return new Map([...sources].filter(([path]) => wanted(path)));
}

const ofCode = among((path) => /\.m?ts$/.test(path));
const ofProduct = among((path) => /^(events|services|projections)\/.*(?<!\.test|\.d)\.ts$/.test(path));

/** Names of types that are declared in several files: all of an exported one, else those of one package. */
function declaredTwice(files: Sources): string[] {
  const declared = new Map<string, { path: string; isExported: boolean }[]>();
  for (const [path, text] of files) {
    for (const [, exported, name] of text.matchAll(
      /^(export )?(?:declare )?(?:abstract )?(?:type|interface|class|enum) (\w+)/gm,
    )) {
      const places = declared.get(name!) ?? [];
      places.push({ path, isExported: exported !== undefined });
      declared.set(name!, places);
    }
  }
  const twice: string[] = [];
  for (const [name, places] of declared) {
    const paths = [...new Set(places.map(({ path }) => path))];
    const packages = new Set(paths.map(packageOf));
    const isShared = places.some(({ isExported }) => isExported);
    if (paths.length > 1 && (isShared || packages.size < paths.length)) twice.push(`${name}: ${paths.join(', ')}`);
  }
  return twice;
}

function packageOf(path: string): string {
  const [ring, name] = path.split('/');
  return ring === 'services' ? `${ring}/${name}` : ring!;
}

/** The words that the glossary decided against, each with the one that stands instead. */
const decided = new Map(
  [...readFileSync(join(root, 'docs/GLOSSARY.md'), 'utf8').matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm)].flatMap(
    ([, word, not]) => [...not!.matchAll(/`([a-z]+)`/g)].map(([, old]) => [old!, word!] as const),
  ),
);

/** Names that are read by others, and so stay: of a field of the log of the service. */
const kept = ['projections/projections.ts: family'];

/** The names in a program that hold such a word, as in `fooCollapsed` or `#away`. Texts and comments hold none. */
function namesWith(old: ReadonlyMap<string, string>, files: Sources): string[] {
  const found = new Set<string>();
  for (const [path, text] of files) {
    if (![...old.keys()].some((word) => text.toLowerCase().includes(word))) continue;
    for (const name of namesIn(parseSync(text, { syntax: 'typescript' }))) {
      const words = name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
      if (words.some((word) => old.has(word.toLowerCase()))) found.add(`${path}: ${name}`);
    }
  }
  return [...found].filter((one) => !kept.includes(one));
}

function* namesIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  const { type, value } = node as { type?: string; value?: unknown };
  if ((type === 'Identifier' || type === 'PrivateName') && typeof value === 'string') yield value;
  for (const child of Object.values(node)) yield* namesIn(child);
}

const comment = /^\s*(\/\/|\/?\*|--|#)/;
/** Never edited again: what they made is there. */
const landed = /^projections\/migrations\/00[1-7]\./;

function longComments(files: Sources): string[] {
  return [...files].flatMap(([path, text]) => {
    if (landed.test(path)) return [];
    const marks = /\.(sql|ya?ml)$/.test(path) ? /^\s*(--|#)/ : comment;
    const long = text.split('\n').filter((line) => line.length > columnsMax && marks.test(line));
    return long.map((line) => `${path}: ${line.trim()}`);
  });
}

describe('what looks for them finds', () => {
  test('a type of one name in two files', () => {
    const [a, b] = ['services/core/a.ts', 'services/api/b.ts'];
    const seeded: [string, string][] = [
      ['export type Moment = 1;', 'interface Moment {}'],
      ['export interface Moment {}', 'export abstract class Moment {}'],
    ];
    for (const [first, second] of seeded) {
      const files = new Map([
        [a, first],
        [b, second],
      ]);
      expect(declaredTwice(files)).toEqual([`Moment: ${a}, ${b}`]);
    }
    const alone = new Map([[a, 'type Moment = 1;']]);
    expect(declaredTwice(new Map(alone).set(b, 'type Moment = 2;'))).toEqual([]);
    expect(declaredTwice(alone.set('services/core/c.ts', 'class Moment {}'))).toHaveLength(1);
  });

  test('a word that was decided against', () => {
    expect([...decided.keys()]).toEqual(expect.arrayContaining(['collapse', 'filler', 'family', 'away', 'savable']));
    const inOf = (text: string) => namesWith(decided, new Map([['a.ts', text]]));
    for (const name of ['collapse', 'dataFamily', 'FamilyName', 'Filler']) {
      expect(inOf(`export function ${name}() {}`)).toEqual([`a.ts: ${name}`]);
    }
    expect(inOf('class A { #away = 1; }')).toEqual(['a.ts: away']);
    expect(inOf('const { away: there } = given;')).toEqual(['a.ts: away']);
    for (const text of ['/* It is away. */', "const text = 'the family';", 'const sql = `family`;', 'let runaway;']) {
      expect(inOf(text)).toEqual([]);
    }
  });

  test('a comment that is too long', () => {
    const long = 'word '.repeat(24);
    const files = ['a.ts', 'b.sql', 'c.yaml'].map((path, n) => [path, `${['//', '--', '#'][n]} ${long}x`] as const);
    expect(longComments(new Map(files))).toHaveLength(3);
    expect(longComments(new Map([['a.ts', `   * ${long}`]]))).toHaveLength(1);
    expect(longComments(new Map([['a.ts', `const text = '${long}';`]]))).toEqual([]);
  });

  test('all there is', () => {
    expect(ofProduct.size).toBeGreaterThan(300);
    expect(ofCode.size).toBeGreaterThan(600);
  });
});

test('no name of an exported type stands for two, nor one of any type within a package', () => {
  expect(declaredTwice(ofProduct)).toEqual([]);
});

test('no name holds a word that was decided against', () => {
  expect(namesWith(decided, ofCode)).toEqual([]);
});

test('comments end at 120 columns', () => {
  expect(longComments(sources)).toEqual([]);
});
