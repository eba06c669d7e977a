import Fastify, { type FastifyInstance } from 'fastify';
import { loggingOptions } from '../logging.js';
import { nobodyCounts, nothingCounted, observeRequests } from '../observer.js';
import type { ApiDependencies } from '../settings.js';

/** What a process without the api serves: whether it lives, whether it is ready, and what it counted. */
export async function buildOpsApp({
  logger,
  ready,
  observer = nobodyCounts,
  metrics = nothingCounted,
}: Pick<ApiDependencies, 'logger' | 'ready' | 'observer' | 'metrics'>): Promise<FastifyInstance> {
  const app = Fastify(loggingOptions(logger));
  observeRequests(app, observer);
  app.get('/livez', async () => ({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = ready();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.header('content-type', metrics.contentType).send(await metrics.text());
  });
  await app.ready();
  return app;
}
