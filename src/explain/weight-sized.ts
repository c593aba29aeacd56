/** Finds products and sparse matrices of the weight's size, which an input-centric program does without. */
import { evalDim, ofTokens, productDim } from '../../compiler/dims/dims.ts';
import type { Role } from '../../compiler/ir/node.ts';
import type { Variant } from '../../compiler/pipeline.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';

/**
 * The factor by which a product outgrows each trainable parameter before it counts. A skew-symmetric matrix is stored
 * as a triangle, so that a product of such matrices has a little more than twice the elements.
 */
const OUTGROWN = 3;

/**
 * The products, and the sums and scattered values such as those of a sparse matrix, that have no tokens and at least as
 * many elements as the largest frozen matrix. Each is made of a frozen tensor and parameters alone, as a second weight is,
 * or outgrows the parameters, as the gradient of a second weight does. Undefined for a layer without a frozen matrix.
 */
export function weightSized({ program, primitives }: Variant): Prim[] | undefined {
  const size = (t: Pick<Prim, 'shape'>) => evalDim(productDim(t.shape), {});
  const largest = (role: Role) =>
    Math.max(
      0,
      ...program.inputs
        .filter((i) => i.role === role && !i.type.shape.some(ofTokens))
        .filter((i) => role !== 'frozen' || i.type.shape.length > 1)
        .map((i) => size(i.type)),
    );
  const [weight, parameter] = [largest('frozen'), largest('trainable')];
  if (weight === 0) return undefined;
  const roles = new Map(program.inputs.map((i) => [i.name, i.role]));
  const from = new Map<Prim, ReadonlySet<Role>>();
  return postOrder<Prim>(
    primitives.outputs.map((o) => o.prim),
    (p) => p.args,
  ).filter((p) => {
    const of = new Set(p.kind === 'input' ? [roles.get(p.name)!] : p.args.flatMap((a) => [...from.get(a)!]));
    from.set(p, of);
    if (p.kind === 'input' || p.kind === 'map') return false;
    if (p.shape.some(ofTokens) || size(p) < weight) return false;
    const isWeight = of.has('frozen') && !of.has('input') && !of.has('cotangent');
    return isWeight || size(p) > OUTGROWN * parameter;
  });
}
