/** The part of fs-native-extensions that is used: it has no types of its own. */
declare module 'fs-native-extensions' {
  /** Locks bytes of an open file for writing, and returns false where another open file has them locked. */
  export function tryLock(fd: number, offset?: number, length?: number): boolean;
  /** Locks bytes of an open file for writing when nobody else has them locked. */
  export function waitForLock(fd: number, offset?: number, length?: number): Promise<void>;
}
