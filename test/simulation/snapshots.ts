import type { SnapshotStore } from '@holdfast/processor';
import type { Random } from './random.js';
import type { SimProcess, World } from './world.js';

/** A directory of snapshots: it outlives the processes of its slot, and things happen to it between them. */
export class SimDirectory {
  readonly files = new Map<string, Uint8Array>();
  /** Nothing can be written. */
  full = false;

  constructor(private readonly world: World) {}

  get names(): string[] {
    return [...this.files.keys()].sort().reverse();
  }

  /** What a process that starts may find instead of what the one before it left. */
  harm(): void {
    const { world, names } = this;
    const { random } = world;
    const newest = names[0];
    if (newest === undefined || !random.chance(0.25)) return;
    const bytes = this.files.get(newest)!;
    switch (random.int(0, 4)) {
      case 0:
        world.fault('snapshots gone');
        this.files.clear();
        break;
      case 1:
        world.fault('newest snapshot gone');
        this.files.delete(newest);
        break;
      case 2:
        world.fault('snapshot damaged', 'world', newest);
        this.files.set(newest, damaged(bytes, random));
        break;
      case 3:
        world.fault('snapshot cut', 'world', newest);
        this.files.set(newest, bytes.slice(0, random.int(0, bytes.length - 1)));
        break;
      default:
        world.fault('snapshot of a newer form', 'world', newest);
        this.files.set(
          newest,
          Buffer.from(
            Buffer.from(bytes)
              .toString()
              .replace(/snapshot-\d/, 'snapshot-9'),
          ),
        );
    }
  }
}

/** A digit of some number becomes another: what is still a snapshot by its form is hardest to see through. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const digits = [...changed.keys()].filter((at) => changed[at]! >= 0x30 && changed[at]! <= 0x39);
  const at = random.pick(digits);
  changed[at] = 0x30 + ((changed[at]! - 0x30 + random.int(1, 9)) % 10);
  return changed;
}

/** One process's way to its directory. A write that it does not live through leaves a part. */
export class SimSnapshots implements SnapshotStore {
  constructor(
    private readonly directory: SimDirectory,
    private readonly process: SimProcess,
  ) {}

  list(): Promise<string[]> {
    return this.#ask('the list of snapshots', () => this.directory.names);
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    const bytes = this.directory.files.get(name) ?? new Uint8Array();
    // In pieces that end anywhere.
    const size = this.process.world.random.int(500, 8_000);
    for (let at = 0; at < bytes.length; at += size) {
      yield await this.#ask('a piece of a snapshot', () => bytes.subarray(at, at + size));
    }
  }

  async write(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const { world } = this.process;
    const written: Uint8Array[] = [];
    const whole = `a snapshot of ${name}`;
    for await (const piece of pieces) {
      for (const part of [piece.subarray(0, piece.length >> 1), piece.subarray(piece.length >> 1)]) {
        if (this.directory.full) {
          world.fault('snapshot not written', this.process.name);
          throw new Error('no space left');
        }
        written.push(part);
        // It may die here, and then a part is under the name, where the file system does not rename.
        if (world.random.chance(0.2)) this.directory.files.set(name, Buffer.concat(written));
        await this.#ask(whole, () => {});
      }
    }
    this.directory.files.set(name, Buffer.concat(written));
    world.tell(this.process.name, () => `keeps ${whole}`);
  }

  remove(name: string): Promise<void> {
    return this.#ask('the removal of a snapshot', () => void this.directory.files.delete(name));
  }

  #ask<T>(what: string, found: () => T): Promise<T> {
    return this.process.ask(this.process.world.random.int(0, 3), what, found);
  }
}
