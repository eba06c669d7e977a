import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '../documents.js';

/**
 * The page calls no other host, and no other page shows it in a frame. It says nothing of https: there may be none, and
 * a browser that is to ask for the page's parts by it shows nothing, but on loopback.
 */
const ownOriginOnly = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self' data:",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** A padlock, on a ground of its own as a tab may be light or dark. */
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="6" fill="#1f4e79"/>
  <path d="M8 14h16v11H8zM11.500 14v-3a4.500 4.500 0 0 1 9 0v3" fill="none" stroke="#fff" stroke-width="2.500"/>
</svg>`;
/** In place of the logo, on the dark bar. */
const wordmark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 40" height="40">
  <title>Holdfast</title>
  <text x="4" y="28" font-family="sans-serif" font-size="26" font-weight="600" fill="#fff">Holdfast</text>
</svg>`;

/** The page's own name and marks, instead of those of Swagger UI. */
const theme = {
  title: 'Holdfast',
  favicon: [{ filename: 'holdfast.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: mark }],
};

declare const SwaggerUIBundle: { plugins: { DownloadUrl(system: unknown): object } };

/** These run in the page. Its logo has a style in it, which the policy would refuse; ours is put in its place. */
const plugins = [
  (system: unknown) => SwaggerUIBundle.plugins.DownloadUrl(system),
  () => ({ components: { Logo: () => null } }),
];

/** Serves the documents under `/openapi`, and a page to try them at under `/docs`, with assets of its own. */
export async function serveDocuments(app: FastifyInstance, documents: readonly OpenApiDocument[]): Promise<void> {
  for (const { file, text } of documents) {
    app.get(`/openapi/${file}`, (_request, reply) => reply.type('application/yaml').send(text));
  }
  const first = documents[0]!;
  await app.register(swagger, { mode: 'static', specification: { document: first.parsed() as never } });
  const urls = documents.map(({ file, title }) => ({ url: `/openapi/${file}`, name: title }));
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: ownOriginOnly,
    theme,
    logo: { type: 'image/svg+xml', content: wordmark, href: '/docs' },
    uiConfig: { urls, plugins } as object,
  });
}
