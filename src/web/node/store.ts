/**
 * A folder of files in the browser's own storage (OPFS). A file's content is stored under a name that never changes, and
 * a journal says which path it has. So a file or a whole folder is renamed by one line of the journal, whole or not at all,
 * in browsers that cannot move folders too.
 */
import type { FolderEntry, SyncFile } from './browser.ts';
import { type Change, Journal } from './journal.ts';

interface OpenFile {
  readonly file: SyncFile;
  users: number;
}

const CONTENT = 'content-';

export class Store {
  readonly #folder: FolderEntry;
  readonly #journal: Journal;
  /** Files that are open, once for all their users: a browser opens a file for one user at a time. */
  readonly #open = new Map<string, Promise<OpenFile>>();
  readonly #removals = new Set<Promise<void>>();

  private constructor(folder: FolderEntry, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
  }

  /** Opens the store in a folder, and removes content that no path has. Rejects while another tab has it open. */
  static async open(folder: FolderEntry): Promise<Store> {
    const journal = await Journal.open(folder);
    try {
      const used = new Set(journal.names.values());
      const stale: string[] = [];
      for await (const { name } of folder.values())
        if (name.startsWith(CONTENT) && !used.has(name)) stale.push(name);
      for (const name of stale) await folder.removeEntry(name);
      return new Store(folder, journal);
    } catch (error) {
      journal.close();
      throw error;
    }
  }

  /** The paths below the store, each with the name of its content, or with null for a folder. */
  get names(): ReadonlyMap<string, string | null> {
    return this.#journal.names;
  }

  /** Makes an empty content, which gets a path later. */
  async make(): Promise<string> {
    const name = `${CONTENT}${crypto.randomUUID()}`;
    await this.#folder.getFileHandle(name, { create: true });
    return name;
  }

  /** Makes a change, which holds when this returns. Content that no path has any more is removed. */
  change(change: Change): void {
    const before = new Set(this.names.values());
    this.#journal.record(change);
    const after = new Set(this.names.values());
    for (const content of before) if (content !== null && !after.has(content)) this.#drop(content);
  }

  /** Opens a content for one more user, who releases it. */
  async use(content: string): Promise<SyncFile> {
    const held = this.#open.get(content) ?? this.#opened(content);
    this.#open.set(content, held);
    const { file } = await held.then((h) => {
      h.users++;
      return h;
    });
    return file;
  }

  async #opened(content: string): Promise<OpenFile> {
    try {
      const entry = await this.#folder.getFileHandle(content);
      return { file: await entry.createSyncAccessHandle(), users: 0 };
    } catch (error) {
      this.#open.delete(content);
      throw error;
    }
  }

  async release(content: string): Promise<void> {
    const held = await this.#open.get(content);
    if (!held || --held.users > 0) return;
    this.#open.delete(content);
    held.file.close();
    if (![...this.names.values()].includes(content)) this.#drop(content);
  }

  /** Removes content that has no path, now or when its last user releases it. */
  #drop(content: string): void {
    if (this.#open.has(content)) return;
    // What cannot be removed now is removed when the store is opened again.
    const removal = this.#folder.removeEntry(content).catch(() => {});
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }

  /** Waits until removed content has given its room back. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async close(): Promise<void> {
    for (const held of await Promise.all(this.#open.values())) held.file.close();
    this.#open.clear();
    await this.settled();
    this.#journal.close();
  }
}
