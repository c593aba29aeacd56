/**
 * The runs that the browser's storage holds. A run is a store of its own, which one tab at a time has open: its folder as
 * `oftc finetune` writes it, its text, and what the page asked for.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKPOINT, METRICS } from '../../finetune/loop/run-folder.ts';
import { sizeOf } from '../../formats/json.ts';
import { locked } from '../../formats/lock.ts';
import { openSafetensors } from '../../formats/safetensors/index.ts';
import { browser, type FolderEntry } from '../node/browser.ts';
import { mountStore, unmount } from '../node/mounts.ts';
import { Store } from '../node/store.ts';
import type { RunSettings, StoredRun } from './protocol.ts';

/** The folder of all runs in the origin's storage. */
const RUNS = 'oftc-runs';
const ASKED = 'asked.json';

/** A run's request, as the page's store keeps it. */
export interface Asked {
  readonly title: string;
  readonly model: string;
  readonly isShipped: boolean;
  readonly text: string;
  readonly settings: RunSettings;
  readonly created: string;
  readonly isDone: boolean;
}

export const folderOf = (id: string): string => `/runs/${id}`;
/** The run's folder as in Node. */
export const runIn = (id: string): string => join(folderOf(id), 'run');
export const textIn = (id: string, name: string): string => join(folderOf(id), 'text', name);

const all = async (): Promise<FolderEntry> =>
  (await browser.navigator.storage.getDirectory()).getDirectoryHandle(RUNS, { create: true });

/** Does the work while the store of a run is mounted. Throws OFT6012 while another tab has it open. */
export const withRun = <T>(id: string, title: string, work: () => Promise<T>): Promise<T> =>
  locked(folderOf(id), title, { warn: () => {} }, async () => {
    const store = await Store.open(await (await all()).getDirectoryHandle(id, { create: true }));
    mountStore(folderOf(id), store);
    try {
      return await work();
    } finally {
      unmount(folderOf(id));
      await store.close();
    }
  });

export const writeAsked = (id: string, asked: Asked): Promise<void> =>
  writeFile(join(folderOf(id), ASKED), JSON.stringify(asked), { flush: true });

export async function readAsked(id: string): Promise<Asked> {
  return JSON.parse(new TextDecoder().decode(await readFile(join(folderOf(id), ASKED)))) as Asked;
}

/** The ids of the runs, the newest first. */
async function ids(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of (await all()).values()) if (entry.kind === 'directory') found.push(entry.name);
  return found.sort().reverse();
}

/** Throws for a name of no run: what opens a run's store makes a missing one. */
export async function checkStored(id: string): Promise<void> {
  if (!(await ids()).includes(id)) throw new Error(`there is no run '${id}': it may have been removed`);
}

/** The runs that are stored. `own` is a run that this tab has open already. */
export async function storedRuns(own: string | undefined): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const id of await ids()) {
    const read = () => described(id);
    runs.push(await (id === own ? read() : withRun(id, 'the run', read)).catch((e) => unread(id, e)));
  }
  return runs;
}

async function described(id: string): Promise<StoredRun> {
  const asked = await readAsked(id);
  return { id, ...asked, step: await savedIn(runIn(id)) };
}

/** The step of a run's checkpoint, whose header alone is read; undefined where there is none. */
async function savedIn(run: string): Promise<number | undefined> {
  const path = join(run, CHECKPOINT);
  if ((await sizeOf(path)) === undefined) return undefined;
  const file = await openSafetensors(path);
  try {
    return Number(file.metadata?.get('step'));
  } finally {
    await file.close();
  }
}

const NO_SETTINGS: RunSettings = {
  ...{ adapter: '', set: {}, targets: [], steps: 0, batch: 0, length: 0, lr: 0, seed: 0, evalEvery: 0 },
  ...{ saveEvery: 0, holdOut: 0, inOrder: false, prompt: '', sampleTokens: 0 },
};

const unread = (id: string, error: unknown): StoredRun => ({
  ...{
    id,
    title: `A run of ${id.slice(0, 10)}`,
    model: '',
    isShipped: false,
    text: '',
    settings: NO_SETTINGS,
    created: '',
  },
  ...{ step: undefined, isDone: false, problem: error instanceof Error ? error.message : String(error) },
});

/** Removes a run. Throws OFT6012 while another tab has it open. */
export const removeRun = (id: string): Promise<void> =>
  locked(folderOf(id), 'the run', { warn: () => {} }, async () => {
    await (await all()).removeEntry(id, { recursive: true });
  });

export const metricsOf = async (id: string): Promise<string> =>
  new TextDecoder().decode(await readFile(join(runIn(id), METRICS)));
