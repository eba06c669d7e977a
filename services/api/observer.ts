import type { ServerResponse } from 'node:http';
import type { GatewayLimit } from '@holdfast/processor/gateway-port';
import type { FastifyInstance } from 'fastify';

/** By which a request was refused. */
export type ApiLimit =
  | 'connections'
  | 'in_flight'
  | 'reads'
  | 'streams'
  | 'held_bytes'
  | 'uploads'
  | 'slow_bodies'
  | 'slow_answers'
  | 'body_bytes'
  | GatewayLimit;

/** Who counts what the API does. */
export interface ApiObserver {
  /** A request is over. `route` is a path as documented; `status` is `aborted` where the client went away before. */
  answered(method: string, route: string, status: number | 'aborted'): void;
  /** A request was refused by this limit. */
  limitHit(limit: ApiLimit): void;
}

/** What `/metrics` shows. */
export interface MetricsPage {
  contentType: string;
  text(): Promise<string>;
}

export const nobodyCounts: ApiObserver = { answered() {}, limitHit() {} };
export const nothingCounted: MetricsPage = { contentType: 'text/plain; charset=utf-8', text: async () => '' };

/** Tells the observer of every request that came as far as a route, or found none. */
export function observeRequests(app: FastifyInstance, observer: ApiObserver): void {
  app.addHook('onRequest', async ({ method, is404, routeOptions }, { raw }) => {
    const route = is404 ? 'none' : (routeOptions.url ?? 'none');
    onceOver(raw, (status) => observer.answered(method, route, status));
  });
}

/** Says once how a request ended (`aborted`: its client went away before), and after how many milliseconds. */
export function onceOver(answer: ServerResponse, tell: (status: number | 'aborted', ms: number) => void): void {
  const began = performance.now();
  answer.once('close', () => {
    const ms = Math.round((performance.now() - began) * 10) / 10;
    tell(answer.writableFinished ? answer.statusCode : 'aborted', ms);
  });
}
