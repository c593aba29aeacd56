/** Small programs for the tests of fusion, and the kernels that they become. */
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim, MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { nodesOf as sizeOf } from '../../../kernels-gen/fuse/cost.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import { type Axes, call, contraction, input, load, map, program, type Size } from '../build.ts';

export { sizeOf };
export const LIMITS = DEFAULT_CLASS.fusion;

/** The labels of the tensors that kernels store, in the kernels' order. */
export const kernels = (outputs: Readonly<Record<string, Prim>>): string[] =>
  fuse(program(outputs), 512, DEFAULT_CLASS).map((k) => k.tensor.label);

export const axes = (extents: Readonly<Record<string, Size>>): Axes => Object.entries(extents);
/** The axes of a tensor of (tokens, 8), the shape of nearly all tensors of these tests. */
export const ROWS = axes({ t: 'tokens', i: 8 });
/** The element of an argument at the loop's own row and column. */
export const own = (arg = 0): Expr => load(arg, 't', 'i');
export const x = input('x', ['tokens', 8]);

/** The sum of the elements of `n` arguments. */
export const all = (n: number): Expr =>
  Array.from({ length: n }, (_, i) => own(i)).reduce((a, b) => call('add', a, b));
export const exp = (e: Expr) => call('exp', e);
/** The expression e under that many functions, each a node of the body. */
export const nested = (nodes: number, e: Expr): Expr =>
  Array.from({ length: nodes }).reduce<Expr>((inner) => call('neg', inner), e);

export const rows = (label: string, args: readonly Prim[], body: Expr): MapPrim =>
  map(label, args, ROWS, body);

/** The product of a tensor of rows of 8 with n columns. */
export const product = (label: string, a: Prim, n = 8): ContractionPrim =>
  contraction(
    label,
    [a, input(`W of ${label}`, [n, 8])],
    axes({ t: a.shape[0]!, i: n }),
    axes({ k: 8 }),
    load(0, 't', 'k'),
    load(1, 'i', 'k'),
  );
