import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageSets } from '@holdfast/events/modules';
import { expect, test } from 'vitest';
import { exampleSet } from './example/events/set.js';

/*
 * A module is its folders and a line in the list of each ring: nothing else knows it by name. That of a module which is
 * still to come does not stand anywhere either, or there would be no room for it. The worked example is also built in
 * where somebody follows docs/adding-a-module.md: tests of the engine take it even where it is not, and its name is a
 * word that they say.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const names = [
  ...messageSets.map(({ name }): string => name).filter((name) => name !== 'engine' && name !== exampleSet.name),
  'manila',
  'cubit',
  'arrowhead',
];
/** The list of a ring. */
const isList = (path: string) => path.endsWith('/modules.ts');
const ofModule = (path: string) => path.split('/').some((part) => names.includes(part));
const files = execFileSync('git', ['ls-files', '-z', 'events', 'services', 'projections', 'test'], { cwd: root })
  .toString()
  .split('\0')
  .filter(
    (path) =>
      /(?:\.ts|\/tsconfig\.json|\/package\.json)$/.test(path) &&
      !ofModule(path) &&
      !isList(path) &&
      path !== 'test/names.int.test.ts',
  );

/** What stands between the parts of a text that is put together, be it over several lines. */
const seams = /['"`]\s*(?:[+,]|\.concat\()\s*['"`]|\$\{\s*['"`]|['"`]\s*\}/g;
const remarks = /\/\*[\s\S]*?\*\//g;
const escapes = /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}/gi;
const word = new RegExp(`(?<!\\b(?:re|dis|mis))(?:${names.join('|')})`, 'i');

/** The lines on which a module is named, as they are or put together. */
function naming(text: string): string[] {
  const naming = (one: string) => one.split('\n').filter((line) => word.test(line));
  const unescaped = text.replaceAll(escapes, (_, ...codes: (string | undefined)[]) =>
    String.fromCodePoint(Number.parseInt(codes.find((code) => code !== undefined)!, 16)),
  );
  const found = naming(text);
  return found.length > 0 ? found : naming(unescaped.replaceAll(remarks, '').replaceAll(seams, ''));
}

test('what looks for names finds them, in any spelling and from parts', () => {
  const [first] = names as [string, ...string[]];
  const half = Math.ceil(first.length / 2);
  const [start, end] = [first.slice(0, half), first.slice(half)];
  for (const line of [
    `import { ${first}Thing } from './a.js';`,
    `/** Of ${first.toUpperCase()}. */`,
    `const name = '${start}' + '${end}';`,
    `const name = ['${start}', '${end}'].join('');`,
    `const name = '${start}'.concat('${end}');`,
    `const name = \`${start}\${'${end}'}\`;`,
    `const name =\n  '${start}' +\n  '${end}';`,
    `const name = [\n  '${start}',\n  '${end}',\n].join('');`,
    `const name = '${start}' /* and */ + '${end}';`,
    `const name = '\\x${first.charCodeAt(0).toString(16)}${first.slice(1)}';`,
    `const name = '\\u{${first.charCodeAt(0).toString(16)}}${first.slice(1)}';`,
  ])
    expect([line, naming(line)]).toEqual([line, [expect.anything()]]);
  expect(naming("const replacement = 'replacement';\nconst misplacement = 1;")).toEqual([]);
  expect(files.length).toBeGreaterThan(300);
});

test('no shared file names a module, nor is named by one', () => {
  const found = files.flatMap((path) =>
    naming(`${path}\n${readFileSync(root + path, 'utf8')}`).map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
