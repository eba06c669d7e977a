/** Why a file or directory cannot be used, in words: `ENOENT` and the like say too little, and a path that is in the message already. */
export function whyFile(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return words[code] ?? message;
}

const words: Record<string, string> = {
  ENOENT: 'it does not exist (ENOENT)',
  EACCES: 'this user may not (EACCES: permission denied)',
  EPERM: 'this user may not (EPERM: operation not permitted)',
  EISDIR: 'it is a directory, not a file (EISDIR)',
  ENOTDIR: 'a part of its path is a file, not a directory (ENOTDIR)',
  ELOOP: 'its symbolic links lead in a circle (ELOOP)',
  EMFILE: 'too many files are open (EMFILE)',
  ENOSPC: 'there is no space left (ENOSPC)',
  EROFS: 'its file system is read-only (EROFS)',
  EEXIST: 'it exists already (EEXIST)',
};
