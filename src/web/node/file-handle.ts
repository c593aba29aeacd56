/** An open file, with the methods of Node's FileHandle that this package calls. */
import type { Bytes, SyncFile } from './browser.ts';
import { SystemError, systemError } from './errors.ts';
import type { Found } from './mounts.ts';
import type { Store } from './store.ts';

export interface Stats {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export const statsOf = (kind: 'file' | 'folder', size: number): Stats => ({
  size,
  isFile: () => kind === 'file',
  isDirectory: () => kind === 'folder',
  isSymbolicLink: () => false,
});

export type Data = string | Uint8Array | ArrayBufferView;

export const bytesOf = (data: Data): Uint8Array => {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

export interface FileHandle {
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number; readonly buffer: Uint8Array }>;
  readFile(): Promise<Uint8Array>;
  /** Writes all of the data where the last write ended. */
  writeFile(data: Data): Promise<void>;
  appendFile(data: Data): Promise<void>;
  stat(): Promise<Stats>;
  truncate(size?: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export async function openFound(
  found: Exclude<Found, { readonly kind: 'folder' }>,
  path: string,
  { writable, appends }: { readonly writable: boolean; readonly appends: boolean },
): Promise<FileHandle> {
  if (found.kind === 'own') return new OwnFile(found.bytes, path);
  try {
    const file = await found.store.use(found.content);
    return new StoredFile(file, { path, writable, appends, store: found.store, content: found.content });
  } catch (error) {
    throw systemError(error, 'open', path);
  }
}

/** A visitor's own file. Each read takes its slice alone. */
class OwnFile implements FileHandle {
  readonly #bytes: Bytes;
  readonly #path: string;
  #at = 0;

  constructor(bytes: Bytes, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  async read(into: Uint8Array, offset: number, length: number, position: number | null) {
    const from = position ?? this.#at;
    const read = await this.#slice(from, from + length);
    into.set(read, offset);
    if (position === null) this.#at += read.length;
    return { bytesRead: read.length, buffer: into };
  }

  readFile(): Promise<Uint8Array> {
    return this.#slice(0, this.#bytes.size);
  }

  async #slice(from: number, to: number): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.#bytes.slice(from, to).arrayBuffer());
    } catch (error) {
      // A file that was changed on the disk after it was chosen cannot be read any more.
      throw systemError(error, 'read', this.#path);
    }
  }

  async stat(): Promise<Stats> {
    return statsOf('file', this.#bytes.size);
  }

  writeFile = () => this.#refuse();
  appendFile = () => this.#refuse();
  truncate = () => this.#refuse();

  #refuse(): Promise<never> {
    return Promise.reject(new SystemError('EROFS', 'write', this.#path));
  }

  async sync(): Promise<void> {}
  async close(): Promise<void> {}
}

interface Opened {
  readonly path: string;
  readonly writable: boolean;
  readonly appends: boolean;
  readonly store: Store;
  readonly content: string;
}

class StoredFile implements FileHandle {
  readonly #file: SyncFile;
  readonly #opened: Opened;
  #at = 0;
  /** The end of what was written. */
  #end = 0;
  #closed = false;

  constructor(file: SyncFile, opened: Opened) {
    this.#file = file;
    this.#opened = opened;
  }

  async read(into: Uint8Array, offset: number, length: number, position: number | null) {
    const at = position ?? this.#at;
    const bytesRead = this.#does('read', () =>
      this.#file.read(into.subarray(offset, offset + length), { at }),
    );
    if (position === null) this.#at += bytesRead;
    return { bytesRead, buffer: into };
  }

  async readFile(): Promise<Uint8Array> {
    return this.#does('read', () => {
      const bytes = new Uint8Array(this.#file.getSize());
      return bytes.subarray(0, this.#file.read(bytes, { at: 0 }));
    });
  }

  async writeFile(data: Data): Promise<void> {
    const { path, writable, appends } = this.#opened;
    if (!writable) throw new SystemError('EINVAL', 'write', path);
    const bytes = bytesOf(data);
    this.#does('write', () => {
      if (appends) this.#at = this.#file.getSize();
      for (let done = 0; done < bytes.length; ) {
        const wrote = this.#file.write(bytes.subarray(done), { at: this.#at });
        if (wrote === 0) throw new SystemError('ENOSPC', 'write', path);
        done += wrote;
        this.#at += wrote;
      }
      this.#end = Math.max(this.#end, this.#at);
    });
  }

  appendFile(data: Data): Promise<void> {
    return this.writeFile(data);
  }

  async stat(): Promise<Stats> {
    return this.#does('fstat', () => statsOf('file', this.#file.getSize()));
  }

  async truncate(size = 0): Promise<void> {
    this.#end = 0;
    this.#does('ftruncate', () => this.#file.truncate(size));
  }

  async sync(): Promise<void> {
    this.#does('fsync', () => {
      this.#file.flush();
      // A browser whose storage is full may have taken less than it said.
      if (this.#file.getSize() < this.#end) throw new SystemError('ENOSPC', 'fsync', this.#opened.path);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#opened.store.release(this.#opened.content);
  }

  #does<T>(call: string, work: () => T): T {
    const { path } = this.#opened;
    if (this.#closed) throw new SystemError('EINVAL', call, path);
    try {
      return work();
    } catch (error) {
      throw systemError(error, call, path);
    }
  }
}
