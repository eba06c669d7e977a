/** A path that requests of a module begin with, which the address of a server must not end with. */
export interface BasePath {
  path: string;
  /**
   * Whether a token is wanted there before a path is looked for, so that one that is not there looks like one that
   * needs one.
   */
  tokenFirst?: boolean;
}

const known: BasePath[] = [{ path: '/audit' }, { path: '/admin' }, { path: '/docs' }];

/** As the modules are listed: what talks to a server is a part of them, and cannot ask the list. */
export function addBasePaths(paths: readonly BasePath[]): void {
  known.push(...paths);
  // The longest that another one ends with comes before it.
  known.sort((a, b) => b.path.length - a.path.length);
}

export function ownPaths(): readonly BasePath[] {
  return known;
}

/** The one that an address ends with, if any. */
export function ownPathOf({ pathname }: URL): BasePath | null {
  const path = pathname.replace(/\/$/, '');
  return known.find((own) => path.endsWith(own.path)) ?? null;
}
