/** The values of a statement whose `$1` is the shard. `value` adds one, and gives its place. */
export function bindings(): { values: (string | number)[]; value: Bind } {
  const values: (string | number)[] = [];
  return { values, value: (one) => `$${values.push(one) + 1}` };
}

export type Bind = (one: string | number) => string;
