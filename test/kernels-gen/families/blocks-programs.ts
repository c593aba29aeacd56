/** Programs whose products become fused blocks. */
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { evalExtent, type Plan } from '../../../runtime/plan.ts';
import { variantsIn } from '../../support/plans.ts';
import {
  type Axes,
  call,
  constant,
  contraction,
  input,
  load,
  map,
  program,
  reduce,
  type Size,
} from '../build.ts';

export const BLOCK: Axes = [['g', 3]];
export const square = (n: Size): Axes => [...BLOCK, ['i', n], ['j', n]];
export const product = (label: string, n: number, a: Prim, b: Prim, left: Expr = load(0, 'g', 'i', 'k')) =>
  contraction(label, [a, b], square(n), [['k', n]], left, load(1, 'g', 'k', 'j'));
export const A = (n: number) => input('A', [3, n, n]);

/** A chain of kernels: A², then C = A³, then C ⊙ Cᵀ. */
export function chain(n: number) {
  const a = A(n);
  const second = product('second', n, a, a);
  const third = product('third', n, second, a);
  const [at, turned] = [load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i')];
  return { a, second, third, last: map('last', [third], square(n), call('mul', at, turned)) };
}

/** Two products that share a dear operand, sin vᵢ · cos vⱼ: the second one reads it transposed. */
export function dear(n: number): Prim {
  const v = input('v', [3, n]);
  const dear = (i: string, j: string): Expr =>
    call('mul', call('sin', load(0, 'g', i)), call('cos', load(0, 'g', j)));
  const first = contraction('first', [v], square(n), [['k', n]], dear('i', 'k'), dear('k', 'j'));
  return contraction('turned', [v, first], square(n), [['k', n]], dear('k', 'i'), load(1, 'g', 'k', 'j'));
}

/** S ⊙ Sᵀ for S = A² + AᵀA, a sum of two products. */
export function added(n: number): Prim {
  const a = A(n);
  const [first, second] = [product('first', n, a, a), product('second', n, a, a, load(0, 'g', 'k', 'i'))];
  const both = [load(0, 'g', 'i', 'j'), load(1, 'g', 'i', 'j')] as const;
  const sum = map('sum', [first, second], square(n), call('add', ...both));
  return map('y', [sum], square(n), call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i')));
}

const squareOf = (arg: number, ...at: readonly string[]): Expr =>
  call('mul', load(arg, ...at), load(arg, ...at));

/**
 * The sum of the squares of n × m elements of each block, or the maximum of −1 minus them. Such a maximum is below zero, so
 * it shows a kernel that starts at zero.
 */
export function reduced(label: string, of: Prim, n: number, m: number, combine: 'sum' | 'max' = 'sum'): Prim {
  const over: Axes = [
    ['i', n],
    ['j', m],
  ];
  const square = squareOf(0, 'g', 'i', 'j');
  return reduce(
    label,
    [of],
    [...BLOCK],
    over,
    combine === 'max' ? call('sub', constant(-1), square) : square,
    combine,
  );
}

/** S·A for S = A² times the reduction of A². The reduction is between products whose results lanes may keep. */
export function scaled(n: number, combine?: 'sum' | 'max'): Prim {
  const a = A(n);
  const first = product('first', n, a, a);
  const size = reduced('size', first, n, n, combine);
  const by = map('by', [first, size], square(n), call('mul', load(0, 'g', 'i', 'j'), load(1, 'g')));
  return product('last', n, by, a);
}

/** U·s and V·s for s = ‖U‖² + ‖V‖², where ‖U‖² is an output too: two maps read two reductions, and there is no product. */
export function norms(n: number, m: number) {
  const [u, v] = [input('U', [3, n, m]), input('V', [3, n, m])];
  const [ofU, ofV] = [reduced('ofU', u, n, m), reduced('ofV', v, n, m)];
  const axes: Axes = [...BLOCK, ['i', n], ['j', m]];
  const times = (label: string, all: readonly Prim[]) =>
    map(label, all, axes, call('mul', load(0, 'g', 'i', 'j'), call('add', load(1, 'g'), load(2, 'g'))));
  return { y: times('y', [u, ofV, ofU]), z: times('z', [v, ofU, ofV]), ofU };
}

/** A chain whose intermediate A² is also an output, and is read by another kernel. */
export function stored(n: number) {
  const { second, last } = chain(n);
  const other = contraction(
    'other',
    [second, input('x', ['tokens', Math.max(12, n)])],
    [
      ['t', 'tokens'],
      ['g', 3],
    ],
    [
      ['i', n],
      ['j', n],
    ],
    load(0, 'g', 'i', 'j'),
    load(1, 't', 'i'),
  );
  return { y: last, z: other, second };
}

/** One program of each kind. */
export const BLOCKS: Readonly<Record<string, PrimProgram>> = {
  chain: program({ y: chain(5).last }),
  tiles: program({ y: chain(20).last }),
  dear: program({ y: dear(6) }),
  added: program({ y: added(3) }),
  stored: program(stored(4)),
  scaled: program({ y: scaled(6) }),
  norms: program(norms(2, 5)),
};

/** The WGSL of the only fused blocks of a Plan for a class, with the costs at 7 tokens. */
export function blocksCode(plan: Plan, device: string, name: RegExp): string {
  const [step] = variantsIn(plan, device)[0]!.steps;
  const [kernel, ...others] = plan.kernels.filter((k) => name.test(k.name));
  if (!kernel || others.length > 0) throw new Error(`${others.length + 1} kernels of the name ${name}`);
  const [flops, bytes, workgroups] = [step!.flops, step!.bytes, step!.workgroups].map((e) =>
    evalExtent(e, 7),
  );
  return `// ${step!.label}: ${flops} operations, ${bytes} bytes, ${workgroups} workgroups\n${kernel.wgsl}`;
}
