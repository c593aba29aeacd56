/** Compiles attention of given sizes, with its gradient, for tests. */
import { type Dim, dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import type { Rational } from '../../../compiler/dims/rational.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { evalExtent } from '../../../runtime/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { programOf } from '../../support/evaluate.ts';
import { variantsIn } from '../../support/plans.ts';

export interface Sizes {
  /** The number of keys, where each token sees a range of them. */
  readonly room?: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly width: number;
  /** The factor of the scores; 1/√width by default. */
  readonly scale?: Rational;
  readonly softCap?: Rational;
}

export const tokens = dimVar('tokens');
export const float = (name: string, ...shape: readonly Dim[]): Node =>
  input(name, 'trainable', { shape, dtype: 'f32' });

export function attention({ heads, keyHeads, width, room, scale, softCap }: Sizes) {
  const [h, k, d] = [heads, keyHeads, width].map(dimConst) as [Dim, Dim, Dim];
  const keys = room === undefined ? tokens : dimConst(room);
  const shape = room === undefined ? [tokens] : [tokens, dimConst(2)];
  const start = input('start', 'frozen', { shape, dtype: 'i32' });
  const args = [float('q', tokens, h, d), float('k', keys, k, d), start, float('v', keys, k, d)];
  const attrs = { ...(scale ? { scale } : {}), ...(softCap ? { softCap } : {}) };
  return compileProgram(programOf({ y: apply('attention', args, attrs) }), { gradients: true });
}

/** The operations and workgroups of each step at 100 tokens, by label. */
export const stepsAt = (sizes: Sizes, strategy: Strategy, device: string) => {
  const plan = planOf(attention(sizes), { strategy });
  const steps = variantsIn(plan, device)[0]!.steps.filter((s) => s.label.startsWith('attention'));
  return Object.fromEntries(
    steps.map(({ label, flops, workgroups }) => [label, [flops, workgroups].map((e) => evalExtent(e, 100))]),
  );
};
