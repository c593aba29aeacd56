/** Errors as the operating system gives them to Node: callers look at their codes. */

const MEANS = {
  EACCES: 'permission denied',
  EBUSY: 'resource busy or locked',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EROFS: 'read-only file system',
  EXDEV: 'cross-device link not permitted',
} as const;

export class SystemError extends Error {
  readonly code: keyof typeof MEANS;

  constructor(code: keyof typeof MEANS, call: string, path: string, cause?: unknown) {
    super(`${code}: ${MEANS[code]}, ${call} '${path}'`, { cause });
    this.code = code;
  }
}

/** The browser's error as the system's: its names say what is full and what is in use. */
export function systemError(error: unknown, call: string, path: string): unknown {
  const name = error instanceof Error || error instanceof Object ? (error as { name?: unknown }).name : '';
  switch (name) {
    case 'QuotaExceededError':
      return new SystemError('ENOSPC', call, path, error);
    case 'NoModificationAllowedError':
      return new SystemError('EBUSY', call, path, error);
    case 'NotFoundError':
      return new SystemError('ENOENT', call, path, error);
    case 'NotAllowedError':
    case 'NotReadableError':
    case 'SecurityError':
      return new SystemError('EACCES', call, path, error);
    default:
      return error;
  }
}
