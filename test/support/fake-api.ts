import { type ApiDependencies, type ApiSettings, buildApp, defaultSettings } from '@holdfast/api';
import { modulesWith } from '@holdfast/core';
import { givensOf, type ShardSecret, shardSecret } from '@holdfast/events';
import type { FastifyInstance } from 'fastify';
import { auditUnavailable } from './audit-unavailable.js';
import { requireDescribed } from './described.js';
import { FakeGateway, FakeRuntime } from './fake-gateway.js';
import type { Injector } from './injector.js';

export interface FakeApi {
  app: FastifyInstance;
  gateway: FakeGateway;
  runtime: FakeRuntime;
  secret: ShardSecret;
  inject: Injector;
}

type More = Partial<Pick<ApiDependencies, 'audit' | 'logger' | 'ready' | 'limits' | 'observer' | 'metrics' | 'level'>>;

/** The whole HTTP API over a shard without a log. */
export async function fakeApi(settings: Partial<ApiSettings> = {}, more: More = {}): Promise<FakeApi> {
  const dependencies = dependenciesOf(settings, more);
  const app = await buildApp(dependencies);
  const { gateway, runtime, secret } = dependencies;
  return { app, gateway, runtime, secret, inject: appInjector(app) };
}

/** What it is built with. */
export function dependenciesOf(settings: Partial<ApiSettings> = {}, more: More = {}) {
  const runtime = new FakeRuntime(Date.parse('2026-11-21T09:28:38.250Z'));
  const secret = shardSecret(Buffer.alloc(32, 7));
  const gateway = new FakeGateway(runtime, modulesWith(givensOf(secret)));
  return {
    gateway,
    readModel: gateway.readModel,
    audit: auditUnavailable,
    runtime,
    secret,
    settings: { ...defaultSettings, ...settings },
    ready: () => ({ ready: true, reasons: [] }),
    ...more,
  };
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
