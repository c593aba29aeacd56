/** Remembers in a tab which state it wrote into the address itself, so that a reload compiles it again. */
const KEY = 'oftc-playground';

export function rememberOwn(hash: string): void {
  try {
    sessionStorage.setItem(KEY, hash);
  } catch {
    // Where nothing can be stored, a reload asks before it compiles.
  }
}

export function isOwn(hash: string): boolean {
  try {
    return sessionStorage.getItem(KEY) === hash;
  } catch {
    return false;
  }
}
