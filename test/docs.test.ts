import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const inFolder = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const decisions = inFolder('docs/decisions').filter((path) => !path.endsWith('README.md'));
const pages = ['.', 'docs', 'docs/decisions', 'infra'].flatMap(inFolder);
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** As GitHub makes them of headings. */
function anchors(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('%s', (page) => {
  test('what it links to exists, headings too', () => {
    const links = [...read(page).matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, path, anchor]) => {
      const file = path === '' ? page : normalize(join(dirname(page), path!));
      return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(file).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test('the files and folders that it names exist', () => {
    const named = read(page).matchAll(/`((?:docs|events|findings|infra|projections|services|test)\/[\w./-]+)`/g);
    expect([...named].map(([, path]) => path!).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('the scripts that it names exist', () => {
    const named = [...read(page).matchAll(/npm run (?:-\S+ )*([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('its prose ends at 120 columns', () => {
    const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '');
    expect(prose.split('\n').filter((line) => line.length > 120 && !/^\s*\|/.test(line))).toEqual([]);
  });
});

test('a decision is told in ten lines or a few more, and all are listed', () => {
  expect(decisions.filter((path) => read(path).split('\n').length > 15)).toEqual([]);
  const listed = [...read('docs/decisions/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name);
  expect(listed.sort()).toEqual(decisions.map((path) => path.slice('docs/decisions/'.length)).sort());
});
