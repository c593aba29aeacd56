/** The visitor's own files: chosen, or dropped on the page. A dropped folder is walked, and no file is read here. */

export interface VisitorFile {
  /** The path below the folder that was chosen. */
  readonly path: string;
  readonly file: File;
}

export interface Chosen {
  readonly name: string;
  readonly files: readonly VisitorFile[];
}

/** The files of a folder that was chosen by an input. */
export function chosenIn({ files }: HTMLInputElement): Chosen | undefined {
  const all = [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  if (all.length === 0) return undefined;
  return { name: all[0]!.path.split('/')[0]!, files: all };
}

/** The files that were dropped; a folder gives all below it. */
export async function droppedIn({ dataTransfer }: DragEvent): Promise<Chosen | undefined> {
  // Entries must be taken before the first wait: the browser forgets them.
  const entries = [...(dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files = (await Promise.all(entries.map((entry) => filesOf(entry, '')))).flat();
  return files.length === 0 ? undefined : { name: entries[0]!.name, files };
}

async function filesOf(entry: FileSystemEntry, above: string): Promise<VisitorFile[]> {
  const path = `${above}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: VisitorFile[] = [];
  for (;;) {
    // A reader gives a folder's entries in portions, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await filesOf(one, `${path}/`)));
  }
}

/** Calls back with what is chosen by an input, or dropped on an element. */
export function onFiles(input: HTMLInputElement, drop: HTMLElement, got: (chosen: Chosen) => void): void {
  input.addEventListener('change', () => {
    const chosen = chosenIn(input);
    if (chosen) got(chosen);
    // The same folder can be chosen again.
    input.value = '';
  });
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    void droppedIn(event).then((chosen) => chosen && got(chosen));
  });
}
