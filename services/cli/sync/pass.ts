import { type Client, ServerError } from '../client.js';
import {
  compareCollections,
  compareComponents,
  describedAs,
  excludes,
  type HsmCollection,
  type HsmComponent,
  type Inventory,
  keyed,
  membersOf,
  nameOf,
  withoutNulls,
} from './compare.js';
import { guard, isEmptied, lossOf } from './guard.js';
import { collectionChange, componentChange } from './words.js';

export interface PassOptions {
  from: Client;
  to: Client;
  dryRun: boolean;
  /** Of the components, groups or partitions here, each kind for itself, in percent: if more are not there any more, nothing is deleted. */
  deleteMaxPercent: number;
  /** Also those that are locked or reserved. */
  deleteHeld: boolean;
  /** Sent with each change. */
  headers: Record<string, string>;
  /** Is told what was not done, and why. */
  told: (text: string) => void;
  /** Is told each change that a dry run would make. */
  would: (text: string) => void;
}

/** What one pass did, or would have done. */
export interface Passed {
  added: number;
  changed: number;
  removed: number;
  /** Groups and partitions. */
  collections: number;
  /** Not done, each told with its reason. */
  left: number;
}

interface HsmStatus {
  ID: string;
  Locked: boolean;
  Reserved: boolean;
}

const root = '/hsm/v2';
/** Components, or ids, of one request: more would be a large one, which waits for others. */
const batchCount = 1_000;
/** Members that are added or removed by themselves; with more the group is made anew. */
const memberChangesMax = 200;
/** Of requests that may be repeated; about 8 s in all. */
const retries = 5;
const kinds = ['groups', 'partitions'] as const;
type Kind = (typeof kinds)[number];
const nouns = { groups: 'group', partitions: 'partition' } as const;

/**
 * Brings the inventory of Holdfast in step with that of an HSM, once. What is there already stays as it is, so it may be ended at any
 * point and run again. Throws ServerError where one of the two does not answer.
 */
export async function pass(options: PassOptions): Promise<Passed> {
  const there = await inventoryOf(options.from);
  const here = await inventoryOf(options.to);
  return new Pass(options, there, here).run();
}

async function inventoryOf(client: Client): Promise<Inventory> {
  const components = (await get(client, '/State/Components')) as { Components?: HsmComponent[] } | null;
  // An answer that is none must not look like an empty inventory.
  if (!Array.isArray(components?.Components)) throw new ServerError(`GET ${root}/State/Components: no Components`);
  const [groups, partitions] = [await get(client, '/groups'), await get(client, '/partitions')];
  if (!Array.isArray(groups) || !Array.isArray(partitions)) throw new ServerError(`GET ${root}/groups: no list`);
  return {
    components: components.Components,
    groups: groups.map(withoutNulls),
    partitions: partitions.map(withoutNulls),
  };
}

function get(client: Client, path: string): Promise<unknown> {
  return client.done('GET', `${root}${path}`, undefined, { retries });
}

class Pass {
  /** Of groups and partitions that are deleted and created, by path, how far that is. */
  #whole = new Map<string, 'to go' | 'gone' | 'stays'>();
  #passed: Passed = { added: 0, changed: 0, removed: 0, collections: 0, left: 0 };

  constructor(
    private readonly options: PassOptions,
    private readonly there: Inventory,
    private readonly here: Inventory,
  ) {}

  async run(): Promise<Passed> {
    const { known, strange } = keyed(this.there.components);
    for (const id of strange) this.#leave(`${id} is not a valid xname`);
    const own = keyed(this.here.components).known;
    const { added, changed, removed } = compareComponents(known, own);
    for (const { ID } of added) this.#would(`add ${ID}`);
    this.#passed.added = await this.#put(added);
    for (const one of changed) this.#would(`change ${one.ID}: ${componentChange(one, own.get(one.ID!)!)}`);
    this.#passed.changed = await this.#put(changed);
    const mayDelete = this.#mayDelete(removed, own.size);
    for (const kind of kinds) await this.#collections(kind, mayDelete);
    // Last, so that no group loses a member before it is told so.
    if (mayDelete) this.#passed.removed = await this.#remove(removed);
    return this.#passed;
  }

