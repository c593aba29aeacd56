/**
 * Keeps the names of a store's files so that a tab that is closed at any moment loses none. There are two slots, which
 * are files of a fixed size. A slot begins with all names and goes on with changes, a line each, with a digest before
 * it. A change is written and flushed at once, so that it is there whole or not at all. When a slot is full, all names go
 * to the other one under a higher generation. Slots keep their size, so that a change can be written when the storage is
 * full: removing files is what makes room.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { FolderEntry, SyncFile } from './browser.ts';

/** The name of a folder has null, that of a file the name of the file that holds its content. */
export type Names = Map<string, string | null>;

export type Change =
  | { readonly set: string; readonly to: string | null }
  | { readonly remove: string }
  | { readonly move: string; readonly to: string };

interface All {
  readonly generation: number;
  readonly names: readonly (readonly [string, string | null])[];
}

const SLOTS = ['names-a', 'names-b'] as const;
const SIZE = 2 ** 16;
const DIGITS = 16;

const digestOf = (text: string, generation: number): string =>
  bytesToHex(sha256(new TextEncoder().encode(`${generation} ${text}`))).slice(0, DIGITS);

/** Makes a change to the names. Moving or removing a folder moves or removes what is below it. */
export function apply(names: Names, change: Change): void {
  if ('set' in change) {
    names.set(change.set, change.to);
    return;
  }
  const from = 'move' in change ? change.move : change.remove;
  const found = [...names].filter(([path]) => path === from || path.startsWith(`${from}/`));
  if ('move' in change)
    for (const path of [...names.keys()])
      if (path === change.to || path.startsWith(`${change.to}/`)) names.delete(path);
  for (const [path] of found) names.delete(path);
  if ('move' in change)
    for (const [path, content] of found) names.set(`${change.to}${path.slice(from.length)}`, content);
}

const full = (): Error => Object.assign(new Error('the storage is full'), { name: 'QuotaExceededError' });

interface Read {
  readonly generation: number;
  readonly names: Names;
}

/** The names in a slot; undefined for one that is empty, or whose first line was cut short. */
function readSlot(file: SyncFile): Read | undefined {
  const bytes = new Uint8Array(file.getSize());
  file.read(bytes, { at: 0 });
  const end = bytes.indexOf(0);
  const [first, ...changes] = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).split('\n');
  const all = parsed<All>(first ?? '', (text) => (JSON.parse(text) as All).generation);
  if (!all) return undefined;
  const names: Names = new Map(all.names);
  for (const line of changes) {
    const change = parsed<Change>(line, () => all.generation);
    // A change that was cut short was never said to be made, and nothing follows it.
    if (!change) break;
    apply(names, change);
  }
  return { generation: all.generation, names };
}

function parsed<T>(line: string, generation: (text: string) => number): T | undefined {
  const text = line.slice(DIGITS + 1);
  try {
    return digestOf(text, generation(text)) === line.slice(0, DIGITS) ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

export class Journal {
  readonly names: Names;
  readonly #slots: readonly SyncFile[];
  #slot: number;
  #generation: number;
  #at = 0;

  private constructor(slots: readonly SyncFile[], slot: number, { generation, names }: Read) {
    this.#slots = slots;
    this.#slot = slot;
    this.#generation = generation;
    this.names = names;
  }

  /** Opens the journal of a folder, which no other tab may have open. */
  static async open(folder: FolderEntry): Promise<Journal> {
    const slots: SyncFile[] = [];
    try {
      for (const name of SLOTS) {
        const entry = await folder.getFileHandle(name, { create: true });
        slots.push(await entry.createSyncAccessHandle());
      }
      const read = slots.map(readSlot);
      const newest = (read[1]?.generation ?? 0) > (read[0]?.generation ?? 0) ? 1 : 0;
      const journal = new Journal(slots, newest, read[newest] ?? { generation: 0, names: new Map() });
      journal.#turn();
      return journal;
    } catch (error) {
      for (const slot of slots) slot.close();
      throw error;
    }
  }

  /** Makes a change, which holds when this returns. */
  record(change: Change): void {
    const bytes = this.#line(change);
    if (this.#at + bytes.length > this.#slots[this.#slot]!.getSize()) {
      apply(this.names, change);
      this.#turn();
      return;
    }
    this.#write(bytes, this.#at);
    this.#slots[this.#slot]!.flush();
    this.#at += bytes.length;
    apply(this.names, change);
  }

  /** Writes all names to the other slot. */
  #turn(): void {
    this.#slot = 1 - this.#slot;
    this.#generation++;
    const all: All = { generation: this.#generation, names: [...this.names] };
    const bytes = this.#line(all);
    const file = this.#slots[this.#slot]!;
    const size = Math.max(SIZE, file.getSize(), Math.ceil((2 * bytes.length) / SIZE) * SIZE);
    const padded = new Uint8Array(size);
    padded.set(bytes);
    this.#write(padded, 0);
    file.flush();
    this.#at = bytes.length;
  }

  #line(value: All | Change): Uint8Array {
    const text = JSON.stringify(value);
    return new TextEncoder().encode(`${digestOf(text, this.#generation)} ${text}\n`);
  }

  #write(bytes: Uint8Array, at: number): void {
    const file = this.#slots[this.#slot]!;
    for (let done = 0; done < bytes.length; ) {
      const wrote = file.write(bytes.subarray(done), { at: at + done });
      if (wrote === 0) throw full();
      done += wrote;
    }
    // A browser whose storage is full may have taken less than it said.
    if (file.getSize() < at + bytes.length) throw full();
  }

  close(): void {
    for (const slot of this.#slots) slot.close();
  }
}
