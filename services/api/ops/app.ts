import Fastify, { type FastifyInstance } from 'fastify';
import { loggingOptions } from '../logging.js';
import type { ApiDependencies } from '../settings.js';

/** What a process without the api serves: whether it lives, and whether it is ready. */
export async function buildOpsApp({
  logger,
  ready,
}: Pick<ApiDependencies, 'logger' | 'ready'>): Promise<FastifyInstance> {
  const app = Fastify({ logger: loggingOptions(logger) });
  app.get('/livez', async () => ({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = ready();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  await app.ready();
  return app;
}
