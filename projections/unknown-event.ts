/** Thrown on an event of a type that a projection neither uses nor ignores on purpose: a newer Holdfast wrote it. */
export class UnknownEventError extends Error {
  constructor(readonly type: string) {
    super(`no projection knows the event type ${type}`);
    this.name = 'UnknownEventError';
  }
}

/** For the end of a switch over the types of events. */
export function unknownEvent(event: never): never {
  throw new UnknownEventError((event as { type: string }).type);
}
