import { type Runtime, unlessLost } from '@holdfast/log';
import { checkSecret, GatewayError, type ShardGateway } from '@holdfast/processor';
import type { ShardOptions } from './options.js';

/** Between two looks at whether somebody decides, or whether there is space again. */
const retryMs = 1_000;

export interface ServedOptions {
  /** What shows the rows; null: nothing here. */
  readModel: { waitFor(position: number, timeoutMs?: number): Promise<void> } | null;
  /** How long each step may take, in milliseconds. */
  msMax: number;
  /** Is told what is waited for. */
  onStep?(waitsFor: string): void;
}

type ServedParts = Pick<ShardOptions, 'log' | 'runtime' | 'secretFingerprint'> & {
  gateway: ShardGateway | null;
  openedWith(): string;
};

/** See Shard.served. */
export async function untilServed(
  asked: ServedParts,
  { readModel, msMax, onStep = () => {} }: ServedOptions,
): Promise<void> {
  const { log, runtime, secretFingerprint, gateway, openedWith } = asked;
  if (gateway !== null) {
    onStep('waiting until a processor decides what this process asks');
    await firstBarrier(gateway, msMax, runtime);
    checkSecret(openedWith(), secretFingerprint, log.shard);
  }
  if (readModel === null) return;
  onStep('waiting until the read model shows what the log holds');
  const to = await log.head('events');
  await unlessLost(log, { stream: 'events', to }, readModel.waitFor(to, msMax));
}

/** Waits until somebody decides, however long the processors take to come. */
async function firstBarrier(gateway: ShardGateway, msMax: number, runtime: Runtime): Promise<void> {
  const deadline = runtime.now() + msMax;
  for (;;) {
    try {
      await gateway.barrier();
      return;
    } catch (error) {
      const full = error instanceof GatewayError && error.code === 'full';
      if (gateway.stopped !== null || (!full && runtime.now() > deadline)) throw error;
      await new Promise<void>((resolve) => runtime.after(retryMs, resolve));
    }
  }
}
