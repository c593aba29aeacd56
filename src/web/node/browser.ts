/** The parts of a browser's storage that are used here, as types: the package is checked without those of browsers. */

export interface Bytes {
  readonly size: number;
  slice(from?: number, to?: number): Bytes;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** An open file of the origin private file system. Every operation is synchronous, which workers alone may ask for. */
export interface SyncFile {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

export interface FileEntry {
  readonly kind: 'file';
  readonly name: string;
  createSyncAccessHandle(): Promise<SyncFile>;
  getFile(): Promise<Bytes>;
}

export interface FolderEntry {
  readonly kind: 'directory';
  readonly name: string;
  getDirectoryHandle(name: string, options?: { readonly create: boolean }): Promise<FolderEntry>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileEntry>;
  removeEntry(name: string, options?: { readonly recursive: boolean }): Promise<void>;
  values(): AsyncIterableIterator<FileEntry | FolderEntry>;
}

export interface LockRequest {
  readonly ifAvailable?: boolean;
}

export interface Locks {
  request<T>(name: string, options: LockRequest, work: (lock: object | null) => Promise<T>): Promise<T>;
}

interface Browser {
  readonly navigator: {
    readonly storage: { getDirectory(): Promise<FolderEntry> };
    readonly locks: Locks;
    readonly gpu?: GPU;
    /** The memory of the machine in GiB, of which browsers tell no more than a few. */
    readonly deviceMemory?: number;
  };
}

export const browser = globalThis as unknown as Browser;
