import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '../documents.js';

/** The page calls no other host, and no other page shows it in a frame. */
const ownOriginOnly = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self' data:",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** Serves the documents under `/openapi`, and a page to try them at under `/docs`, with assets of its own. */
export async function serveDocuments(app: FastifyInstance, documents: readonly OpenApiDocument[]): Promise<void> {
  for (const { file, text } of documents) {
    app.get(`/openapi/${file}`, (_request, reply) => reply.type('application/yaml').send(text));
  }
  const first = documents[0]!;
  await app.register(swagger, { mode: 'static', specification: { document: first.parsed() as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: ownOriginOnly,
    uiConfig: { urls: documents.map(({ file, title }) => ({ url: `/openapi/${file}`, name: title })) } as object,
  });
}
