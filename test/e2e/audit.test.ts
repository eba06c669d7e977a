import { openCodec } from '@holdfast/cli/codec';
import { openLog } from '@holdfast/cli/log';
import { GroupFeed, nodeRuntime, silentLogger } from '@holdfast/log';
import { describe, expect, test } from 'vitest';
import { auditedBackends, type Place, serveAudited } from '../support/audited.js';
import { call, hsm, loadNodes, xnames } from '../support/service.js';

/* The audit of a service that is killed again and again, by its streams. */

const fleet = xnames(40);

interface Shown {
  Sequence: number;
  Type: string;
}

/** A client of server-sent events, which goes on where it was when its server comes back. */
class Follower {
  readonly events: Shown[] = [];
  lastId = '0';
  #ended: Promise<void> = Promise.resolve();

  /** Resolves once the stream has begun. */
  async follow(url: string): Promise<void> {
    await this.#ended;
    const headers = { accept: 'text/event-stream', 'last-event-id': this.lastId };
    const { status, body } = await fetch(`${url}/audit/events`, { headers });
    expect(status).toBe(200);
    this.#ended = this.#take(body!).catch(() => {});
  }

  async until(sequence: number): Promise<void> {
    while (Number(this.lastId) < sequence) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async #take(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.#one(block);
    }
  }

  #one(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const data = field('data');
    if (data !== undefined) this.events.push(JSON.parse(data));
    this.lastId = field('id') ?? this.lastId;
  }
}

/** Every accepted event, as a reader of the log takes them. */
async function accepted({ log: settings }: Place): Promise<Shown[]> {
  const log = await openLog(settings, nodeRuntime, silentLogger);
  const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
  const feed = new GroupFeed({ log, codec });
  const events: Shown[] = [];
  feed.subscribe({
    group: (group) => {
      for (const { stamp, event } of group.events) events.push({ Sequence: stamp.sequence, Type: event.type });
    },
  });
  const head = await log.head('events');
  feed.start();
  await feed.caughtUpWith(head);
  await feed.close();
  await log.close();
  return events;
}

const plainly = (events: readonly Shown[]) => events.map(({ Sequence, Type }) => ({ Sequence, Type }));

async function sequence(url: string): Promise<number> {
  const { headers } = await call(url, 'HEAD', '/audit/events');
  return Number(headers.get('holdfast-sequence'));
}

for (const backend of auditedBackends) {
  describe.skipIf(backend.missing !== null)(`the audit ${backend.name}`, () => {
    test('a stream has each accepted event once, in order, whatever is killed', async () => {
      const place = await backend.place();
      const follower = new Follower();
      let served = await serveAudited(place);
      await follower.follow(served.url);
      await loadNodes(served.url, fleet);
      for (let round = 0; round < 2; round++) {
        const ids = fleet.slice(round * 20, round * 20 + 20);
        const reserved = await hsm(served.url, '/locks/service/reservations', {
          ComponentIDs: ids,
          ReservationDuration: 9,
        });
        expect(reserved.status).toBe(200);
        await hsm(served.url, '/locks/lock', { ComponentIDs: fleet, ProcessingModel: 'flexible' });
        // Killed with requests under way, and with events that were not streamed yet.
        const underWay = ids.map((id) =>
          hsm(served.url, '/locks/reservations/remove', { ComponentIDs: [id] }).catch(() => {}),
        );
        if (round % 2 === 0) await Promise.race(underWay);
        await served.kill();
        await Promise.all(underWay);
        served = await serveAudited(place);
        await follower.follow(served.url);
        await hsm(served.url, '/locks/unlock', { ComponentIDs: fleet, ProcessingModel: 'flexible' });
      }
      const last = await sequence(served.url);
      await follower.until(last);
      await served.kill();
      const all = await accepted(place);
      expect(plainly(follower.events)).toEqual(all.slice(0, follower.events.length));
      expect(follower.events.length).toBeGreaterThanOrEqual(last);
      expect(all.map(({ Type }) => Type)).toContainEqual(expect.stringMatching(/\.RequestRefused$/));
    }, 180_000);
  });
}
