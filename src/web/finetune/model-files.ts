/** Mounts a model's files, and says what the model is. */

import { HEAD, projectionsOf, shortName, shortNames } from '../../finetune/models/linear-layers.ts';
import { openModel } from '../../finetune/models/open.ts';
import { parametersOf } from '../../finetune/models/weights.ts';
import { FormatError } from '../../formats/error.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { Bytes } from '../node/browser.ts';
import { mountOwn, unmount } from '../node/mounts.ts';
import type { ModelInfo, ModelSource } from './protocol.ts';

/** The folder that the open model is mounted at: its name is the last part, as on a command line. */
export const folderOf = (name: string): string => `/models/${name.replaceAll(/[^\w.-]/g, '_')}`;

let mounted: string | undefined;

/** Mounts the files, in the place of those of another model, and opens the model. */
export async function openFrom(source: ModelSource): Promise<OpenModel> {
  const files = source.kind === 'own' ? belowFolder(source.files) : await fetched(source);
  if (mounted !== undefined) unmount(mounted);
  mounted = folderOf(source.name);
  mountOwn(mounted, files);
  return openModel(mounted);
}

/** The visitor's files by their paths below the folder that has config.json. Throws MissingFile where none has. */
function belowFolder(files: Extract<ModelSource, { readonly kind: 'own' }>['files']): Map<string, Bytes> {
  const configs = files
    .filter(({ path }) => path.split('/').at(-1) === 'config.json')
    .map(({ path }) => path);
  const depth = (path: string): number => path.split('/').length;
  const [config] = configs.sort((a, b) => depth(a) - depth(b));
  if (config === undefined) {
    const some = files.slice(0, 5).map(({ path }) => path);
    throw new FormatError(
      'MissingFile',
      { file: 'config.json' },
      `the folder is no model's: it has ${some.length === 0 ? 'no files' : some.join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
      'Choose the folder that has config.json, tokenizer.json and model.safetensors.',
    );
  }
  const above = config.slice(0, -'config.json'.length);
  return new Map(
    files.flatMap(({ path, file }) => (path.startsWith(above) ? [[path.slice(above.length), file]] : [])),
  );
}

async function fetched({
  base,
  files,
}: Extract<ModelSource, { readonly kind: 'shipped' }>): Promise<Map<string, Bytes>> {
  const found = await Promise.all(
    files.map(async (name): Promise<[string, Bytes]> => {
      const response = await fetch(new URL(name, base));
      if (!response.ok)
        throw new FormatError(
          'MissingFile',
          { file: name },
          `the site answered ${response.status}`,
          'Reload the page; if that does not help, the site is not built whole.',
        );
      return [name, (await response.blob()) as Bytes];
    }),
  );
  return new Map(found);
}

export function infoOf(name: string, files: OpenModel): ModelInfo {
  const { config, weights, tensors, notes } = files;
  const forms: Record<string, number> = {};
  for (const { form } of weights.values()) forms[form] = (forms[form] ?? 0) + 1;
  return {
    name,
    architecture: config.architecture,
    parameters: parametersOf(config),
    bytes: [...tensors.tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0),
    forms,
    positions: config.maxPositions,
    vocabulary: config.vocabSize,
    targets: [...shortNames(config, projectionsOf(config)), shortName(config, HEAD)],
    notes,
  };
}
