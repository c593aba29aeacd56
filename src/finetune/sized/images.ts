/** Plans the training of an image classifier from its configuration. No weight is read or made. */
import type { PlanStore } from '../../plans/store.ts';
import type { ModuleChoice } from '../by-module.ts';
import { ImageClassifier } from '../images/image-classifier.ts';
import { tokensOf, type VitShape } from '../images/vit-config.ts';
import { StagesEngine } from '../loop/webgpu.ts';
import { sizedPlace } from './place.ts';
import { heldStorage, nowhere, planOf, type TrainingOptions, type TrainingPlan } from './training.ts';
import { SizedUploads } from './uploads.ts';

export interface ImageTrainingOptions
  extends Pick<TrainingOptions, 'quantize' | 'batch' | 'accumulate' | 'device'> {
  readonly config: VitShape;
  readonly adapter: ModuleChoice;
  readonly plans?: PlanStore | undefined;
}

/** Rejects with OFT4012 for a quantisation, and as `ImageClassifier.on` does. */
export async function planImageTraining(o: ImageTrainingOptions): Promise<TrainingPlan> {
  const place = sizedPlace(o.device, o.plans);
  const uploads = new SizedUploads(heldStorage({ quantization: undefined }, o.quantize));
  const model = await ImageClassifier.on(place, uploads, {
    ...{ config: o.config, weights: nowhere, trainsClassifier: true },
    adapter: { ...o.adapter, tensors: nowhere },
  });
  const size = { tokens: o.batch * tokensOf(o.config) };
  return planOf(new StagesEngine(model), place, [size], o.accumulate);
}
