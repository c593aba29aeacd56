/** Kernels of contractions, for tests of their schedules. */
import { type DeviceClass, gpu } from '../../../compiler/devices/index.ts';
import { ax, int } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim, InputPrim, Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import type { ScheduleOptions } from '../../../kernels-gen/families/family.ts';
import { type ContractionKernel, type Overwritten, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { type Axes, asDim, call, contraction, input, load, program, type Size } from '../build.ts';
import { type Layout, matmul } from '../layers.ts';

export function kernelOf(p: PrimProgram): ContractionKernel {
  const y = p.outputs[0]!.prim;
  if (y.kind !== 'contraction') throw new TypeError(`${y.kind} is no contraction`);
  return canonical({ tensor: y, root: y, epilogue: null, spans: [] });
}

export const options = (strategy?: Strategy, tokens = 1, device: DeviceClass = gpu): ScheduleOptions => ({
  device,
  tokens,
  one: false,
  strategy,
  printed: new Map(),
});

export const matrices = (layout: Layout, m: Size, n: Size, k: Size) => kernelOf(matmul(layout, m, n, k));

/** A batch of b products, whose results' axes are in the order of `order`. */
export const batches = (
  b: Size,
  m: Size,
  n: Size,
  k: Size,
  layout: Layout = 'NN',
  order: 'bmn' | 'mnb' = 'bmn',
) => {
  const extents = { b, m, n, k };
  const sizes = (names: readonly (keyof typeof extents)[]) => names.map((name) => extents[name]);
  const at = layout === 'TN' ? (['b', 'k', 'm'] as const) : (['b', 'm', 'k'] as const);
  const from = layout === 'NT' ? (['b', 'n', 'k'] as const) : (['b', 'k', 'n'] as const);
  const axes = [...order].map((name) => [name, extents[name as keyof typeof extents]] as const);
  const args = [input('a', sizes(at)), input('u', sizes(from))];
  return kernelOf(program({ y: contraction('y', args, axes, [['k', k]], load(0, ...at), load(1, ...from)) }));
};

/** A kernel with another argument beside its operands. */
const beside = (
  kernel: ContractionKernel,
  arg: Prim,
  more: Partial<ContractionKernel> = {},
): ContractionKernel =>
  canonical({ ...kernel, root: { ...kernel.root, args: [...kernel.root.args, arg] }, ...more });
export const stored = (kernel: ContractionKernel, storage: Storage): ContractionKernel => {
  const [a, b] = kernel.root.args as [InputPrim, InputPrim];
  return { ...kernel, root: { ...kernel.root, args: [a, { ...b, storage }] } };
};
const half = (kernel: ContractionKernel): ContractionKernel => ({
  ...kernel,
  root: { ...kernel.root, args: kernel.root.args.map((a) => ({ ...a, dtype: 'f16' as const })) },
});
/** A kernel whose result is added to the third argument, at its row and column or at its column alone. */
const addedTo = (
  kernel: ContractionKernel,
  shape: readonly Size[],
  by?: Overwritten['by'],
): ContractionKernel => {
  const tensor = input('c', shape);
  const places = kernel.root.axes.slice(-shape.length).map((a) => ax(a.name));
  const epilogue = call('add', load(RESULT), load(2, ...places));
  return beside(kernel, tensor, { epilogue, ...(by ? { overwrites: { tensor, by } } : {}) });
};
/** A sum of two products, whose operands share an argument. */
const twoProducts = (square: ContractionKernel, over: Size, a: Expr, b: Expr): ContractionKernel => {
  const r = { name: 'r', extent: asDim(over) };
  const args = [...square.root.args, input('c', [64, over]), input('d', [over, 48])];
  const added: ContractionPrim = { ...square.root, args, over: [r], a, b };
  return canonical({ ...square, root: { ...square.root, args }, added: [added] });
};
/** A kernel of one product with operands `a` and `b`, which load inputs of these shapes. */
export const product = (axes: Axes, over: Axes, shapes: readonly (readonly Size[])[], a: Expr, b: Expr) =>
  kernelOf(
    program({
      y: contraction(
        'y',
        shapes.map((s, n) => input(`a${n}`, s)),
        axes,
        over,
        a,
        b,
      ),
    }),
  );

/** Kernels that schedules treat in other ways than plain products, by name. Their sums have k steps. */
function special(k: number): Readonly<Record<string, ContractionKernel>> {
  const [square, layer] = [matrices('NN', 64, 48, k), matrices('NT', 'tokens', 64, 2 * k)];
  const over = matrices('NN', 'tokens', k / 2, k / 2);
  const [row, col] = square.root.axes.map((a) => a.name) as [string, string];
  return {
    A·b: product([['m', 64]], [['k', k]], [[64, k], [k]], load(0, 'm', 'k'), load(1, 'k')),
    a·B: product([['n', 64]], [['k', k]], [[k], [k, 64]], load(0, 'k'), load(1, 'k', 'n')),
    'A·B of nf4': stored(square, { format: 'nf4', block: 64 }),
    'A·Bᵀ of nf4': stored(layer, { format: 'nf4', block: 64 }),
    'A·Bᵀ of int8': stored(layer, { format: 'int8' }),
    'A·Bᵀ of int4': stored(layer, { format: 'int4', group: 32 }),
    'A·B in f16': half(square),
    'A·B + c': addedTo(square, [48]),
    'A·B + C': addedTo(square, [64, 48]),
    'A·B over C': addedTo(square, [64, 48], 'elements'),
    'A·B over 62 columns of C': addedTo(matrices('NN', 64, 62, k), [64, 62], 'elements'),
    'A·B over A': { ...over, overwrites: { tensor: over.root.args[0]!, by: 'rows' } },
    'A·Bᵀ + C of tokens': addedTo(layer, ['tokens', 64]),
    'exp(A)·B': canonical({ ...square, root: { ...square.root, a: call('exp', square.root.a) } }),
    'A·exp(B)': canonical({ ...square, root: { ...square.root, b: call('exp', square.root.b) } }),
    'A·long(B)': canonical({
      ...square,
      root: {
        ...square.root,
        b: Array.from({ length: 6 }).reduce<Expr>((e) => call('mul', e, e), square.root.b),
      },
    }),
    'A·B + C·D': twoProducts(square, 16, load(2, row, 'r'), load(3, 'r', col)),
    'A·B + C·D, 6 steps': twoProducts(square, 6, load(2, row, 'r'), load(3, 'r', col)),
    'A·B + c·D': twoProducts(square, 16, load(2, int(0), 'r'), load(3, 'r', col)),
    'A·B + exp(C)·D': twoProducts(square, 16, call('exp', load(2, row, 'r')), load(3, 'r', col)),
    A·Aᵀ: product(
      [
        ['m', 64],
        ['n', 64],
      ],
      [['k', k]],
      [[64, k]],
      load(0, 'm', 'k'),
      load(0, 'n', 'k'),
    ),
    'columns of two axes': product(
      [
        ['m', 16],
        ['h', 6],
        ['n', 12],
      ],
      [['k', k]],
      [
        [16, k],
        [k, 6, 12],
      ],
      load(0, 'm', 'k'),
      load(1, 'k', 'h', 'n'),
    ),
    'a result stored by columns': product(
      [
        ['n', 48],
        ['m', 64],
      ],
      [['k', k]],
      [
        [64, k],
        [k, 48],
      ],
      load(0, 'm', 'k'),
      load(1, 'k', 'n'),
    ),
    'blocks of 8': batches(6, 'tokens', 8, 8, 'NN', 'mnb'),
  };
}

export const SPECIAL = special(32);
/** The same with sums that are cut into panels. */
export const LONG = special(256);
