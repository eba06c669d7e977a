import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../support/cluster.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { call, scratch } from '../support/service.js';

const missing = kafkaMissing() ?? postgresMissing();
const roles = ['api', 'processor', 'projector'] as const;

describe.skipIf(missing !== null)(missing ?? 'a process of each role', () => {
  let postgres: PostgresServer;
  let cluster: Cluster;
  let files: Awaited<ReturnType<typeof scratch>>;

  beforeAll(async () => {
    [postgres, files] = await Promise.all([startPostgres(), scratch()]);
    const { brokers, registry } = await sharedKafka();
    cluster = await Cluster.create({ brokers, registry: registry!, postgres: await postgres.database() });
  }, kafkaStartMsMax);
  afterAll(async () => {
    await cluster?.remove();
    await Promise.all([postgres?.remove(), files?.remove()]);
  });

  /** As it ends, Node writes down each script that ran in it, CommonJS or not. */
  const placeOf = (role: string) => join(files.directory, role);

  /** Packages of which anything ran in it. */
  async function packagesIn(role: string): Promise<string[]> {
    const names = new Set<string>();
    for (const file of await readdir(placeOf(role))) {
      const { result } = JSON.parse(await readFile(join(placeOf(role), file), 'utf8')) as { result: { url: string }[] };
      for (const { url } of result) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
        if (name !== undefined) names.add(name);
      }
    }
    return [...names];
  }

  test('says whether it lives and is ready, and what it counted; only an api has loaded what it is served with', async () => {
    const started = await Promise.all(
      roles.map((role) => cluster.begin(role, [], { NODE_V8_COVERAGE: placeOf(role) }).ready()),
    );
    for (const { url } of started) {
      expect(await call(url, 'GET', '/livez')).toMatchObject({ status: 200, body: { live: true } });
      expect(await call(url, 'GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true, reasons: [] } });
      const { status, body, headers } = await call(url, 'GET', '/metrics');
      expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
      expect(body).toContain('holdfast_http_requests_total{method="GET",route="/readyz",status="200"} 1');
    }
    for (const process of started) await process.kill('SIGTERM');
    const [api, ...others] = await Promise.all(roles.map(packagesIn));
    const framework = ['fastify', '@fastify/swagger', '@fastify/swagger-ui', 'fastify-openapi-glue'];
    expect(api).toEqual(expect.arrayContaining(['kafkajs', 'pino', ...framework]));
    for (const packages of others) {
      expect(packages).toEqual(expect.arrayContaining(['kafkajs', 'pino']));
      expect(packages.filter((name) => name.includes('fastify'))).toEqual([]);
    }
  }, 180_000);
});
