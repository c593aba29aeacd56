/** Connects a project to esbuild, by esbuild's own hooks. */
import { relative } from 'node:path';
import type { Message, PartialMessage, PluginBuild } from 'esbuild';
import { isRequest } from './options.ts';
import { type LineRange, type Problem, Refused, textOf } from './problems.ts';
import type { Project } from './project.ts';

const MARKED = /\?(.*&)?oftc([=&#]|$)/;

export function connectEsbuild(build: PluginBuild, project: Project, name: string): void {
  const root = build.initialOptions.absWorkingDir ?? process.cwd();
  project.enter(root);
  build.onResolve({ filter: MARKED }, async ({ path, importer, resolveDir, kind, pluginData }) => {
    if (!isRequest(path)) return undefined;
    try {
      const id = await project.resolve(path, importer === '' ? undefined : importer, async (file) => {
        const found = await build.resolve(file, { ...{ importer, resolveDir, kind, pluginData } });
        return found.errors.length > 0 ? undefined : found.path;
      });
      return { path: id, namespace: name };
    } catch (error) {
      return failed(error, root);
    }
  });
  build.onLoad({ filter: /.*/, namespace: name }, async ({ path }) => {
    const resolveDir = path.replace(/\/[^/?]*(\?.*)?$/s, '');
    try {
      const { code, files, warning } = await project.load(path);
      return {
        ...{ contents: code, loader: 'js', resolveDir, watchFiles: [...files] },
        warnings: warning === undefined ? [] : [{ text: warning }],
      };
    } catch (error) {
      return failed(error, root);
    }
  });
}

function failed(error: unknown, root: string) {
  if (!(error instanceof Refused)) throw error;
  return { errors: error.problems.map((p) => messageOf(p, root)), watchFiles: [...error.files] };
}

const messageOf = (problem: Problem, root: string): PartialMessage => ({
  text: textOf(problem),
  ...located(problem.place, root),
  notes: problem.related.map((r) => ({ text: r.text, ...located(r.place, root) })),
});

/** A place with columns in bytes, as esbuild counts them. */
function located(place: LineRange | undefined, root: string): { location?: Partial<Message['location']> } {
  if (!place) return {};
  const { file, line, column, length, lines } = place;
  const lineText = lines[line - 1] ?? '';
  const bytes = (from: number, to: number) => Buffer.byteLength(lineText.slice(from, to));
  return {
    location: {
      ...{ file: relative(root, file), line, lineText },
      ...{ column: bytes(0, column), length: bytes(column, column + length) },
    },
  };
}
