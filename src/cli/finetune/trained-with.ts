/** Notes on how the run of an adapter held the model, where that differs from how a command holds it. */
import { basename, dirname, join, resolve } from 'node:path';
import { isObject, readJsonFile, sizeOf } from '../../formats/json.ts';

/** A note if run.json beside an adapter says that it was trained on projections in another form. */
export async function trainedWithNotes(folder: string, quantize: string | undefined): Promise<string[]> {
  if (basename(resolve(folder)) !== 'adapter') return [];
  const path = join(dirname(resolve(folder)), 'run.json');
  if ((await sizeOf(path)) === undefined) return [];
  const run = await readJsonFile(path, 'Name the folder of an adapter.');
  const trained = isObject(run) && typeof run.quantize === 'string' ? run.quantize : undefined;
  if (trained === quantize) return [];
  const form = (name: string | undefined) =>
    name === undefined ? 'as the checkpoint has them' : `in ${name}`;
  return [
    `${path}: the adapter was trained with projections held ${form(trained)}, and this command holds them ${form(quantize)}`,
  ];
}