  #leave(why: string): void {
    this.#passed.left++;
    this.options.told(why);
  }

  /** What a dry run would do. */
  #would(text: string): void {
    if (this.options.dryRun) this.options.would(`would ${text}`);
  }

  #mayDelete(removed: readonly string[], all: number): boolean {
    const gone = new Set(removed);
    const losses = kinds.map((kind) => lossOf(nouns[kind], this.there[kind], this.here[kind], gone));
    const why = guard([{ noun: 'component', lost: gone.size, all }, ...losses], this.options.deleteMaxPercent);
    if (why !== null) this.#leave(why);
    return why === null;
  }

  /** How many were taken. One that is refused keeps no other back. */
  async #put(components: readonly HsmComponent[]): Promise<number> {
    let done = 0;
    for (let at = 0; at < components.length; at += batchCount) {
      done += await this.#putBatch(components.slice(at, at + batchCount));
    }
    return done;
  }

  async #putBatch(batch: readonly HsmComponent[]): Promise<number> {
    try {
      await this.#send('POST', '/State/Components', { Components: batch, Replace: true });
      return batch.length;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length === 1) {
        this.#leave(`${batch[0]!.ID}: ${error.message}`);
        return 0;
      }
      const half = Math.ceil(batch.length / 2);
      return (await this.#putBatch(batch.slice(0, half))) + (await this.#putBatch(batch.slice(half)));
    }
  }

  async #remove(xnames: readonly string[]): Promise<number> {
    let done = 0;
    for (let at = 0; at < xnames.length; at += batchCount) {
      const batch = xnames.slice(at, at + batchCount);
      const held = this.options.deleteHeld ? new Set() : await this.#held(batch);
      for (const xname of batch) {
        if (held.has(xname)) this.#leave(`${xname} is not there any more, but locked or reserved here: it stays`);
        else {
          this.#would(`delete ${xname}`);
          if (await this.#did(xname, 'DELETE', `/State/Components/${xname}`)) done++;
        }
      }
    }
    return done;
  }

  async #held(ids: readonly string[]): Promise<Set<string>> {
    const { status, body } = await this.options.to.call(
      'POST',
      `${root}/locks/status`,
      { ComponentIDs: ids },
      { retries },
    );
    const { Components, detail } = (body ?? {}) as { Components?: HsmStatus[]; detail?: string };
    if (status === 200 && Components !== undefined) {
      return new Set(Components.filter((one) => one.Locked || one.Reserved).map(({ ID }) => ID));
    }
    // None of them is here any more. Whatever else comes must not pass for none that is held.
    if (status === 400 && detail === 'Component not found') return new Set();
    throw new ServerError(`POST ${root}/locks/status: ${status} ${detail ?? ''}`, 'unreachable');
  }

  async #collections(kind: Kind, mayDelete: boolean): Promise<void> {
    const [there, here] = [this.there[kind], this.here[kind]];
    const { added, changed: all, removed } = compareCollections(there, here);
    const own = new Map(here.map((one) => [nameOf(one).toLowerCase(), one]));
    const before = (one: HsmCollection) => own.get(nameOf(one).toLowerCase())!;
    // What lost all of its members is kept as what is gone.
    const changed = all.filter((one) => mayDelete || !isEmptied(one, before(one)));
    const noun = nouns[kind];
    for (const name of mayDelete ? removed : []) this.#would(`delete ${noun} ${name}`);
    for (const one of changed) this.#would(`change ${noun} ${nameOf(one)}: ${collectionChange(one, before(one))}`);
    for (const one of added) this.#would(`add ${noun} ${nameOf(one)}: ${collectionChange(one, {})}`);
    let done = 0;
    // First what goes, as a component is in one partition, and in one group of those that exclude each other.
    for (const name of mayDelete ? removed : []) {
      if (await this.#did(name, 'DELETE', this.#path(kind, name))) done++;
    }
    for (const phase of ['removed', 'added'] as const) {
      for (const one of changed) {
        if ((await this.#change(kind, one, before(one), phase)) && phase === 'added') done++;
      }
    }
    for (const one of added) if (await this.#did(nameOf(one), 'POST', `/${kind}`, one)) done++;
    this.#passed.collections += done;
  }

  /** Member by member, as a group that is gone for a moment fits no selection; where that cannot be, deleted and created. */
  async #change(kind: Kind, to: HsmCollection, before: HsmCollection, phase: 'removed' | 'added'): Promise<boolean> {
    const [wanted, had] = [new Set(membersOf(to)), new Set(membersOf(before))];
    const [less, more] = [[...had].filter((id) => !wanted.has(id)), [...wanted].filter((id) => !had.has(id))];
    const path = this.#path(kind, nameOf(before));
    if (less.length + more.length > memberChangesMax || excludes(to) !== excludes(before))
      this.#whole.set(path, 'to go');
    if (this.#whole.has(path)) return this.#anew(kind, to, before, phase);
    try {
      if (phase === 'removed') {
        for (const id of less) await this.#send('DELETE', `${path}/members/${id}`);
        return true;
      }
      for (const id of more) await this.#send('POST', `${path}/members`, { id });
      const { description, tags } = to;
      if (describedAs(to) !== describedAs(before))
        await this.#send('PATCH', path, { description: description ?? '', tags: tags ?? [] });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Somebody changed it meanwhile, or here is an older Holdfast or a log of a lower level, which know whole ones only.
      if (/: 404 |level raise/.test(error.message)) {
        this.#whole.set(path, 'to go');
        return this.#anew(kind, to, before, phase);
      }
      this.#leave(`${nameOf(to)}: ${error.message}`);
      return false;
    }
  }

  /**
   * Goes with all else that goes, as two of an exclusive set may have changed members with each other. Where the new one is refused,
   * the old one comes back.
   */
  async #anew(kind: Kind, to: HsmCollection, before: HsmCollection, phase: 'removed' | 'added'): Promise<boolean> {
    const name = nameOf(to);
    const path = this.#path(kind, nameOf(before));
    const state = this.#whole.get(path);
    if (state === 'stays') return false;
    if (state !== 'gone') {
      const goes = (await this.#fits(kind, to)) && (await this.#did(name, 'DELETE', path));
      this.#whole.set(path, goes ? 'gone' : 'stays');
      if (!goes) return false;
    }
    if (phase === 'removed' || (await this.#did(name, 'POST', `/${kind}`, to))) return true;
    await this.#did(name, 'POST', `/${kind}`, before);
    return false;
  }

  /** Whether the level of the log here has room for it: asked while its name is taken, so that none goes for one that cannot come. */
  async #fits(kind: Kind, to: HsmCollection): Promise<boolean> {
    try {
      await this.#send('POST', `/${kind}`, to);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!error.message.includes('level raise')) return true;
      this.#leave(`${nameOf(to)}: ${error.message}`);
      return false;
    }
    return true;
  }

  #path(kind: Kind, name: string): string {
    return `/${kind}/${encodeURIComponent(name)}`;
  }

  /** False where it was refused, which is told. */
  async #did(what: string, method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      await this.#send(method, path, body);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#leave(`${what}: ${error.message}`);
      return false;
    }
  }

  async #send(method: string, path: string, body?: unknown): Promise<void> {
    const { dryRun, to, headers } = this.options;
    if (!dryRun) await to.done(method, `${root}${path}`, body, { retries, headers });
  }
}

/** What comes back by itself: nobody answers, or a fault of who does, such as hms-smd has where its database is away. */
export function comesBack(error: unknown): boolean {
  return error instanceof ServerError && (error.code === 'unreachable' || /: 5\d\d /.test(error.message));
}

/** By the server, of this request; whoever may not ask at all need not go on. */
function isRefusal(error: unknown): error is ServerError {
  return error instanceof ServerError && error.code !== 'unreachable' && !/: 40[13] /.test(error.message);
}
