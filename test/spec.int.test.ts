import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const spec = readFileSync(`${root}docs/SPEC.md`, 'utf8');

/** The rules and Reads: what follows each heading. */
const rules = spec
  .split(/^#+ /m)
  .filter((section) => /^(\d+\. |Reads\n)/.test(section))
  .map((section) => [section.slice(0, section.indexOf('\n')), section] as const);

const modules = readdirSync(`${root}test/modules`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `test/modules/${name}`);
const checks = ['test/simulation', 'test/model', ...modules]
  .flatMap((folder) => readdirSync(root + folder).map((file) => `${root}${folder}/${file}`))
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/function (\w+)/g)].map(([, name]) => name));

/** What stands in code marks after `*Label:*`, up to the next label or paragraph. */
function named(section: string, label: string): string[] {
  const [, text] = new RegExp(`\\*${label}:\\*(.*?)(?=\\*\\w+:\\*|\\n\\n|$)`, 's').exec(section) ?? [];
  return [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

test('there are thirteen rules, and what is said of reads', () => {
  expect(rules).toHaveLength(14);
});

test.each(rules)('%s: the tests that it names exist', (_, section) => {
  const files = named(section, 'Tests');
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(root + file))).toEqual([]);
});

test.each(rules)('%s: the checks of the simulation that it names exist', (_, section) => {
  const names = named(section, 'Simulation');
  expect(names.length > 0 || /\*Simulation:\* not\s+applicable,\s/.test(section)).toBe(true);
  expect(names.filter((name) => !checks.includes(name))).toEqual([]);
});

test('the code and tests that are named anywhere exist', () => {
  const paths = [...spec.matchAll(/`((?:test|services|projections|events)\/[\w./-]+)`/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(root + path))).toEqual([]);
});
