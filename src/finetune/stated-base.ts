/** Compares the base model that an adapter states with the model that it is used on. */
import { join, resolve } from 'node:path';
import type { ModelConfig } from '../formats/config/model-config.ts';
import { isObject, readJsonFile, sizeOf } from '../formats/json.ts';
import type { OpenModel } from '../formats/model.ts';

/** The files that state a base model, and their fields for it: oftc's own, and PEFT's. */
const STATED = [
  ['adapter.json', 'base_model'],
  ['adapter_config.json', 'base_model_name_or_path'],
] as const;

/** The endings of names that say how weights are stored, which is no other model. */
const STORED = /(?:[-_.](?:nf4|bnb|gptq|awq|int[48]|[48]-?bit))+$/;

/** The words that may be the model's own name in a path or an id of the hub, whose cache has `models--owner--name`. */
const wordsOf = (name: string): string[] =>
  name.split(/[\\/]+|--/).flatMap((word) => {
    const lower = word.toLowerCase().replace(STORED, '');
    return lower === '' ? [] : [lower];
  });

/** Whether a stated name can be that of the model in a folder, whose config.json may record a name. */
export function isNamed(stated: string, folder: string, recorded: string | undefined): boolean {
  const last = wordsOf(stated).at(-1);
  // A path such as `..` names no model.
  if (last === undefined || /^\.+$/.test(last)) return true;
  return wordsOf(resolve(folder)).includes(last) || wordsOf(recorded ?? '').at(-1) === last;
}

/** A note for an adapter that states another base model. Folders get renamed, so this is no error. */
export async function baseNotes(
  adapter: string,
  { path, config }: Pick<OpenModel, 'path'> & { readonly config: Pick<ModelConfig, 'name'> },
): Promise<string[]> {
  for (const [file, field] of STATED) {
    const at = join(adapter, file);
    if ((await sizeOf(at)) === undefined) continue;
    const json = await readJsonFile(at, 'Name the folder of an adapter.');
    const stated = isObject(json) ? json[field] : undefined;
    if (typeof stated !== 'string' || isNamed(stated, path, config.name)) return [];
    const recorded = config.name ? `, which calls itself '${config.name}'` : '';
    return [
      `${adapter} states the base model '${stated}', and is used on ${path}${recorded}: if that is another model, the adapter does not belong to it`,
    ];
  }
  return [];
}
