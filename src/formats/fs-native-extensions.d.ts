/** Declares the functions of fs-native-extensions that are used; the package has no types. */
declare module 'fs-native-extensions' {
  /** Locks bytes of an open file for writing; returns false if another open file has them locked. */
  export function tryLock(fd: number, offset?: number, length?: number): boolean;
  /** Locks bytes of an open file for writing, once nobody else has them locked. */
  export function waitForLock(fd: number, offset?: number, length?: number): Promise<void>;
}
