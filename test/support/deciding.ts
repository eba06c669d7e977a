import { createShardDecider, type ShardDecider, wholeSnapshot } from '@holdfast/core';
import type { Event } from '@holdfast/events';
import type { ExampleCommand } from '@holdfast/events/example/messages';
import { GroupFeed, MemoryLog, nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { beginCommandLog, engineHeader, Processor, ShardGateway, type Submission } from '@holdfast/processor';
import { claiming, exampleCodec } from './example.js';

/* A processor and a gateway on a log in memory, for tests that have the messages of `example`. */

export const codec = exampleCodec();
const runtime = nodeRuntime;
const identity = { domains: ['example/default'], secretFingerprint: 'f' };
const closers: (() => Promise<unknown>)[] = [];

/** Closes what was started, the last first. */
export async function stop(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** A module that grants whatever it is asked for. Its state is how often it has. */
export const decider: ShardDecider = createShardDecider({
  example: {
    initial: 0,
    decide: ({ instrument }: ExampleCommand) => {
      // No schema takes a number for a name: a decision that cannot be written.
      const named = instrument === 'bad' ? 7 : instrument;
      return {
        events: [{ type: 'example.Claimed', instrument: named, claim: 'c', durationMs: 1, expiresAt: 0 }],
        status: 'accepted',
        total: 1,
      };
    },
    evolve: (count: number) => count + 1,
    expire: () => [],
    decideInSteps: null,
    expireInSteps: null,
    shiftLeasesInSteps: null,
    shiftLeases: () => [],
    shift: (state) => state,
    ...wholeSnapshot<number>(1),
  },
});

export const begin = (log: ShardLog) => beginCommandLog(log, codec, runtime, identity);

export async function start(log: ShardLog, secretFingerprint = 'f') {
  await begin(log);
  const feed = new GroupFeed({ log, codec });
  const processor = new Processor({ log, feed, codec, decider, runtime, logger: silentLogger, secretFingerprint });
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger: silentLogger });
  closers.push(async () => {
    gateway.close();
    await processor.close();
    await feed.close();
  });
  feed.start();
  await processor.start();
  return { feed, processor, gateway };
}

export const memory = (exclusive = false) => new MemoryLog({ shard: 's', runtime, exclusive });

export function claim(id: string): Submission {
  return {
    command: claiming(id),
    ...engineHeader(runtime.uuid()),
    domain: 'example/default',
    key: id,
    urgent: false,
  };
}

/** As a gateway appends it. */
export async function send(log: MemoryLog, id: string): Promise<void> {
  const { command, key, urgent: _, ...header } = claim(id);
  await log.append('commands', [{ key, value: codec.encodeCommand(command, header).value }]);
}

export const outcome = (group: { events: { event: Event }[] }) => group.events.at(-1)?.event;
