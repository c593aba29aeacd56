/** The journal of a store: a tab that is closed at any byte of any write leaves the names before or after a change. */
import { describe, expect, it } from 'vitest';
import type { FileEntry, FolderEntry, SyncFile } from '../../../../src/web/node/browser.ts';
import { type Change, Journal } from '../../../../src/web/node/journal.ts';

/** The bytes of files by name, and a limit after which a write ends with the tab. */
class Disk {
  readonly files = new Map<string, Uint8Array>();
  left = Number.POSITIVE_INFINITY;

  copy(): Disk {
    const other = new Disk();
    for (const [name, bytes] of this.files) other.files.set(name, bytes.slice());
    return other;
  }

  folder(): FolderEntry {
    const getFileHandle = async (name: string) => {
      if (!this.files.has(name)) this.files.set(name, new Uint8Array());
      return { createSyncAccessHandle: async () => this.#open(name) } as unknown as FileEntry;
    };
    return { getFileHandle } as unknown as FolderEntry;
  }

  #open(name: string): SyncFile {
    const bytes = () => this.files.get(name)!;
    return {
      read: (into, { at }) => {
        const part = bytes().subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (given, { at }) => {
        const some = given.subarray(0, this.left);
        if (at + some.length > bytes().length) {
          const grown = new Uint8Array(at + some.length);
          grown.set(bytes());
          this.files.set(name, grown);
        }
        bytes().set(some, at);
        this.left -= some.length;
        if (some.length < given.length) throw new Error('the tab is closed');
        return some.length;
      },
      getSize: () => bytes().length,
      truncate: () => {},
      flush: () => {},
      close: () => {},
    };
  }
}

const CHANGES: readonly Change[] = [
  { set: 'run', to: null },
  { set: 'run/.checkpoint-new', to: 'content-1' },
  { move: 'run/.checkpoint-new', to: 'run/checkpoint' },
  { set: 'run/.checkpoint-new', to: 'content-2' },
  { move: 'run/.checkpoint-new', to: 'run/checkpoint' },
  { set: 'run/.adapter-new', to: null },
  { set: 'run/.adapter-new/weights', to: 'content-3' },
  { move: 'run/.adapter-new', to: 'run/adapter' },
  { remove: 'run/adapter' },
];

const namesOn = async (disk: Disk) => [...(await Journal.open(disk.folder())).names].sort();

describe('a journal', () => {
  it('has the names before or after a change, wherever its write is cut', async () => {
    const disk = new Disk();
    await Journal.open(disk.folder());
    for (const change of CHANGES) {
      const before = await namesOn(disk.copy());
      const whole = disk.copy();
      (await Journal.open(whole.folder())).record(change);
      const after = await namesOn(whole.copy());
      expect(after).not.toEqual(before);
      for (let left = 0; left < 200; left += 3) {
        const cut = disk.copy();
        const journal = await Journal.open(cut.folder());
        cut.left = left;
        let isCut = false;
        try {
          journal.record(change);
        } catch {
          isCut = true;
        }
        cut.left = Number.POSITIVE_INFINITY;
        // A line that lacks its end alone counts: its digest says that it is whole.
        const names = await namesOn(cut);
        if (isCut) expect([before, after], `cut after ${left} bytes`).toContainEqual(names);
        else expect(names).toEqual(after);
      }
      (await Journal.open(disk.folder())).record(change);
    }
  });

  it('keeps the names when a tab is closed while they go to the other slot', async () => {
    const disk = new Disk();
    const journal = await Journal.open(disk.folder());
    for (const change of CHANGES) journal.record(change);
    const names = await namesOn(disk.copy());
    for (let left = 0; left < 400; left += 7) {
      const cut = disk.copy();
      cut.left = left;
      await Journal.open(cut.folder()).catch(() => {});
      cut.left = Number.POSITIVE_INFINITY;
      expect(await namesOn(cut), `cut after ${left} bytes`).toEqual(names);
    }
  });

  it('goes on when a slot is full, without growing', async () => {
    const disk = new Disk();
    const journal = await Journal.open(disk.folder());
    for (let n = 0; n < 2000; n++) {
      journal.record({ set: 'new', to: `content-${n}` });
      journal.record({ move: 'new', to: 'file' });
    }
    expect(await namesOn(disk)).toEqual([['file', 'content-1999']]);
    expect([...disk.files.values()].map((bytes) => bytes.length)).toEqual([2 ** 16, 2 ** 16]);
  });
});
