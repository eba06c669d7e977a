import { type ApiDependencies, type ApiSettings, buildApp, defaultSettings } from '@holdfast/api';
import { createCrayDecider } from '@holdfast/core/cray/index';
import { type ShardSecret, shardSecret } from '@holdfast/events';
import { reservationKeys } from '@holdfast/events/cray/keys';
import type { FastifyInstance } from 'fastify';
import type { Injector } from '../conformance/cray/injector.js';
import { auditAway } from './audit-away.js';
import { requireDescribed } from './described.js';
import { FakeGateway, FakeRuntime } from './fake-gateway.js';

export interface FakeApi {
  app: FastifyInstance;
  gateway: FakeGateway<unknown>;
  runtime: FakeRuntime;
  secret: ShardSecret;
  inject: Injector;
}

/** The whole HTTP API over a shard without a log. */
export async function fakeApi(
  settings: Partial<ApiSettings> = {},
  more: Partial<Pick<ApiDependencies, 'audit' | 'logger' | 'ready' | 'limits' | 'observer' | 'metrics' | 'level'>> = {},
): Promise<FakeApi> {
  const runtime = new FakeRuntime(Date.parse('2026-11-21T09:28:38.250Z'));
  const secret = shardSecret(Buffer.alloc(32, 7));
  const gateway: FakeGateway<unknown> = new FakeGateway(
    runtime,
    createCrayDecider({ keyHashes: reservationKeys(secret).hashes }),
  );
  const app = await buildApp({
    gateway,
    readModel: gateway.readModel,
    audit: auditAway,
    runtime,
    secret,
    settings: { ...defaultSettings, ...settings },
    ready: () => ({ ready: true, reasons: [] }),
    ...more,
  });
  return { app, gateway, runtime, secret, inject: appInjector(app) };
}

/** Throws where an answer has a status that the document of its operation does not have. */
export function appInjector(app: FastifyInstance): Injector {
  return async ({ method, path, body, headers = {} }) => {
    const response = await app.inject({
      method: method as 'GET',
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    });
    requireDescribed({ method, path }, response.statusCode);
    const contentType = String(response.headers['content-type'] ?? '');
    return { status: response.statusCode, contentType, text: response.body, headers: response.headers };
  };
}
