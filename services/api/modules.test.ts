import { describe, expect, test } from 'vitest';
import { dependenciesOf } from '../../test/support/fake-api.js';
import { buildApp } from './app.js';
import { loadDocument } from './documents.js';
import type { ApiModule } from './module.js';
import { apiModules } from './modules.js';

/* What holds of every module that is served, and of two together. */

describe.each(apiModules.map((module) => [module.name, module] as const))('%s', (_, { apis, limits }) => {
  test('what is said of its operations is of operations of its documents', () => {
    const text = JSON.stringify(apis.map(({ document, title }) => loadDocument(document, title).parsed()));
    for (const operation of [...Object.keys(limits.bodies), ...Object.keys(limits.fleetReads)]) {
      expect(text).toContain(`"operationId":"${operation}"`);
    }
  });
});

test.each(apiModules.map((module) => [module.name, module] as const))(
  'two modules that claim one path, as a second %s would, end the start with what it is and whose',
  async (name, module) => {
    const second: ApiModule = {
      ...module,
      name: 'second',
      audit: { ...module.audit, histories: [], resource: { ...module.audit.resource, parameter: 'second' } },
    };
    const starting = buildApp(dependenciesOf(), [...apiModules, second]);
    await expect(starting).rejects.toThrow(/ is claimed twice: .*the module second/);
    await expect(starting).rejects.toThrow(`the module ${name}`);
  },
);

test('a module that says to be what the service itself serves ends the start', async () => {
  const [module] = apiModules;
  const greedy: ApiModule = {
    ...module!,
    form: (context) => ({ ...module!.form(context), owns: (path) => path.startsWith('/audit') }),
  };
  const others = apiModules.slice(1);
  await expect(buildApp(dependenciesOf(), [greedy, ...others])).rejects.toThrow(
    `is claimed twice: by the service itself and by the module ${module!.name}`,
  );
});

test('a module that serves what may be any path ends the start', async () => {
  const [module, ...others] = apiModules;
  const [api, ...more] = module!.apis;
  const wide: ApiModule = { ...module!, apis: [{ ...api, basePaths: ['/:any'] }, ...more] };
  await expect(buildApp(dependenciesOf(), [wide, ...others])).rejects.toThrow('begins with a parameter');
});

test('modules that name resources by one parameter end the start', async () => {
  const [first, ...others] = apiModules;
  const { parameter } = others[0]!.audit.resource;
  const same: ApiModule = { ...first!, audit: { ...first!.audit, resource: { ...first!.audit.resource, parameter } } };
  await expect(buildApp(dependenciesOf(), [same, ...others])).rejects.toThrow(parameter);
});
