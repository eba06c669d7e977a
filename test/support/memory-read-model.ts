import type { Event, Stamp } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import { beginning, type Group, type Runtime } from '@holdfast/log';
import {
  type DecisionChange,
  type Positions,
  type Present,
  type ProjectionStore,
  project,
  type ReadModel,
  type RequestRow,
  type RowChange,
  StoreError,
} from '@holdfast/projections';
import { moduleOfChange } from '@holdfast/projections/every-module';
import { changesOf } from '@holdfast/projections/present';
import { isAnswer } from '@holdfast/projections/requests/project';
import { Watermark } from '@holdfast/projections/watermark';
import { type EachModule, testModules } from '../modules.js';
import type { MemoryPart } from './rows.js';

type MemoryPresent = { readonly [Name in keyof EachModule]: InstanceType<EachModule[Name]['rows']['memory']> };

/**
 * Read model and projection store as plain maps: the same changes and the same answers as the one in Postgres, for
 * simulations and tests. Without a runtime it cannot wait: `waitFor` rejects at once what was not read yet.
 */
export class MemoryReadModel implements ReadModel, ProjectionStore {
  /** Positions that were waited for. */
  readonly waits: number[] = [];
  readonly present: MemoryPresent & Present;
  #requests = new Map<string, DecisionChange>();
  #positions: Positions | null = null;
  #watermark: Watermark;

  constructor({ runtime, present }: { runtime?: Pick<Runtime, 'after'>; present?: MemoryPresent } = {}) {
    this.present = present ?? made(testModules.map(({ name, rows }) => [name, new rows.memory()]));
    this.#watermark = new Watermark(runtime);
  }

  /** The same rows and positions, as a process finds them that was started again. */
  reopen({ runtime }: { runtime?: Pick<Runtime, 'after'> } = {}): MemoryReadModel {
    const present = made(Object.entries(this.present).map(([name, part]) => [name, part.copy()]));
    const again = new MemoryReadModel(runtime === undefined ? { present } : { runtime, present });
    again.#requests = new Map(this.#requests);
    again.#positions = this.#positions;
    return again;
  }

  get read(): number {
    return this.#watermark.read;
  }

  waitFor(position: number, timeoutMs?: number): Promise<void> {
    this.waits.push(position);
    return this.#watermark.waitFor(position, timeoutMs);
  }

  async request(commandId: string): Promise<RequestRow | null> {
    const decision = this.#requests.get(commandId);
    if (decision === undefined) return null;
    const { actor, sequence, time, events, outcome } = decision;
    return { commandId, actor, sequence, decidedAt: time, events: [...events.map(({ event }) => event), outcome] };
  }

  /** Nothing is behind what it says. */
  get eventually(): Pick<ReadModel, 'request'> {
    return this;
  }

  /** Of all projection groups. */
  project(group: Group): Steps<RowChange[]> {
    return project(group);
  }

  async load(): Promise<Positions | null> {
    return this.#positions;
  }

  async apply(changes: RowChange[], found: Positions, next: Positions): Promise<void> {
    const { log, read, checkpoint } = this.#positions ?? (await this.reset());
    if (found.log !== log || found.read !== read || found.checkpoint.resume !== checkpoint.resume) {
      throw new StoreError('superseded', 'the positions moved: somebody else projects');
    }
    this.fold(changes);
    this.#positions = next;
    this.#watermark.move(next.read);
  }

  passed(read: number): void {
    this.#watermark.move(read);
  }

  async reset(): Promise<Positions> {
    for (const part of this.#parts()) part.clear();
    this.#requests.clear();
    this.#positions = { log: '', read: 0, checkpoint: beginning };
    this.#watermark.move(0);
    return this.#positions;
  }

  /** Applies changes and no positions. */
  fold(changes: readonly RowChange[]): void {
    for (const change of changes) {
      if (change.table !== 'decision') this.#part(moduleOfChange(change).name).fold(change);
      else if (isAnswer(change)) this.#requests.set(change.commandId, change);
    }
  }

  /** The same of an event alone: of no group, and of no request. */
  foldEvent(event: Event, stamp: Pick<Stamp, 'sequence' | 'time'>): void {
    this.fold(changesOf(event, stamp));
  }

  #parts(): MemoryPart<RowChange>[] {
    return Object.values(this.present) as MemoryPart<RowChange>[];
  }

  #part(name: string): MemoryPart<RowChange> {
    return this.present[name as keyof MemoryPresent] as MemoryPart<RowChange>;
  }
}

function made(parts: readonly (readonly [name: string, part: unknown])[]): MemoryPresent {
  return Object.fromEntries(parts) as unknown as MemoryPresent;
}
