/** Which file calls: what is defined there belongs to it. */

type CallSites = (error: Error, sites: readonly { getFileName(): string | null | undefined }[]) => unknown;

/** Path of a module, with forward slashes, from the URL or path that an engine calls it by. */
function pathOf(name: string): string {
  const path = name.startsWith('file:') ? decodeURIComponent(new URL(name).pathname) : name;
  return path
    .replaceAll('\\', '/')
    .replace(/^\/([A-Za-z]:)/, '$1')
    .replace(/\?.*$/, '');
}

/** The file that called the caller of this function, where the engine says so as V8 does. */
export function callingFile(): string | undefined {
  const engine = Error as unknown as { prepareStackTrace?: CallSites | undefined };
  const own = engine.prepareStackTrace;
  engine.prepareStackTrace = (_, sites) => sites.map((s) => s.getFileName());
  try {
    const files: unknown = new Error().stack;
    const file: unknown = Array.isArray(files) ? files[2] : undefined;
    return typeof file === 'string' ? pathOf(file) : undefined;
  } finally {
    engine.prepareStackTrace = own;
  }
}
