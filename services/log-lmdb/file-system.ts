import { statfs } from 'node:fs/promises';

/*
 * What a file system's kind tells about locks and maps of files, by the number that statfs(2) gives (Linux:
 * include/uapi/linux/magic.h).
 */
const local = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x2fc12fc1, 'ZFS'],
  [0xf2f52010, 'F2FS'],
  [0xca451a4e, 'bcachefs'],
]);
const network = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x00c36400, 'CephFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x20030528, 'OrangeFS'],
  [0xaad7aaea, 'PanFS'],
  [0x786f4256, 'VirtualBox shared folders'],
  [0xbacbacbc, 'VMware shared folders'],
  [0x7c7c6673, 'Parallels shared folders'],
]);
/** What the kernel tells of itself: no file of ours can be made there. */
const kernel = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x1cd1, 'devpts'],
  [0x73636673, 'securityfs'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0x0027e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0xcafe4a11, 'bpf'],
]);

export interface FileSystem {
  /** In words, where it is one we know. */
  name: string;
  /**
   * `local`: a lock of the kernel holds for everybody who can reach the file. `unsure`: the same file may be reached
   * around it, as through a second overlay. `network`: also by other hosts, or through a process.
   */
  kind: 'local' | 'unsure' | 'network';
}

/** Of the file system that holds `path`. */
export async function fileSystemOf(path: string): Promise<FileSystem> {
  const type = (await statfs(path)).type >>> 0;
  // The numbers are Linux's. Elsewhere the kernel's lock is what there is.
  if (process.platform !== 'linux') return { name: process.platform, kind: 'local' };
  const [near, far] = [local.get(type), network.get(type)];
  if (near !== undefined) return { name: near, kind: 'local' };
  return far === undefined ? { name: `type 0x${type.toString(16)}`, kind: 'unsure' } : { name: far, kind: 'network' };
}

/** The file system that a directory is on, where that is one of the kernel's own; else null. */
export async function kernelFileSystem(path: string): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  return kernel.get((await statfs(path)).type >>> 0) ?? null;
}
