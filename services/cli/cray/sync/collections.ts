import { type Changes, isRefusal } from './changes.js';
import {
  byKey,
  compareCollections,
  describedAs,
  excludes,
  type HsmCollection,
  keyOf,
  membersOf,
  nameOf,
} from './compare.js';
import { keepingMembers } from './guard.js';
import { collectionChange } from './words.js';

/** Members that are added or removed by themselves; with more the group is made anew. */
const memberChangesMax = 200;
export const kinds = ['groups', 'partitions'] as const;
export type Kind = (typeof kinds)[number];
export const nouns = { groups: 'group', partitions: 'partition' } as const;

/** The groups and partitions of one pass. */
export class CollectionChanges {
  /** Of those that are deleted and created, by path, how far that is. */
  #whole = new Map<string, 'to go' | 'gone' | 'stays'>();

  constructor(private readonly changes: Changes) {}

  /**
   * Brings those of a kind in step. Where nothing may be deleted, none is, and none loses a member. How many changed.
   */
  async run(
    kind: Kind,
    there: readonly HsmCollection[],
    here: readonly HsmCollection[],
    mayDelete: boolean,
  ): Promise<number> {
    const own = byKey(here);
    const before = (one: HsmCollection) => own.get(keyOf(one))!;
    const wanted = mayDelete ? there : there.map((one) => keepingMembers(one, own.get(keyOf(one))));
    const { added, changed, removed } = compareCollections(wanted, here);
    const noun = nouns[kind];
    for (const name of mayDelete ? removed : []) this.changes.would(`delete ${noun} ${name}`);
    for (const one of changed)
      this.changes.would(`change ${noun} ${nameOf(one)}: ${collectionChange(one, before(one))}`);
    for (const one of added) this.changes.would(`add ${noun} ${nameOf(one)}: ${collectionChange(one, {})}`);
    let done = 0;
    // First what goes, as a component is in one partition, and in one group of those that exclude each other.
    for (const name of mayDelete ? removed : []) {
      if (await this.changes.did(name, 'DELETE', this.#path(kind, name))) done++;
    }
    for (const phase of ['removed', 'added'] as const) {
      for (const one of changed) {
        if ((await this.#change(kind, one, before(one), phase)) && phase === 'added') done++;
      }
    }
    for (const one of added) if (await this.changes.did(nameOf(one), 'POST', `/${kind}`, one)) done++;
    return done;
  }

  /**
   * Member by member, as a group that is gone for a moment fits no selection; where that cannot be, deleted and
   * created.
   */
  async #change(kind: Kind, to: HsmCollection, before: HsmCollection, phase: 'removed' | 'added'): Promise<boolean> {
    const [wanted, had] = [new Set(membersOf(to)), new Set(membersOf(before))];
    const [less, more] = [[...had].filter((id) => !wanted.has(id)), [...wanted].filter((id) => !had.has(id))];
    const path = this.#path(kind, nameOf(before));
    if (less.length + more.length > memberChangesMax || excludes(to) !== excludes(before))
      this.#whole.set(path, 'to go');
    if (this.#whole.has(path)) return this.#anew(kind, to, before, phase);
    try {
      if (phase === 'removed') {
        for (const id of less) await this.changes.send('DELETE', `${path}/members/${id}`);
        return true;
      }
      for (const id of more) await this.changes.send('POST', `${path}/members`, { id });
      const { description, tags } = to;
      if (describedAs(to) !== describedAs(before))
        await this.changes.send('PATCH', path, { description: description ?? '', tags: tags ?? [] });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Somebody changed it meanwhile, or here is an older Holdfast or a log of a lower level, which know whole ones
      // only.
      if (/: 404 |level raise/.test(error.message)) {
        this.#whole.set(path, 'to go');
        return this.#anew(kind, to, before, phase);
      }
      this.changes.leave(`${nameOf(to)}: ${error.message}`);
      return false;
    }
  }

  /**
   * Goes with all else that goes, as two of an exclusive set may have changed members with each other. Where the new
   * one is refused, the old one comes back.
   */
  async #anew(kind: Kind, to: HsmCollection, before: HsmCollection, phase: 'removed' | 'added'): Promise<boolean> {
    const name = nameOf(to);
    const path = this.#path(kind, nameOf(before));
    const state = this.#whole.get(path);
    if (state === 'stays') return false;
    if (state !== 'gone') {
      const goes = (await this.#fits(kind, to)) && (await this.changes.did(name, 'DELETE', path));
      this.#whole.set(path, goes ? 'gone' : 'stays');
      if (!goes) return false;
    }
    if (phase === 'removed' || (await this.changes.did(name, 'POST', `/${kind}`, to))) return true;
    await this.changes.did(name, 'POST', `/${kind}`, before);
    return false;
  }

  /**
   * Whether the level of the log here has room for it: asked while its name is taken, so that none goes for one that
   * cannot come.
   */
  async #fits(kind: Kind, to: HsmCollection): Promise<boolean> {
    try {
      await this.changes.send('POST', `/${kind}`, to);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!error.message.includes('level raise')) return true;
      this.changes.leave(`${nameOf(to)}: ${error.message}`);
      return false;
    }
    return true;
  }

  #path(kind: Kind, name: string): string {
    return `/${kind}/${encodeURIComponent(name)}`;
  }
}
