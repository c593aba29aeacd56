/** The layers of this library that PEFT has too, and their programs. */
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { getOrMake } from '../../../compiler/keyed.ts';
import { boft } from '../../adapters/boft.ts';
import { c3a } from '../../adapters/c3a.ts';
import { deft } from '../../adapters/deft.ts';
import { delora } from '../../adapters/delora.ts';
import { fourierft } from '../../adapters/fourierft.ts';
import { frod } from '../../adapters/frod.ts';
import { gralora } from '../../adapters/gralora.ts';
import { hira } from '../../adapters/hira.ts';
import { hra } from '../../adapters/hra.ts';
import { ia3 } from '../../adapters/ia3.ts';
import { loha } from '../../adapters/loha.ts';
import { lokr } from '../../adapters/lokr.ts';
import { dora, lora } from '../../adapters/lora.ts';
import { miss } from '../../adapters/miss.ts';
import { oft } from '../../adapters/oft.ts';
import { oftEmbedding } from '../../adapters/oft-embedding.ts';
import { osf } from '../../adapters/osf.ts';
import { psoft } from '../../adapters/psoft.ts';
import { randlora } from '../../adapters/randlora.ts';
import { road } from '../../adapters/road.ts';
import { shira } from '../../adapters/shira.ts';
import { vera } from '../../adapters/vera.ts';
import { waveft } from '../../adapters/waveft.ts';

/** Layers of src/adapters that PEFT has too, by their exported names. */
export const LAYERS = {
  ...{ oft, oftEmbedding, boft, hra, road, lora, dora, psoft },
  ...{ miss, gralora, c3a },
  ...{ ia3, loha, lokr, hira, delora, deft },
  ...{ vera, randlora },
  ...{ shira, fourierft, waveft },
  ...{ osf, frod },
} as const;
export type LayerName = keyof typeof LAYERS;

export type LayerConfig = Readonly<Record<string, string | number | boolean>>;

/** The layer's program at a configuration, without a bias, since an adapter's tensors do not show one. */
export const programOf = (layer: LayerName, config: LayerConfig): Program => LAYERS[layer].trace(config);

/** Makes a `programOf` that traces a layer once for each configuration, because modules have few and tracing takes long. */
export function tracedOnce(): typeof programOf {
  const programs = new Map<string, Program>();
  return (layer, config) => {
    const key = `${layer} ${JSON.stringify(config)}`;
    return getOrMake(programs, key, () => programOf(layer, config));
  };
}

/** Whether an adapter's files have a parameter of a layer: a trained one, or frozen indices with a name in them. */
export const isStored = ({ role, stored, type }: InputNode): boolean =>
  role === 'trainable' || (role === 'frozen' && stored !== undefined && type.dtype === 'i32');
