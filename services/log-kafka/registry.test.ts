import { randomUUID } from 'node:crypto';
import { type CatalogueEntry, inLandingOrder, loadCatalogue } from '@holdfast/events';
import { beforeAll, describe, expect, test } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../../test/support/kafka.js';
import { RegistryError, registerSchemas } from './registry.js';

const missing = kafkaMissing();

describe.skipIf(missing !== null)(missing ?? 'two versions of a schema in a registry', () => {
  let url: string;
  beforeAll(async () => {
    url = (await sharedKafka()).registry!;
  }, kafkaStartMsMax);

  /** Both versions of these, under subjects of their own: other tests use the same registry. */
  const prefix = randomUUID();
  const catalogue = inLandingOrder(loadCatalogue())
    .filter(({ type }) => type === 'engine.RequestDecided' || type === 'engine.Tick')
    .map((entry) => ({ ...entry, name: `${prefix}.${entry.name}` }));

  test('the second is compatible with the first, and both keep their ids', async () => {
    const first = await registerSchemas(
      { url },
      catalogue.filter(({ version }) => version === 1),
    );
    const both = await registerSchemas({ url }, catalogue);
    expect(both).toMatchObject(first);
    expect(new Set(Object.values(both)).size).toBe(catalogue.length);
    expect(await registerSchemas({ url }, catalogue)).toEqual(both);
  });

  test('one that cannot read those before it is refused', async () => {
    const last = catalogue.at(-1)!;
    const fields = [...last.schema.fields, { name: 'ticket', type: 'string' }];
    const broken: CatalogueEntry = { ...last, version: 3, schema: { ...last.schema, fields } };
    const refusal = registerSchemas({ url }, [...catalogue, broken]);
    await expect(refusal).rejects.toThrow(RegistryError);
    await expect(refusal).rejects.toThrow(`refused ${last.name} version 3`);
  });
});
