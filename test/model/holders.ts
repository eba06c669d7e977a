import { type Command, type Event, moduleOf } from '@holdfast/events';
import { testModules } from '../modules.js';
import type { Holds, Wholes } from './holds.js';

/** A module whose resources are held. It is asked of its own messages alone. */
export type Holder = Holds & { name: string };

export const holders: readonly Holder[] = testModules.flatMap(({ name, holds }) =>
  holds === null ? [] : [holderOf(name, holds)],
);

function holderOf(name: string, holds: Holds): Holder {
  const isOwn = ({ type }: Command | Event) => moduleOf(type) === name;
  return {
    name,
    changeOf: (event) => (isOwn(event) ? holds.changeOf(event) : null),
    gone: (event) => (isOwn(event) ? holds.gone(event) : null),
    renewals: (command) => (isOwn(command) ? holds.renewals(command) : []),
  };
}

/** Undefined: none that this module's requests are bound by. */
export function wholesOf({ type }: Command): Wholes | undefined {
  return testModules.find(({ name }) => name === moduleOf(type))?.wholes ?? undefined;
}
