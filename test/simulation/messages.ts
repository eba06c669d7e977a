import { type Module, wholeSnapshot } from '@holdfast/core';
import {
  type CatalogueEntry,
  type Codec,
  type Command,
  createCodec,
  type DecodedEvent,
  type Event,
  type Givens,
  isStray,
  loadCatalogue,
} from '@holdfast/events';
import { testModules } from '../modules.js';
import type { Random } from './random.js';

/** What the modules' deciders are given. */
export const givens: Givens = Object.fromEntries(testModules.map(({ name, given }) => [name, given]));

/** A command of no module of the product: deciding on it throws, or gives events that cannot be written. */
export interface FailureRequested {
  type: 'fault.FailureRequested';
  /** The reason that its outcome must give. */
  mustFail: string;
  unwritable: boolean;
}

export const unwritable = 'its events cannot be written';

/** What decides on it: a bug, as any module may have one. */
export const faultModule: Module = {
  initial: null,
  decide(command: FailureRequested) {
    if (!command.unwritable) throw new Error(command.mustFail);
    const events = [{ type: 'engine.Repeated', originalSequence: 'none' }];
    return { events, status: 'accepted', total: 1 };
  },
  evolve: (state: null) => state,
  expire: () => [],
  decideInSteps: null,
  expireInSteps: null,
  shiftLeasesInSteps: null,
  shiftLeases: () => [],
  shift: (state) => state,
  ...wholeSnapshot<null>(1),
};

/** The product's messages and the one above. */
const catalogue = [...loadCatalogue(), failureEntry(loadCatalogue())];

/** As the log of the run at hand says what ids mean. */
export let codec = codecWith(null);

export function beginRun(): void {
  codec = codecWith(null);
}

/** A codec with the ids of some registry; null: of the one that most processes have. */
export function codecWith(registry: Random | null): Codec {
  const order = catalogue.map((_, n) => ({ n, by: registry?.next() ?? n })).sort((a, b) => a.by - b.by);
  const ids = Object.fromEntries(
    order.map(({ n }, place) => [`${catalogue[n]!.type}.v${catalogue[n]!.version}`, place + 1]),
  );
  return remembering(createCodec(ids, catalogue));
}

/** Null for what a stranger wrote. */
export function eventOf({ value }: { value: Uint8Array }): DecodedEvent<Event> | null {
  return isStray(value) || codec.unframe(value) === null ? null : codec.decodeEvent(value);
}

function failureEntry(catalogue: CatalogueEntry[]): CatalogueEntry {
  // The newest form of the header.
  const commands = catalogue.filter(({ role }) => role === 'command');
  const header = commands.sort((a, b) => b.version - a.version)[0]!.schema.fields[0]!;
  const name = 'FailureRequested';
  const fields = [header, { name: 'mustFail', type: 'string' }, { name: 'unwritable', type: 'boolean' }];
  return {
    type: `fault.${name}`,
    version: 1,
    name: `holdfast.fault.${name}`,
    role: 'command',
    schema: { type: 'record', name, namespace: 'holdfast.fault', fields },
    fingerprint: name,
  };
}

/**
 * Decodes each record once, though every process reads it: most of a run's time would go there. What is shared is
 * frozen, so that nobody can change what the others read.
 */
function remembering(codec: Codec): Codec {
  return {
    ...codec,
    decodeCommand: once((value) => codec.decodeCommand(value)),
    decodeEvent: once((value) => codec.decodeEvent(value)),
  };
}

function once<T extends object>(decode: (value: Uint8Array) => T): (value: Uint8Array) => T {
  const known = new WeakMap<Uint8Array, T>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const decoded = frozen(decode(value));
    known.set(value, decoded);
    return decoded;
  };
}

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !ArrayBuffer.isView(part)) frozen(part);
  }
  return Object.freeze(value);
}

export type AnyCommand = Command | FailureRequested;
