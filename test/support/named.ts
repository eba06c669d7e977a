/** A list with this one in the place of whatever has its name: also of itself, where it is built in. */
export function withNamed<T extends { name: string }, One extends T>(list: readonly T[], one: One): T[] {
  return [...list.filter(({ name }) => name !== one.name), one];
}
