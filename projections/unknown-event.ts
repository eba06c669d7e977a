/**
 * An event of a type that a projection neither uses nor ignores on purpose: it was written by a newer Holdfast. Going on
 * would leave rows that are wrong in silence.
 */
export class UnknownEventError extends Error {
  constructor(
    readonly type: string,
    /** Of the group that has it: position of its last record. */
    readonly position: number | null = null,
  ) {
    const where = position === null ? '' : ` in the group that ends at position ${position}`;
    super(`no projection knows the event type ${type}${where}: start the Holdfast that wrote it, or a newer one`);
    this.name = 'UnknownEventError';
  }
}

/** For the end of a switch over the types of events. */
export function unknownEvent(event: never): never {
  throw new UnknownEventError((event as { type: string }).type);
}
