import { readFileSync } from 'node:fs';
import { buildApp } from '@holdfast/api';
import type { ApiModule } from '@holdfast/api/module';
import { apiModules } from '@holdfast/api/modules';
import { messageSets } from '@holdfast/events/modules';
import { expect, test } from 'vitest';
import { exampleApi } from '../../test/example/api/module.js';
import { dependenciesOf } from '../../test/support/fake-api.js';

/* What a module calls a secret of its bodies is in no line of the log, and in nothing that is shown of an event. */

test('no line of the log has what a secret member holds, of whatever module', async () => {
  const lines: string[] = [];
  const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } };
  const module: ApiModule = {
    ...(exampleApi as ApiModule),
    apis: [{ ...exampleApi.apis[0], document: '../../test/example/api/example.yaml' }],
    secretMembers: ['pass_phrase', 'pass-word'],
  };
  const app = await buildApp(dependenciesOf({}, { logger }), [...apiModules, module]);
  const members = [...apiModules, module].flatMap(({ secretMembers }) => secretMembers);
  expect(members).toContain('pass-word');
  for (const member of [...members, 'body']) {
    app.log.info({ [member]: 'planted', held: { [member]: 'planted', other: 'kept' } }, 'said');
  }
  await app.close();
  expect(lines.filter((line) => line.includes('kept'))).toHaveLength(members.length + 1);
  expect(lines.join('')).not.toContain('planted');
});

const listed = apiModules.flatMap(({ name, apis, secretMembers }) =>
  secretMembers.map((member) => [name, member, apis] as const),
);

test.each(listed)(
  '%s: %s is a member of its documents, and no field of an event that is shown',
  (name, member, apis) => {
    const documents = apis.map(({ document }) => readFileSync(`services/api/${document}`, 'utf8')).join('\n');
    expect(documents).toMatch(new RegExp(`\\b${member}:`));
    const { shown } = messageSets.find((set) => set.name === name)!;
    expect(shownNames(shown).filter((field) => spelt(field) === spelt(member))).toEqual([]);
  },
);

/** Names of all fields in a list that are shown. */
function shownNames(list: object): string[] {
  return Object.entries(list).flatMap(([field, one]: [string, unknown]) => {
    if (typeof one === 'object' && one !== null) return shownNames(one);
    return one === 'shown' ? [field] : [];
  });
}

/** Bodies and events spell names in ways of their own. */
const spelt = (name: string) => name.replaceAll(/[^a-z]/gi, '').toLowerCase();
