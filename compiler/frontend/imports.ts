/** Finds the files that an author's file imports. */
import { files } from './files.ts';
import { isDslFile, optionsNear, readSource } from './project.ts';
import { ts } from './ts-host.ts';

/**
 * The author's file itself, the files that it imports directly or indirectly, and the tsconfig.json that resolves
 * imports. Packages, oftc itself and missing files are not among them. Reading the author's file reports missing
 * files.
 */
export function filesOf(file: string): readonly string[] {
  const root = files().resolvePath(file);
  const { options, files: configs } = optionsNear(files().resolvePath(`${root}/..`));
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const text = readSource(path);
    if (text === undefined) return;
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (/^oftc(\/|$)/.test(fileName)) continue;
      const { resolvedModule } = ts.resolveModuleName(fileName, path, options, files());
      if (!resolvedModule || resolvedModule.isExternalLibraryImport) continue;
      if (!isDslFile(resolvedModule.resolvedFileName)) visit(resolvedModule.resolvedFileName);
    }
  };
  visit(root);
  return [...found, ...configs];
}
