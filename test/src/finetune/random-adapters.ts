/** Adapters with random tensors, for the small models of support.ts. */
import { boft } from '../../../src/adapters/boft.ts';
import { hra } from '../../../src/adapters/hra.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { poet } from '../../../src/adapters/poet.ts';
import { road } from '../../../src/adapters/road.ts';
import type { AdapterChoice } from '../../../src/finetune/model-run.ts';
import { adaptedAt } from '../../../src/finetune/models/adapted.ts';
import { layerAt, projectionsOf } from '../../../src/finetune/models/linear-layers.ts';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import { frozen, type HostTensor, input, layer, tanh, trainable } from '../../../src/index.ts';
import { coarse, random } from './support.ts';

/** A layer as a user might write it, without a bias: W and a gate on the layer's input. */
const gated = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), gate: trainable('in'), A: trainable('out', 'in') },
  ({ x, W, gate, A }) => x.mul(tanh(gate)).matmul(W.add(A).T),
);

export type Choice = Omit<AdapterChoice, 'tensors'>;
export const ADAPTERS: Readonly<Record<string, Choice>> = {
  oft: { source: oft, dims: { b: 2 } },
  'oft of the exact transform': { source: oft, config: { cayley: 'exact' }, dims: { b: 4 } },
  boft: { source: boft, config: { factors: 2 }, dims: { b: 2 } },
  hra: { source: hra, dims: { r: 2 } },
  poet: { source: poet, dims: { a: 2, b: 2 }, targets: ['k', 'down'] },
  road: { source: road, dims: { g: 4 }, targets: ['q', 'o', 'gate'] },
  lora: { source: lora, config: { scale: 2 }, dims: { r: 2 } },
  'oft, the head too': { source: oft, dims: { b: 2 }, targets: ['k', 'down', 'head'] },
  'lora on the head alone': { source: lora, dims: { r: 2 }, targets: ['head'] },
  "a layer of a user's own": { source: gated, targets: ['v', 'up', 'down'] },
};

/** Random tensors of an adapter for each of its targets, by the target's path in the model. */
export function randomAdapter({ source, config, targets }: Choice, c: ModelShape, dims: Choice['dims']) {
  const next = random(7);
  const all = new Map<string, HostTensor>();
  for (const p of targets ?? projectionsOf(c)) {
    if (typeof source === 'string' || !('trace' in source)) throw new Error('a layer');
    const takesBias = 'defaults' in source && 'bias' in (source.defaults as object);
    const program = source.trace({
      ...config,
      ...(takesBias ? { bias: layerAt(c, p).bias } : {}),
    });
    const adapted = adaptedAt(program, layerAt(c, p).shape, dims ?? {});
    const blocks = Array.from({ length: c.layers }, (_, n) => `model.layers.${n}.`);
    for (const below of p === 'head' ? [''] : blocks) {
      for (const i of adapted.own) {
        const shape = i.type.shape.map((d) => Number(d.terms[0]!.coef.num));
        const count = shape.reduce((a, b) => a * b, 1);
        const path = `${below}${layerAt(c, p).module}.${i.stored ?? i.name}`;
        if (i.type.dtype === 'i32') {
          // The permutation is not its own inverse.
          all.set(path, { data: Int32Array.from({ length: count }, (_, k) => (k + 1) % count), shape });
          continue;
        }
        const values = () => (i.stored === 'boft_P' ? 0 : 0.25) + coarse(next, 0.25);
        all.set(path, { data: Float32Array.from({ length: count }, values), shape });
      }
    }
  }
  return all;
}
