import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fuseMissing, type Namespace } from './namespaces.js';

/** A way to reach one directory by two paths. */
export interface TwoPaths {
  name: string;
  /** Why it cannot be had here, or null. */
  missing: string | null;
  /** Whether a lock of the kernel is not known to reach from one to the other, so that a takeover waits. */
  waits: boolean;
  /** Whether the service must be told to take it. */
  network: boolean;
  /** Gives the two for a directory that is there. */
  reach(home: string): Promise<[string, string]>;
}

/** The ways, by mounts in a namespace that is made before they are asked for. */
export function waysToOneDirectory(space: () => Namespace): TwoPaths[] {
  async function twice(home: string, mount: (to: string) => Promise<void>): Promise<[string, string]> {
    const names = [`${home}-one`, `${home}-two`] as const;
    for (const name of names) await mount(name);
    return [space().outside(names[0]), space().outside(names[1])];
  }
  return [
    { name: 'by one path', missing: null, waits: false, network: false, reach: async (home) => [home, home] },
    {
      name: 'by two bind mounts',
      missing: null,
      waits: false,
      network: false,
      reach: (home) => twice(home, (to) => space().bind(home, to)),
    },
    {
      name: 'by two overlays',
      missing: null,
      waits: true,
      network: false,
      reach: (home) =>
        twice(home, async (to) => {
          await Promise.all([mkdir(`${to}-lower`), mkdir(`${to}-work`)]);
          await space().overlay({ lower: `${to}-lower`, upper: home, work: `${to}-work` }, to);
        }),
    },
    {
      name: 'by two FUSE mounts',
      missing: fuseMissing(),
      waits: true,
      network: true,
      reach: (home) => twice(home, (to) => space().fuse(home, to)),
    },
  ];
}

/** Removes the lock files, again and again, as one who tidies up. The result ends that, and gives how many went. */
export function removeLockFiles(directories: string[]): () => Promise<number> {
  let ended = false;
  let removed = 0;
  const running = (async () => {
    while (!ended) {
      const directory = directories[Math.floor(Math.random() * directories.length)]!;
      for (const name of await readdir(directory).catch(() => [])) {
        if (!/^lock|-lock$/.test(name)) continue;
        const went = await rm(join(directory, name)).then(
          () => 1,
          () => 0,
        );
        removed += went;
      }
      await sleep(Math.random() * 150);
    }
  })();
  return async () => {
    ended = true;
    await running;
    return removed;
  };
}
