/** Products that read what they overwrite, and sums of two products, for tests of schedules in lanes. */
import { dimConst } from '../../../../compiler/dims/dims.ts';
import type { ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { input, load } from '../../../../test/kernels-gen/build.ts';
import { product } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { canonical } from '../../../families/contraction/root.ts';
import { classify } from '../../../fuse/axes.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';

const MATRIX = [
  ['m', 64],
  ['n', 48],
] as const;

/** The product of two operands, 64 × 48, over axes s0, s1, … of these sizes. Each operand has those of `a` and `b`, or all. */
export function sumOver(
  sizes: readonly number[],
  a: readonly string[] = sizes.map((_, i) => `s${i}`),
  b: readonly string[] = sizes.map((_, i) => `s${i}`),
): ContractionKernel {
  const over = sizes.map((size, i) => [`s${i}`, size] as const);
  const shape = (own: readonly string[]) =>
    over.flatMap(([name, size]) => (own.includes(name) ? [size] : []));
  const shapes = [
    [64, ...shape(a)],
    [...shape(b), 48],
  ];
  return product(MATRIX, over, shapes, load(0, 'm', ...a), load(1, ...b, 'n'));
}

/** The product of a square matrix, whose result overwrites its first argument row by row. */
export const overRows = (kernel: ContractionKernel): ContractionKernel => ({
  ...kernel,
  overwrites: { tensor: kernel.root.args[0]!, by: 'rows' },
});

/** The kernel of a product of matrices with another one added, whose sum has `steps`. */
export function added(
  kernel: ContractionKernel,
  steps: number,
  layout: 'NN' | 'NT' = 'NN',
): ContractionKernel {
  const {
    m: [row],
    n: [col],
  } = classify(kernel.root);
  const r = { name: 'r', extent: dimConst(steps) };
  const n = kernel.root.args.length;
  const right = layout === 'NN' ? [r, col!] : [col!, r];
  const args = [
    ...kernel.root.args,
    input('c', [row!.extent, steps]),
    input(
      'd',
      right.map((a) => a.extent),
    ),
  ];
  const root = { ...kernel.root, args };
  const [a, b] = [load(n, row!.name, 'r'), load(n + 1, ...right.map((x) => x.name))];
  const other: ContractionPrim = { ...root, over: [r], a, b };
  return canonical({ ...kernel, root, added: [other] });
}
