/** What we use of it: it comes without types. */
declare module 'fs-native-extensions' {
  /**
   * False where another descriptor holds the lock, in this process or another; throws where the file system takes no
   * locks.
   */
  export function tryLock(descriptor: number): boolean;
}
