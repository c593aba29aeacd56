/** Reports the contents of the folder of an image classifier. */
import { join } from 'node:path';
import { prefixed } from '../../formats/checkpoint/prefixed.ts';
import { openCheckpoint } from '../../formats/checkpoint/store.ts';
import { Problems, type Report, report, tensorsOf } from '../../formats/inspect/report.ts';
import { readJsonFile } from '../../formats/json.ts';
import { openVit } from './open.ts';
import { classifierShapes, vitWeights } from './vit.ts';
import { BARE, CLASS, parseVitConfig, ROOT } from './vit-config.ts';

/** The report of `inspect` on an image classifier. */
export async function inspectVit(folder: string): Promise<Report> {
  const problems = new Problems();
  const file = join(folder, 'config.json');
  const config = await problems.of(async () =>
    parseVitConfig(await readJsonFile(file, 'Name the folder of a model.'), file),
  );
  const expected = config && new Map(vitWeights(config));
  if (config?.isBare) for (const name of classifierShapes(config).keys()) expected!.delete(name);
  const means = expected && { config: { quantization: undefined }, weights: expected };
  const opened = async () => prefixed(await openCheckpoint(folder), config?.isBare ? ROOT : undefined);
  const tensors = await problems.of(() => tensorsOf(opened, means, problems));
  if (config && tensors) await problems.of(async () => (await openVit(folder)).close());
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const images = config && {
    architecture: config.isBare ? BARE : CLASS,
    parameters: [...expected!.values()].reduce((n, shape) => n + count(shape), 0),
    ...{ layers: config.layers, width: config.width, inner: config.inner, heads: config.heads },
    ...{ image: config.image, patch: config.patch, classes: config.labels },
  };
  return report(folder, problems, { tensors, ...(images ? { images } : {}) });
}
