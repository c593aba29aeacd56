/** Gives the visitor an adapter's files as one zip. */
import { zipSync } from 'fflate';
import type { OutputFile } from '../../../src/web/finetune/protocol.ts';

/** Tensors do not get smaller by compression, so that the files are stored as they are. */
export function download(name: string, files: readonly OutputFile[]): void {
  const zip = zipSync(Object.fromEntries(files.map((f) => [f.name, f.bytes])), { level: 0 });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([zip as BlobPart], { type: 'application/zip' }));
  link.download = name;
  link.click();
  // The browser takes the file when it handles the click; its address is of no use afterwards.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
