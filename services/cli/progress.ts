/** How far something long has come, told in words. */
export class Progress {
  readonly #began: number;
  #from: number;

  /** `from`: where it goes on from; `of`: where it ends. `now` is in milliseconds. */
  constructor(
    from: number,
    readonly of: number,
    now: number,
  ) {
    this.#from = from;
    this.#began = now;
  }

  /** E.g. `1,200,000 of 5,000,000 (310,000 a second, 12 s left)`. */
  tell(at: number, now: number): string {
    const whole = (count: number) => Math.floor(count).toLocaleString('en');
    const seconds = (now - this.#began) / 1_000;
    const rate = (at - this.#from) / seconds;
    const pace =
      rate > 0 && at < this.of ? ` (${whole(rate)} a second, ${whole(Math.ceil((this.of - at) / rate))} s left)` : '';
    return `${whole(at)} of ${whole(this.of)}${pace}`;
  }
}
