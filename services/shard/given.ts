type WithoutUndefined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Options without those that are not given, which then have their default. */
export function given<T extends object>(options: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as WithoutUndefined<T>;
}
