import { ApiError } from './errors.js';

/**
 * Follows a body, byte by byte, and knows the members of the objects that it is in. One that comes twice in an object
 * is refused: of two values, whoever reads it would have to guess which is meant, and parsers guess differently (RFC
 * 8259, section 4). Each is looked up once, so it takes as long as the body is.
 */
export class MemberNames {
  #depth = 0;
  /** Of each object that is open, by how deep it is; null: a list. The sets are used again. */
  #open: (Set<string> | null)[] = [null];
  #sets: Set<string>[] = [];
  /** Whether the next string is a member's name. */
  #nameNext = false;

  /** `isShown`: which names an error may repeat. */
  constructor(
    private readonly body: Buffer,
    private readonly isShown: RegExp,
  ) {}

  opened(isObject: boolean): void {
    this.#depth++;
    this.#nameNext = isObject;
    if (isObject) {
      const names = this.#sets[this.#depth] ?? new Set<string>();
      if (names.size > 0) names.clear();
      this.#sets[this.#depth] = names;
      this.#open[this.#depth] = names;
    } else this.#open[this.#depth] = null;
  }

  closed(): void {
    this.#depth--;
    this.#nameNext = false;
  }

  comma(): void {
    this.#nameNext = this.#depth > 0 && this.#open[this.#depth] !== null;
  }

  /**
   * A string between these places, without its quotes. Throws ApiError `bad-request` where it is a member's name for
   * the second time.
   */
  string(from: number, to: number): void {
    if (!this.#nameNext) return;
    this.#nameNext = false;
    const names = this.#open[this.#depth]!;
    const before = names.size;
    names.add(this.#nameAt(from, to));
    if (names.size > before) return;
    const name = this.body.toString('utf8', from, to);
    const shown = this.isShown.test(name) ? `The member ${name}` : 'A member';
    throw new ApiError(
      'bad-request',
      `${shown} is given more than once in an object of the body, again at byte ${from - 1}`,
    );
  }

  /** Its bytes as text, so that names are equal where these are: however they are escaped. */
  #nameAt(from: number, to: number): string {
    const name = this.body.toString('latin1', from, to);
    if (!name.includes('\\')) return name;
    try {
      return Buffer.from(JSON.parse(`"${this.body.toString('utf8', from, to)}"`) as string).toString('latin1');
    } catch {
      // It is no JSON, and that is said when it is read.
      return name;
    }
  }
}
