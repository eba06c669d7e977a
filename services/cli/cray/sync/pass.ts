import { type Client, ServerError } from '../../client.js';
import { Changes, type ChangesOptions, isRefusal, retries, root } from './changes.js';
import { CollectionChanges, kinds, nouns } from './collections.js';
import { compareComponents, type HsmComponent, type HsmInventory, keyed, withoutNulls } from './compare.js';
import { guard, lossesOf } from './guard.js';
import { componentChange } from './words.js';

export interface PassOptions extends ChangesOptions {
  from: Client;
  /**
   * Of the components, groups, partitions and their members here, each kind for itself, in percent: if more are not
   * there any more, nothing is deleted.
   */
  deleteMaxPercent: number;
  /** Also those that are locked or reserved. */
  deleteHeld: boolean;
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

/** Components, or ids, of one request: more would be a large one, which waits for others. */
const batchCount = 1_000;

/**
 * Brings the inventory of Holdfast in step with that of an HSM, once. What is there already stays as it is, so it may
 * be ended at any point and run again. Throws ServerError where one of the two does not answer.
 */
export async function pass(options: PassOptions): Promise<Passed> {
  const there = await inventoryOf(options.from);
  const here = await inventoryOf(options.to);
  return new Pass(options, there, here).run();
}

async function inventoryOf(client: Client): Promise<HsmInventory> {
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
  readonly #changes: Changes;

  constructor(
    private readonly options: PassOptions,
    private readonly there: HsmInventory,
    private readonly here: HsmInventory,
  ) {
    this.#changes = new Changes(options);
  }

  async run(): Promise<Passed> {
    const { known, strange } = keyed(this.there.components);
    for (const id of strange) this.#changes.leave(`${id} is not a valid xname`);
    const own = keyed(this.here.components).known;
    const { added, changed, removed } = compareComponents(known, own);
    for (const { ID } of added) this.#changes.would(`add ${ID}`);
    const addedCount = await this.#put(added);
    for (const one of changed) this.#changes.would(`change ${one.ID}: ${componentChange(one, own.get(one.ID!)!)}`);
    const changedCount = await this.#put(changed);
    const mayDelete = this.#mayDelete(removed, own.size);
    const changes = new CollectionChanges(this.#changes);
    let collections = 0;
    for (const kind of kinds) collections += await changes.run(kind, this.there[kind], this.here[kind], mayDelete);
    // Last, so that no group loses a member before it is told so.
    const removedCount = mayDelete ? await this.#remove(removed) : 0;
    const { left } = this.#changes;
    return { added: addedCount, changed: changedCount, removed: removedCount, collections, left };
  }

  #mayDelete(removed: readonly string[], all: number): boolean {
    const gone = new Set(removed);
    const losses = kinds.flatMap((kind) => lossesOf(nouns[kind], this.there[kind], this.here[kind], gone));
    const why = guard([{ noun: 'component', lost: gone.size, all }, ...losses], this.options.deleteMaxPercent);
    if (why !== null) this.#changes.leave(why);
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
      await this.#changes.send('POST', '/State/Components', { Components: batch, Replace: true });
      return batch.length;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length === 1) {
        this.#changes.leave(`${batch[0]!.ID}: ${error.message}`);
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
        if (held.has(xname))
          this.#changes.leave(`${xname} is not there any more, but locked or reserved here: it stays`);
        else {
          this.#changes.would(`delete ${xname}`);
          if (await this.#changes.did(xname, 'DELETE', `/State/Components/${xname}`)) done++;
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
}
