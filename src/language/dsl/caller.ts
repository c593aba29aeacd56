/** Finds the file that makes a definition, which the definition then belongs to. */

type CallSites = (error: Error, sites: readonly { getFileName(): string | null | undefined }[]) => unknown;

/** The path of a module, with forward slashes, from the URL or path that a JavaScript engine reports. */
function pathOf(name: string): string {
  const path = name.startsWith('file:') ? decodeURIComponent(new URL(name).pathname) : name;
  return path
    .replaceAll('\\', '/')
    .replace(/^\/([A-Za-z]:)/, '$1')
    .replace(/\?.*$/, '');
}

/** The file that called the caller of this function; undefined if the engine does not report it as V8 does. */
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
