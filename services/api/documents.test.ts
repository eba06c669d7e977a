import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { documents } from '../../test/support/described.js';
import { loadDocument } from './documents.js';
import { schemaOfOpenApi } from './own-documents.js';

const { getAjvValidator: replaced } = Validator.prototype as unknown as { getAjvValidator: typeof schemaOfOpenApi };

/** As fastify-openapi-glue would, if it were let to. */
async function validate(document: object) {
  const validator = Object.assign(new Validator(), { getAjvValidator: schemaOfOpenApi });
  return validator.validate(structuredClone(document) as Record<string, unknown>);
}

test.each(documents.map(([document]) => [document.file, document] as const))(
  '%s is an OpenAPI document, and its references lead somewhere',
  async (_, document) => {
    expect(await validate(document.parsed())).toEqual({ valid: true });
  },
);

test('one that is none is refused here, as a start does not look', async () => {
  const document = {
    ...loadDocument('openapi/ops.yaml', '').parsed(),
    paths: { '/livez': { get: { responses: 7 } } },
  };
  expect(await validate(document)).toMatchObject({ valid: false });
  expect(replaced('3.1')).not.toBe(schemaOfOpenApi);
});
