import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import './kafkajs.js';

const load = createRequire(import.meta.url);
const Runner = load('kafkajs/src/consumer/runner') as new (
  options: object,
) => {
  start(): Promise<void>;
  stop(): Promise<void>;
};
const Emitter = load('kafkajs/src/instrumentation/emitter') as new () => object;

const silent = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => silent };

/** More than anybody asks who waits for anything in between. */
const asksMax = 10_000;

/** A consumer on two brokers. Each fetch of the second is answered when that is asked for. */
async function consumer() {
  let [nodes, asks] = [[1, 2], 0];
  const answers: (() => void)[] = [];
  const consumerGroup = {
    connect: async () => {},
    joinAndSync: async () => {},
    heartbeat: async () => {},
    leave: vi.fn(async () => {}),
    getNodeIds: () => {
      if (++asks > asksMax) throw new Error('asked without end');
      return nodes;
    },
    fetch: async (node: number) => {
      await (node === 2 ? new Promise<void>((resolve) => answers.push(resolve)) : turn());
      return [];
    },
  };
  const onCrash = vi.fn();
  const runner = new Runner({
    logger: silent,
    consumerGroup,
    instrumentationEmitter: new Emitter(),
    heartbeatInterval: 3_000,
    retry: { initialRetryTime: 10, retries: 3 },
    eachBatch: async () => {},
    onCrash,
  });
  await runner.start();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  return {
    runner,
    onCrash,
    left: consumerGroup.leave,
    asks: () => asks,
    loseBroker: () => {
      nodes = [1];
    },
    answer: () => answers.splice(0).forEach((resolve) => void resolve()),
  };
}

test('a consumer that is stopped just as a broker goes away fetches no more, and leaves its group', async () => {
  const { runner, onCrash, left, asks, loseBroker, answer } = await consumer();
  loseBroker();
  // The first fetch after that ends all fetches, to begin them on the brokers that are left, once the second broker has
  // answered.
  await turn();
  await turn();
  const stopped = runner.stop();
  const before = asks();
  answer();
  await stopped;
  expect(left).toHaveBeenCalledOnce();
  expect(asks() - before).toBeLessThan(10);
  expect(onCrash).not.toHaveBeenCalled();
});

test('a consumer goes on with the brokers that are left, until it is stopped', async () => {
  const { runner, onCrash, left, asks, loseBroker, answer } = await consumer();
  loseBroker();
  await turn();
  await turn();
  answer();
  const before = asks();
  await vi.waitFor(() => expect(asks()).toBeGreaterThan(before + 10));
  await runner.stop();
  expect(left).toHaveBeenCalledOnce();
  expect(onCrash).not.toHaveBeenCalled();
});
