/** The parts of an image classifier on a device: its stages, and its weights. */

import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import type { InputNode } from '../../../compiler/ir/node.ts';
import { CLASSIFIER } from '../../formats/config/names.ts';
import type { PlanStore } from '../../plans/store.ts';
import type { SessionOptions } from '../../session/session.ts';
import { type BlockStages, type ByStorage, stagesOf } from '../blocks.ts';
import { type ModuleChoice, moduleAdapters, nameOf } from '../by-module.ts';
import type { Place, Value } from '../place.ts';
import { Stage } from '../stage.ts';
import { pathOf, sourceOf, type Uploads, type Weights } from '../uploads.ts';
import { blockPath, classifier, embedPatches, vitBlock, vitLinear } from './vit.ts';
import type { VitShape } from './vit-config.ts';

export interface ClassifierOptions {
  readonly config: VitShape;
  readonly weights: Weights;
  /** An adapter on modules of every block, with its tensors by path. */
  readonly adapter?: ModuleChoice & { readonly tensors: Weights };
  /** Whether the classifier is trained too; `adapter.tensors` then has its start. */
  readonly trainsClassifier?: boolean;
  readonly device?: SessionOptions['device'];
  /** Where compiled Plans are kept. */
  readonly plans?: PlanStore | undefined;
}

export interface VitBlock {
  readonly stages: BlockStages;
  readonly tensors: Readonly<Record<string, Value>>;
  readonly paths: ReadonlyMap<string, string>;
}

export interface VitParts {
  readonly config: VitShape;
  readonly place: Place;
  readonly uploads: Uploads;
  readonly stages: ByStorage<BlockStages>;
  readonly blocks: readonly VitBlock[];
  readonly embedding: Stage;
  readonly logits: Stage;
  readonly loss: Stage;
  readonly embedded: Readonly<Record<string, Value>>;
  readonly head: Readonly<Record<string, Value>>;
  /** The paths of the classifier's trained tensors by their names in its layer. */
  readonly headPaths: ReadonlyMap<string, string>;
}

/** Makes the stages and uploads the weights. */
export async function partsOn(
  place: Place,
  uploads: Uploads,
  { config, weights, adapter, trainsClassifier = false }: Omit<ClassifierOptions, 'device' | 'plans'>,
): Promise<VitParts> {
  const layers = vitLinear(config);
  const program = vitBlock(config, adapter && moduleAdapters(layers, adapter)).trace();
  const stages = stagesOf(place, program, false);
  const from = sourceOf(vitBlock(config).trace(), weights, adapter?.tensors);
  const trainable = program.inputs.filter((i) => i.role === 'trainable');
  const names = layers.map(({ module }) => nameOf(module));
  const blocks: VitBlock[] = [];
  for (let n = 0; n < config.layers; n++) {
    const { values, stored } = await uploads.asStored(program.inputs, blockPath(n), from, names);
    const paths = new Map(trainable.map((i) => [i.name, pathOf(i, blockPath(n))]));
    blocks.push({ stages: await stages.holding(stored), tensors: values, paths });
  }
  const embedding = await Stage.prepare(place, embedPatches(config).trace());
  const embedded = await uploads.all(embedding.signature.inputs, 'vit.embeddings', () => weights);
  const programOf = (hasLoss: boolean) =>
    classifier(config, { trained: trainsClassifier, loss: hasLoss }).trace();
  const inputs = programOf(false).inputs;
  const own = inputs.filter((i) => i.role === 'trainable');
  const only = (name: string) =>
    ['loss', 'x', ...own.map((i) => i.name)].some((i) => name === i || name === gradName(i));
  const isNorm = (i: InputNode) => i.stored?.startsWith('layernorm') ?? false;
  const norms = await uploads.all(inputs.filter(isNorm), 'vit', () => weights);
  const last = inputs.filter((i) => !isNorm(i));
  const start = trainsClassifier && adapter ? adapter.tensors : weights;
  const head = { ...norms, ...(await uploads.all(last, CLASSIFIER, () => start)) };
  return {
    ...{ config, place, uploads, stages, blocks, embedding, embedded, head },
    logits: await Stage.prepare(place, programOf(false)),
    loss: await Stage.prepare(place, programOf(true), { gradients: true, only }),
    headPaths: new Map(own.map((i) => [i.name, pathOf(i, CLASSIFIER)])),
  };
}
