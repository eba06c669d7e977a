import { type Codec, firstLevel, type RecordedSchema } from '@holdfast/events';
import type { ShardLog } from '@holdfast/log';
import { findSchemas, type LogBeginning, newestBeginning } from '@holdfast/processor';
import { codec, codecWith } from './messages.js';
import { Random } from './random.js';
import { Client, type Surroundings } from './workload.js';
import type { World } from './world.js';

/**
 * How the log of a seed begins: at the first level, as logs did before there were levels; so, and raised while clients
 * are at work; at the newest; or at the newest while each process has another registry, so that the log alone says what
 * ids mean.
 */
export type LogMode = 'first' | 'raised' | 'newest' | 'registries';

function logMode(seed: number): LogMode {
  // Those that lose the log's tail keep the schedules that they had.
  if (seed % 20 === 7) return 'first';
  return (['first', 'first', 'raised', 'newest', 'registries'] as const)[seed % 5]!;
}

export function beginningOf(seed: number, codec: Codec): LogBeginning {
  const newest = logMode(seed) === 'newest' || logMode(seed) === 'registries';
  return newest ? newestBeginning(codec) : { level: firstLevel, schemas: [] };
}

/** Whether each process has a registry of its own, which may have other ids than the log. */
export function hasOwnRegistry(seed: number): boolean {
  return logMode(seed) === 'registries';
}

/** The codec of a process: what its registry says, until it finds what the log says. */
export async function openNodeCodec(world: World, slot: number, log: ShardLog): Promise<Codec> {
  if (!hasOwnRegistry(world.seed)) return codec;
  const own = codecWith(new Random(world.seed * 3 + slot));
  const found = await findSchemas(log, recordedAlone, null);
  if (found !== null) adopt(world, own, found);
  return { ...own, adopt: (schemas) => adopt(world, own, schemas) };
}

function adopt(world: World, own: Codec, schemas: readonly RecordedSchema[]): void {
  const [before, after] = [own.schemas(), schemas].map((all) => JSON.stringify(all));
  if (before !== after) world.fault('registry with other ids');
  own.adopt(schemas);
}

function recordedAlone(schemas: readonly RecordedSchema[]): Codec {
  const made = codecWith(null);
  made.adopt(schemas);
  return made;
}

/** How often an operator asks for the newest level. All but the first are refused, unless that one was lost. */
const raises = 3;

/** Raises the level now and then until `end`, from some process, which may die of it. */
export function raiseLevels(around: Surroundings, end: number): void {
  const { world, nodes } = around;
  if (logMode(world.seed) !== 'raised') return;
  const random = new Random(world.seed + 0x1e7e1);
  const client = new Client('operator', around);
  const raise = () => {
    const node = random.pick(nodes());
    if (!node.ready) return;
    const request = { id: random.uuid(), command: raising(), invoked: world.now };
    const answered = client.send(node, request);
    if (random.chance(0.3)) node.process.crashAtAwait(random.int(1, 30));
    answered.then(
      ({ events }) => {
        if (events.some(({ event }) => event.type === 'engine.LevelRaised')) world.fault('level raised in the middle');
      },
      () => {},
    );
  };
  for (let n = 0; n < raises; n++) world.after(random.int(0, end - world.now), raise);
}

function raising() {
  return { type: 'engine.LevelRaiseRequested', ...newestBeginning(codec) } as const;
}
