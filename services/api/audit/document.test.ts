import { expect, test } from 'vitest';
import type { ApiModule } from '../module.js';
import { apiModules } from '../modules.js';
import { auditDocument } from './document.js';
import type { HolderFilter, ModuleAudit } from './module.js';

const [first] = apiModules as [ApiModule];

/** A module beside the first, which says other things of itself. */
function second(audit: Partial<ModuleAudit>): ApiModule {
  const own = { histories: [], resource: { ...first.audit.resource, parameter: 'second' }, holders: none };
  return { ...first, name: 'second', audit: { ...first.audit, ...own, document: texts, ...audit } };
}

const none = { things: [], ways: [] };
const texts = { ...first.audit.document, holder: 'SecondHolder', schemas: '', moreSchemas: '' };
const option = { flags: '--x <x>', description: 'by x' };
const [history] = first.audit.histories as [ModuleAudit['histories'][number]];

test.each<[string, Partial<ModuleAudit>, RegExp]>([
  ['names resources as another', { resource: first.audit.resource }, /two modules name what an event is on by/],
  [
    'has histories where another has them',
    { histories: [{ ...history, operationId: 'secondHistory' }] },
    /two modules have histories under \/audit\//,
  ],
  [
    'has an operation that another has',
    { histories: [{ ...history, path: 'seconds' }] },
    /two operations of the audit are called/,
  ],
  [
    'has an operation of the audit',
    { histories: [{ ...history, path: 'seconds', operationId: 'holders' }] },
    /two operations of the audit are called holders/,
  ],
  [
    'names resources by a parameter of the audit',
    { resource: { ...first.audit.resource, parameter: 'types' } },
    /a parameter types, which the audit has/,
  ],
  [
    'has a filter of the audit',
    { holders: { things: [], ways: [{ name: 'age', option }] } },
    /a parameter age, which the audit has/,
  ],
  ['has a filter of past moments that is one', { pastFilters: ['at'] }, /a parameter at, which the audit has/],
])('a module that %s ends the start', (_, audit, why) => {
  expect(() => auditDocument([first, second({})])).not.toThrow();
  expect(() => auditDocument([first, second(audit)])).toThrow(why);
});

test('a filter that two modules have is there once, with what each says of it', () => {
  const { things, ways } = first.audit.holders;
  const [thing, way] = [things[0]!, ways[0]!];
  const same: HolderFilter = { name: thing.name, description: 'Those of it', option };
  const more: HolderFilter = { name: way.name, words: ['other'], option };
  const document = auditDocument([first, second({ holders: { things: [same], ways: [more] } })]);
  const { paths } = document.parsed() as {
    paths: Record<string, { get: { parameters: { name?: string; description?: string; schema?: object }[] } }>;
  };
  const { parameters } = paths['/audit/holders']!.get;
  const named = (name: string) => parameters.filter((one) => one.name === name);
  expect(named(thing.name)).toMatchObject([{ description: `${thing.description}; Those of it` }]);
  expect(named(way.name)).toMatchObject([{ schema: { enum: [...way.words!, 'other'] } }]);
});
