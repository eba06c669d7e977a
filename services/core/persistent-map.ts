/**
 * An immutable map with text keys: a hash array mapped trie.
 *
 * The processor keeps the accepted state and several that run ahead of it at once, and throws the latter away by
 * dropping a reference. Copying a Map of 100,000 components for each command would cost milliseconds; here a change
 * copies a path of at most seven small nodes, about a microsecond.
 */
export class PersistentMap<V> {
  static readonly #none = new PersistentMap<never>(null, 0);

  static empty<V>(): PersistentMap<V> {
    return PersistentMap.#none;
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  private constructor(
    private readonly root: Node<V> | null,
    readonly size: number,
  ) {}

  get(key: string): V | undefined {
    let node = this.root;
    let hash = hashOf(key);
    while (node !== null) {
      if (node.kind === 'leaf') return node.key === key ? node.value : undefined;
      if (node.kind === 'clash') return node.leaves.find((leaf) => leaf.key === key)?.value;
      const bit = 1 << (hash & mask);
      if ((node.bitmap & bit) === 0) return undefined;
      node = node.children[countBits(node.bitmap & (bit - 1))]!;
      hash >>>= width;
    }
    return undefined;
  }

  /** Values are never undefined. */
  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const leaf: Leaf<V> = { kind: 'leaf', hash: hashOf(key), key, value };
    if (this.root === null) return new PersistentMap<V>(leaf, 1);
    const added = this.has(key) ? 0 : 1;
    return new PersistentMap(insert(this.root, leaf, 0), this.size + added);
  }

  delete(key: string): PersistentMap<V> {
    if (this.root === null || !this.has(key)) return this;
    return new PersistentMap(remove(this.root, key, hashOf(key), 0), this.size - 1);
  }

  /** In no order that means anything, but the same for maps built by the same steps. */
  entries(): [string, V][] {
    return [...this.each()];
  }

  values(): V[] {
    return Array.from(leavesOf(this.root), ({ value }) => value);
  }

  keys(): string[] {
    return Array.from(leavesOf(this.root), ({ key }) => key);
  }

  /** As entries, one by one, for whoever lets others have their turn: 100,000 at once take some 50 ms. */
  *each(): Generator<[string, V]> {
    for (const { key, value } of leavesOf(this.root)) yield [key, value];
  }
}

/** Bits of the hash that one level uses. */
const width = 5;
const mask = 31;
/** From here on keys hash alike. */
const deepest = 35;

interface Leaf<V> {
  kind: 'leaf';
  hash: number;
  key: string;
  value: V;
}
interface Branch<V> {
  kind: 'branch';
  bitmap: number;
  children: Node<V>[];
}
interface Clash<V> {
  kind: 'clash';
  leaves: Leaf<V>[];
}
type Node<V> = Leaf<V> | Branch<V> | Clash<V>;

function insert<V>(node: Node<V>, leaf: Leaf<V>, shift: number): Node<V> {
  if (node.kind === 'clash') {
    return { kind: 'clash', leaves: [...node.leaves.filter(({ key }) => key !== leaf.key), leaf] };
  }
  if (node.kind === 'leaf') {
    if (node.key === leaf.key) return leaf;
    if (shift >= deepest) return { kind: 'clash', leaves: [node, leaf] };
    const alone: Branch<V> = { kind: 'branch', bitmap: 1 << ((node.hash >>> shift) & mask), children: [node] };
    return insert(alone, leaf, shift);
  }
  const bit = 1 << ((leaf.hash >>> shift) & mask);
  const index = countBits(node.bitmap & (bit - 1));
  const children = node.children.slice();
  if ((node.bitmap & bit) === 0) {
    children.splice(index, 0, leaf);
    return { kind: 'branch', bitmap: node.bitmap | bit, children };
  }
  children[index] = insert(children[index]!, leaf, shift + width);
  return { kind: 'branch', bitmap: node.bitmap, children };
}

/** The node without a key that it holds; null when nothing is left. */
function remove<V>(node: Node<V>, key: string, hash: number, shift: number): Node<V> | null {
  if (node.kind === 'leaf') return null;
  if (node.kind === 'clash') {
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    return leaves.length === 1 ? leaves[0]! : { kind: 'clash', leaves };
  }
  const bit = 1 << ((hash >>> shift) & mask);
  const index = countBits(node.bitmap & (bit - 1));
  const child = remove(node.children[index]!, key, hash, shift + width);
  if (child === null) {
    if (node.children.length === 1) return null;
    const children = node.children.filter((_, n) => n !== index);
    if (children.length === 1 && children[0]!.kind === 'leaf') return children[0]!;
    return { kind: 'branch', bitmap: node.bitmap & ~bit, children };
  }
  if (child.kind === 'leaf' && node.children.length === 1) return child;
  const children = node.children.slice();
  children[index] = child;
  return { kind: 'branch', bitmap: node.bitmap, children };
}

function* leavesOf<V>(root: Node<V> | null): Generator<Leaf<V>> {
  const ahead = root === null ? [] : [root];
  for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
    if (node.kind === 'leaf') yield node;
    else if (node.kind === 'clash') yield* node.leaves;
    else for (let n = node.children.length - 1; n >= 0; n--) ahead.push(node.children[n]!);
  }
}

/** FNV-1a, 32 bits. Keys are ids, which are checked before they come here, and names that operators give. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function countBits(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
