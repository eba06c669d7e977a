/**
 * Why a file or directory cannot be used, in words: `ENOENT` and the like say too little, and a path that is in the
 * message already.
 */
export function whyFile(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return words[code] ?? message;
}

/** What the file system says of a path. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException & { path?: string } {
  return error instanceof Error && 'code' in error && String(error.code) in words;
}

const owner = 'run as its owner, or change its owner or mode';
const words: Record<string, string> = {
  ENOENT: 'it does not exist (ENOENT)',
  EACCES: `this user may not: ${owner} (EACCES)`,
  EPERM: `this user may not: ${owner} (EPERM)`,
  EISDIR: 'it is a directory, not a file (EISDIR)',
  ENOTDIR: 'it, or a part of its path, is a file and no directory (ENOTDIR)',
  ELOOP: 'its symbolic links lead in a circle (ELOOP)',
  ENAMETOOLONG: 'its name is too long (ENAMETOOLONG)',
  EMFILE: 'too many files are open (EMFILE)',
  ENOSPC: 'there is no space left (ENOSPC)',
  EDQUOT: 'this user has no space left (EDQUOT)',
  EROFS: 'its file system is read-only (EROFS)',
  EEXIST: 'it exists already (EEXIST)',
  EIO: 'its disk does not read or write it (EIO)',
};
