/**
 * einsum, as in torch. It is no operator of its own: it builds products, sums and views, so that the algebra
 * sees them.
 */
import { type Dim, equalDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { aboveLimit, limits } from '../limits.ts';
import { type SurfaceArg, tensor } from './arguments.ts';
import { type Labelled, type Labels, multiply, ordered, summed } from './contraction.ts';
import { read } from './einsum-equation.ts';
import { summedAlone } from './einsum-notes.ts';
import { permuteAxes, reshape } from './indexing.ts';

/** The operand without the axes of size 1 that broadcasting repeats. */
function narrowed({ node, labels }: Labelled, sizes: ReadonlyMap<string, Dim>): Labelled {
  const own = node.type.shape.map((d, n) => equalDim(d, sizes.get(labels[n]!)!));
  return {
    node: reshape(
      node,
      node.type.shape.filter((_, n) => own[n]),
    ),
    labels: labels.filter((_, n) => own[n]),
  };
}

/** The operand with each label once: Σⱼ (A ⊙ I)ᵢⱼ over the last of the axes that share one. */
function diagonal({ node, labels }: Labelled): Labelled {
  const label = labels.find((l, n) => labels.indexOf(l) !== n);
  if (label === undefined) return { node, labels };
  const [i, j] = [labels.indexOf(label), labels.lastIndexOf(label)];
  const order = [...[...labels.keys()].filter((n) => n !== i && n !== j), i, j];
  const identity = apply('identity', [], { shape: [i, j].map((n) => node.type.shape[n]!) });
  const masked = apply('mul', [permuteAxes(node, order), identity]);
  const column = `${label}'`;
  const apart = { node: masked, labels: order.map((n) => (n === j ? column : labels[n]!)) };
  return diagonal(summed(apart, [column]));
}

/** Multiplies all operands, two at a time. The next two share a label, and their product has the fewest axes. */
function contract(operands: readonly Labelled[], output: Labels): Labelled {
  let terms = operands;
  while (terms.length > 1) {
    const uses = new Map<string, number>();
    for (const l of terms.flatMap((t) => t.labels)) uses.set(l, (uses.get(l) ?? 0) + 1);
    const kept =
      (...pair: readonly Labelled[]) =>
      (l: string) =>
        output.includes(l) || uses.get(l)! > pair.filter((t) => t.labels.includes(l)).length;
    let best = { i: 0, j: 1, axes: Number.POSITIVE_INFINITY };
    for (const [i, a] of terms.entries()) {
      for (const [k, b] of terms.slice(i + 1).entries()) {
        if (!a.labels.some((l) => b.labels.includes(l))) continue;
        const axes = new Set([...a.labels, ...b.labels].filter(kept(a, b))).size;
        if (axes < best.axes) best = { i, j: i + 1 + k, axes };
      }
    }
    const [a, b] = [terms[best.i]!, terms[best.j]!];
    terms = terms.with(best.i, multiply(a, b, kept(a, b), output)).toSpliced(best.j, 1);
  }
  return terms[0]!;
}

/** Builds an einsum. Throws OFT2014 for a text that is no equation, OFT2015 where the operands do not fit it. */
function einsum(equation: unknown, tensors: readonly Node[]): Node {
  if (tensors.length > limits.operands.most)
    throw new OftcError('OFT2015', `einsum: ${aboveLimit(tensors.length, limits.operands)}`);
  const contraction = read(equation, tensors);
  const { operands, sizes, output } = contraction;
  const terms = operands.map((t) => diagonal(narrowed(t, sizes)));
  const used = (l: string) => output.includes(l) || terms.filter((t) => t.labels.includes(l)).length > 1;
  const partial = terms.map((t) =>
    summed(
      t,
      t.labels.filter((l) => !used(l)),
    ),
  );
  const result = ordered(contract(partial, output), output);
  const note = summedAlone(contraction);
  return note === undefined || result.kind === 'input' ? result : { ...result, note };
}

export const functions = {
  einsum: (equation: SurfaceArg, ...operands: readonly SurfaceArg[]) =>
    einsum(
      equation,
      operands.map((a) => tensor(a, 'einsum')),
    ),
};
