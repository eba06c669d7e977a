import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why mounts cannot be made to test with, or null. With HOLDFAST_REQUIRE_NAMESPACES=1 that is a failure instead. */
export function namespacesMissing(): string | null {
  const why = works('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'])
    ? null
    : 'no mounts in a namespace of its own (unshare --mount, as root on Linux)';
  return required(why);
}

/** Why a FUSE file system cannot be mounted to test with, or null; required alike. */
export function fuseMissing(): string | null {
  return namespacesMissing() ?? required(works('bindfs', ['--version']) ? null : 'no bindfs to make FUSE mounts with');
}

/**
 * A mount namespace: what is mounted in it, nobody else sees, and it goes with the last process in it. Paths that are
 * mounted on are made where they are missing.
 */
export interface Namespace {
  /** A command as it is run in here, program first. */
  enter(command: string[]): string[];
  /** Runs a shell script in here and gives what it printed; rejects with its errors. */
  sh(script: string): Promise<string>;
  /** Where this process reaches what is at an absolute path in here. */
  outside(path: string): string;
  /** A file system in memory. */
  tmpfs(at: string, megabytes: number): Promise<void>;
  /**
   * A file system with a journal, in the file `at`.img: it can be frozen, and shut for writing while files are open.
   */
  ext4(at: string, megabytes: number): Promise<void>;
  /** A directory under another name. */
  bind(from: string, at: string): Promise<void>;
  /** What is in `lower` with changes in `upper`; `work` is empty and on the file system of `upper`. */
  overlay(layers: { lower: string; upper: string; work: string }, at: string): Promise<void>;
  /** A directory under another name, through a process that passes everything on. */
  fuse(from: string, at: string): Promise<void>;
  /** Ends what keeps it. End first what was started in it. */
  close(): Promise<void>;
}

export async function createNamespace(): Promise<Namespace> {
  // It waits for the end of its input, which comes at the latest with the end of this process.
  const keeper = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', 'echo made; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(keeper, 'exit');
  await Promise.race([once(keeper.stdout, 'data'), exited.then(() => Promise.reject(new Error('unshare failed')))]);
  const enter = (command: string[]) => ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`, '--', ...command];
  const inside = async (...command: string[]) => {
    const [program, ...args] = enter(command);
    return (await run(program!, args)).stdout;
  };
  const mount = async (at: string, ...args: string[]) => {
    await mkdir(outside(at), { recursive: true });
    await inside(...args, at);
  };
  const outside = (path: string) => `/proc/${keeper.pid}/root${path}`;
  const mounted: string[] = [];
  return {
    enter,
    outside,
    sh: (script) => inside('sh', '-c', script),
    tmpfs: (at, megabytes) => mount(at, 'mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs'),
    async ext4(at, megabytes) {
      await inside('sh', '-c', `truncate -s ${megabytes}M ${at}.img && mkfs.ext4 -q -F -m 0 ${at}.img`);
      await mount(at, 'mount', '-o', 'loop', `${at}.img`);
    },
    bind: (from, at) => mount(at, 'mount', '--bind', from),
    overlay: ({ lower, upper, work }, at) =>
      mount(at, 'mount', '-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'overlay'),
    async fuse(from, at) {
      await mount(at, 'bindfs', from);
      mounted.push(at);
    },
    async close() {
      // Its process lives until its mount is gone.
      for (const at of mounted) await inside('umount', '--lazy', at);
      keeper.stdin.end();
      await exited;
    },
  };
}

function required(why: string | null): string | null {
  if (why !== null && process.env.HOLDFAST_REQUIRE_NAMESPACES === '1') throw new Error(why);
  return why;
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
