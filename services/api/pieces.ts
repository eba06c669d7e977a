import { Readable } from 'node:stream';
import { utf8 } from '@holdfast/events/bytes';
import { apiLimits } from './limits.js';

/**
 * A text that is made bit by bit, in UTF-8: in pieces, as that of a whole fleet in one would be there up to three times
 * before it is sent.
 */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #text = '';

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= apiLimits.answerPieceBytes) this.#cut();
  }

  end(): Uint8Array[] {
    if (this.#text !== '') this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    this.#pieces.push(...inPieces(utf8(this.#text)));
    this.#text = '';
  }
}

export function inPieces(bytes: Uint8Array): Uint8Array[] {
  const { answerPieceBytes: size } = apiLimits;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

/** A large answer. It shows what a client has taken: a piece goes when there is room for it. */
export class AnswerPieces extends Readable {
  readonly bytes: number;
  #next = 0;

  constructor(private readonly pieces: readonly Uint8Array[]) {
    super();
    this.bytes = pieces.reduce((bytes, { length }) => bytes + length, 0);
  }

  override _read(): void {
    this.push(this.pieces[this.#next++] ?? null);
  }
}
