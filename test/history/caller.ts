import { randomUUID } from 'node:crypto';
import { type Command, moduleOf } from '@holdfast/events';
import type { Caller } from './module.js';
import type { RunningService, SteppedClock } from './service.js';

/** Of a service that runs, and a clock that is told to move. */
export class SessionCaller implements Caller {
  constructor(
    private readonly service: RunningService,
    private readonly clock: SteppedClock,
    private readonly headers: Record<string, string>,
  ) {}

  // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
    this.clock.pass(1_000);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text } = await this.service.inject({
      method,
      path,
      headers: { ...this.headers, ...headers },
      ...sent,
    });
    // A request that never reaches the log would record nothing.
    if (status === 401 || status === 403 || status === 404 || status === 405) throw new Error(`${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  async submit(command: Command): Promise<void> {
    this.clock.pass(1_000);
    const actor = { name: 'nova', authenticated: true, address: '192.0.2.7', userAgent: 'openstacksdk/4' };
    const origin = { actor, reason: '', idempotencyKey: '', traceparent: '' };
    const header = { ...origin, id: randomUUID(), domain: `${moduleOf(command.type)}/default`, keyed: false };
    await this.service.gateway.submit({ ...header, command, key: header.domain, urgent: false });
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5_000) {
      this.clock.pass(5_000);
      await this.service.gateway.barrier();
    }
    if (ms < 0) this.clock.pass(ms);
  }

  async passForAll(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.clock.passForAll(500);
      await this.service.gateway.barrier();
    }
  }
}
