import { localCodec } from '@holdfast/events';
import { GroupFeed, MemoryLog, nodeRuntime, type Runtime, silentLogger } from '@holdfast/log';
import { expect, test } from 'vitest';
import { ShardGateway } from './gateway.js';

/** Of a log whose look-up of its head is `head`, with timers that fire at once. */
function gatewayOn(head: () => Promise<number>): ShardGateway {
  const runtime: Runtime = {
    ...nodeRuntime,
    after(_ms, callback) {
      const timer = setImmediate(callback);
      return () => clearImmediate(timer);
    },
  };
  const log = new MemoryLog({ shard: 's', runtime, exclusive: true });
  log.head = head;
  const codec = localCodec();
  return new ShardGateway({ log, feed: new GroupFeed({ log, codec }), codec, runtime, logger: silentLogger });
}

test('the head of a log that is away, or that hangs, is unavailable rather than a fault of the service', async () => {
  const away = gatewayOn(() => Promise.reject(new Error('no broker')));
  await expect(away.head()).rejects.toMatchObject({ code: 'unavailable' });
  const hanging = gatewayOn(() => new Promise(() => {}));
  await expect(hanging.head()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await gatewayOn(async () => 7).head()).toBe(7);
});
