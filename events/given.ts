import type { Event } from './messages.js';
import type { Given } from './module.js';
import { messageSets } from './modules.js';
import type { ShardSecret } from './secret.js';

/** What each module's decider is given, by the module's name. */
export type Givens = Readonly<Record<string, unknown>>;

const all = messageSets.map<readonly [name: string, Given<unknown>]>(({ name, given }) => [name, given]);

/** To decide. */
export function givensOf(secret: ShardSecret): Givens {
  return Object.fromEntries(all.map(([name, { of }]) => [name, of(secret)]));
}

/** Only to fold events, which hold all that there is to know. */
export function givensToFold(): Givens {
  return Object.fromEntries(all.map(([name, { toFold }]) => [name, toFold]));
}

/** As the events of a log have it, to decide again what was decided with a secret that is not at hand. */
export function recordedGivens(): { givens: Givens; take(events: readonly Event[]): void } {
  const each = all.map(([name, { recorded }]) => [name, recorded()] as const);
  return {
    givens: Object.fromEntries(each.map(([name, { given }]) => [name, given])),
    take(events) {
      for (const [, { take }] of each) take(events);
    },
  };
}
