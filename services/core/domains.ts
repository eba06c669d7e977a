/**
 * Where the ids of a module's resources are the shard's only ones. Events name no domain yet: each is of this one of
 * its module, and no other has a state. SPEC rule 1.
 */
export function domainOf(module: string): string {
  return `${module}/default`;
}

/** `m` of `m.ThingMade`. */
export function moduleOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}

/** `m` of `m/default`. */
export function moduleOfDomain(domain: string): string {
  return domain.slice(0, domain.indexOf('/'));
}
