/*
 * How a module says what readers of the audit see of its events: an allow-list for each type, down to the last field. A
 * new type or field does not compile until somebody has decided on it, and what a list does not name is not seen.
 */

/** What is decided on a field that holds no others. */
export type Shown = 'shown' | 'withheld';

/** On a list, it is on each of its items; on an object, on each of its fields, or that all of it is withheld. */
export type ShownValue<V> = [Extract<V, object>] extends [never]
  ? Shown
  : 'withheld' | (Extract<V, object> extends readonly (infer I)[] ? ShownValue<I> : ShownFields<Extract<V, object>>);

export type ShownFields<T> = { readonly [F in keyof T]-?: ShownValue<T[F]> };

/** What a module's list is: each `satisfies ShownEvents<...>` of its own events. */
export type ShownEvents<E extends { type: string }> = {
  readonly [T in E['type']]: ShownFields<Omit<Extract<E, { type: T }>, 'type'>>;
};

/** A value without what a list withholds. */
export type ShownOf<V, S> = V extends readonly (infer I)[]
  ? ShownOf<I, S>[]
  : V extends object
    ? {
        [F in keyof V as F extends keyof S ? (S[F] extends 'withheld' ? never : F) : never]: ShownOf<
          V[F],
          S[F & keyof S]
        >;
      }
    : V;

/** A list as it is looked at: whatever it is on. */
export interface FieldsShown {
  readonly [field: string]: Shown | FieldsShown;
}

/**
 * What may be seen of a value: undefined where nothing may. Where a list says `shown` of what holds fields, it does not
 * know them, and nothing may be seen. Pure.
 */
export function shownPart(shown: Shown | FieldsShown, value: unknown): unknown {
  if (shown === 'withheld') return undefined;
  if (Array.isArray(value)) return value.map((item) => shownPart(shown, item)).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  if (shown === 'shown') return undefined;
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const part = Object.hasOwn(shown, name) ? shownPart(shown[name]!, field) : undefined;
    return part === undefined ? [] : [[name, part] as const];
  });
  return Object.fromEntries(fields);
}
