import releases from './standard-traits.json' with { type: 'json' };

/*
 * The traits that every Placement has: those of os-traits, in its order. What is decided depends on them, so a list
 * that has landed stays, and what a later release of os-traits adds is a further entry, with the level of the log from
 * which on it counts. `test/modules/placement/conformance/standard_traits.py` writes it. What a release takes away
 * stays, as it does in the real one.
 */

/** From which level on each is one. */
const levels = new Map(releases.flatMap(({ level, traits }) => traits.map((name) => [name, level] as const)));

export const standardTraits: readonly string[] = [...levels.keys()];

/** Whether it is one in a log of a level; where none is given, in any. */
export function isStandardTrait(name: string, level = Number.POSITIVE_INFINITY): boolean {
  const since = levels.get(name);
  return since !== undefined && level >= since;
}
