import Fastify, { type FastifyInstance } from 'fastify';
import { unknownParameters } from '../bodies.js';
import { loggingOptions } from '../logging.js';
import { nobodyCounts, nothingCounted, observeRequests } from '../observer.js';
import { sendProblem } from '../replies.js';
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
  // As the whole api refuses them: a probe may ask for no part of what is looked at.
  app.addHook('onRequest', async (request, reply) => {
    const given = Object.keys(request.query as object);
    if (given.length > 0 && !request.is404) return sendProblem(reply, unknownParameters(given, []));
  });
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
