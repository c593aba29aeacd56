/** Element-wise operators with NumPy broadcasting, and comparison. */
import { type Dim, equalDim } from '../dims/dims.ts';
import { divQ, eqQ, fromNumber, negQ, ONE, type Rational, rational, toNumber } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import { apply, sameShape, withSpans } from '../ir/build.ts';
import type { Node, OpNode, TensorType } from '../ir/node.ts';
import { type LayerPrinter, type Lowering, type Operator, register, type Takes } from '../ir/operator.ts';
import { axesOf, call, constant, int, load, map, select } from '../primitives/build.ts';
import type { Expr, IntExpr, ScalarFn } from '../primitives/expr.ts';
import type { Axis } from '../primitives/prim.ts';
import { number, ofTensor, ofTensors, type SurfaceArg, tensor } from './arguments.ts';

import { definiteMultiple, definiteSum } from './eliminable.ts';
import { mirror } from './mirror.ts';
import { literal, scaled, sumTo, transposed } from './nodes.ts';
import { broadcastShapes, floatDtype } from './shapes.ts';

/** The indices of an operand of `shape` that broadcasts to `axes`, aligned at the last axis. */
export function broadcastIndex(shape: readonly Dim[], axes: readonly Axis[]): IntExpr[] {
  const from = axes.length - shape.length;
  return shape.map((d, n) => {
    const a = axes[from + n]!;
    return equalDim(d, a.extent) ? { k: 'axis', name: a.name } : int(0);
  });
}

function lowerPointwise(node: OpNode, ctx: Lowering, body: (...operands: Expr[]) => Expr) {
  const axes = axesOf(node.type.shape);
  const loads = node.args.map((a, i) => load(i, broadcastIndex(a.type.shape, axes)));
  return map(
    node,
    axes,
    node.args.map((a) => ctx.lower(a)),
    body(...loads),
  );
}

function pointwise(
  name: string,
  law: string,
  args: Takes['args'],
  body: (...operands: Expr[]) => Expr,
  vjp: (g: Node, ...args: Node[]) => readonly (Node | undefined)[],
  more: Partial<Pick<Operator, 'facts' | 'lower' | 'print' | 'torch' | 'elsewhere'>> = { print: 'call' },
) {
  register({
    name,
    law,
    takes: { args },
    type: (args): TensorType => ({
      shape: broadcastShapes(
        args.map((a) => a.shape),
        name,
      ),
      dtype: floatDtype(args, name),
    }),
    broadcasts: true,
    vjp: (node, g) =>
      vjp(g, ...node.args).map((c, i) => (c === undefined ? undefined : sumTo(c, node.args[i]!.type.shape))),
    lower: (node, ctx) => lowerPointwise(node, ctx, body),
    ...more,
  });
}

const fn =
  (name: ScalarFn) =>
  (...operands: Expr[]) =>
    call(name, ...operands);
const unary = (
  name: ScalarFn,
  law: string,
  derivative: (x: Node, y: () => Node) => Node,
  more: Pick<Operator, 'elsewhere'> = {},
) =>
  pointwise(name, law, 1, fn(name), (g, x) => [apply('mul', [g, derivative(x!, () => apply(name, [x!]))])], {
    print: 'call',
    ...more,
  });

const sameRank = (node: OpNode) => node.args.every((a) => sameShape(a.type.shape, node.type.shape));

/**
 * The largest number of tensors that a kernel can read under WebGPU's default limits. A longer sum is computed in
 * parts.
 */
const MAX_ADDENDS = 7;
const sumOf = (...xs: Expr[]): Expr => xs.reduce((s, x) => call('add', s, x));

/** Prints a call as a.op(b). */
const method: Operator['print'] = ({ op, args }, p) =>
  `${p.text(args[0]!)}.${op}(${args.slice(1).map(p.operand).join(', ')})`;

pointwise('add', 'a + b', 'some', sumOf, (g, ...args) => args.map(() => g), {
  // A sum prints as one call for all terms: a sum of three is not the sum of a sum.
  print: method,
  elsewhere: { plus: 'write a.add(b)', minus: 'write a.sub(b)', subtract: 'write a.sub(b)' },
  lower: (node, ctx) => {
    if (node.args.length <= MAX_ADDENDS) return lowerPointwise(node, ctx, sumOf);
    return withSpans(node.spans, () => {
      let sum = apply('add', node.args.slice(0, MAX_ADDENDS));
      for (let at = MAX_ADDENDS; at < node.args.length; at += MAX_ADDENDS - 1) {
        // Each part is lowered before the next reads it.
        ctx.lower(sum);
        sum = apply('add', [sum, ...node.args.slice(at, at + MAX_ADDENDS - 1)]);
      }
      return ctx.lower(sum);
    });
  },
  facts: (node, of) => {
    if (!sameRank(node)) return {};
    const all = node.args.map(of);
    const mirrored = mirror(node);
    return {
      ...(mirrored === -1 || all.every((f) => f.skewSymmetric) ? { skewSymmetric: true } : {}),
      ...(mirrored === 1 || all.every((f) => f.symmetric) ? { symmetric: true } : {}),
      ...definiteSum(all),
    };
  },
});
pointwise('mul', 'a ⊙ b', 2, fn('mul'), (g, a, b) => [apply('mul', [g, b!]), apply('mul', [g, a!])], {
  print: method,
  elsewhere: {
    multiply: 'write a.mul(b)',
    pow: 'write x.mul(x); polynomial(Q, [1, 2, 2]) is for powers of matrices',
    square: 'write x.mul(x)',
  },
});
pointwise(
  'div',
  'a / b',
  2,
  fn('div'),
  (g, a, b) => [
    apply('div', [g, b!]),
    scaled(negQ(ONE), apply('div', [apply('mul', [g, a!]), apply('mul', [b!, b!])])),
  ],
  { print: method, elsewhere: { divide: 'write a.div(b)' } },
);
/** The names `lo` and `hi` stand for the first and the second argument after the tensor. */
const CLAMP = 'write min(max(x, lo), hi)';
pointwise(
  'max',
  'max(a, b)',
  2,
  fn('max'),
  (g, a, b) => [apply('mul', [g, apply('greater', [a!, b!])]), apply('mul', [g, apply('greater', [b!, a!])])],
  {
    print: 'call',
    elsewhere: { relu: 'write max(x, 0)', clamp: CLAMP, clip: CLAMP, clampmin: 'write max(x, lo)' },
  },
);
pointwise('min', 'min(a, b)', 2, fn('min'), (g, a, b) => [
  apply('mul', [g, apply('greater', [b!, a!])]),
  apply('mul', [g, apply('greater', [a!, b!])]),
]);
/** The sigmoid 1/(1 + e⁻ᵃ), computed by e^−|a|, which cannot overflow. */
function sigmoid(a: Expr): Expr {
  const small = call('exp', call('neg', call('abs', a)));
  const larger = call('div', constant(1), call('add', constant(1), small));
  const smaller = call('div', small, call('add', constant(1), small));
  return select({ k: 'flt', a, b: constant(0) }, smaller, larger);
}
pointwise(
  'sigmoid',
  '1/(1 + e⁻ᵃ)',
  1,
  (a) => sigmoid(a!),
  (g, a) => {
    const y = apply('sigmoid', [a!]);
    const slope = apply('mul', [y, apply('add', [literal(ONE), scaled(negQ(ONE), y)])]);
    return [apply('mul', [g, slope])];
  },
  {
    print: 'call',
    torch: ([a]) => `torch.sigmoid(${a})`,
    elsewhere: { sigmoid: 'sigmoid', silu: 'silu', swish: 'silu' },
  },
);
/** The result is 1 where a > b, ½ where equal, else 0: the subgradient that PyTorch takes for max and min. */
pointwise(
  'greater',
  '[a > b], ½ where equal',
  2,
  (a, b) =>
    select(
      { k: 'flt', a: b!, b: a! },
      constant(1),
      select({ k: 'flt', a: a!, b: b! }, constant(0), constant(0.5)),
    ),
  () => [undefined, undefined],
  {},
);
pointwise('abs', '|a|', 1, fn('abs'), (g, a) => {
  const zero = scaled({ num: 0n, den: 1n }, a!);
  const sign = apply('add', [apply('greater', [a!, zero]), scaled(negQ(ONE), apply('greater', [zero, a!]))]);
  return [apply('mul', [g, sign])];
});
unary('sqrt', '√a', (_, y) => apply('div', [half(), y()]), {
  elsewhere: {
    rsqrt: 'write scalar(1).div(sqrt(x))',
    norm: 'write sqrt(sum(x.mul(x), -1))',
  },
});
unary('exp', 'eᵃ', (_, y) => y(), {
  elsewhere: {
    softmax: 'write it out: const e = exp(s); e.div(sum(e, -1)), where sum keeps the axis with size 1',
  },
});
unary('log', 'ln a', (x) => apply('div', [literal(ONE), x]));
unary('sin', 'sin a', (x) => apply('cos', [x]));
unary('cos', 'cos a', (x) => scaled(negQ(ONE), apply('sin', [x])));
unary('tanh', 'tanh a', (_, y) => apply('add', [literal(ONE), scaled(negQ(ONE), apply('mul', [y(), y()]))]));

unary(
  'erf',
  '2/√π·∫₀ᵃ exp(−t²) dt',
  (x) => scaled(fromNumber(2 / Math.sqrt(Math.PI)), apply('exp', [scaled(negQ(ONE), apply('mul', [x, x]))])),
  { elsewhere: { gelu: 'gelu' } },
);

const half = (): Node => literal({ num: 1n, den: 2n });

register({
  name: 'literal',
  takes: { args: 0, attrs: { value: 'rational' } },
  law: 'a constant scalar',
  weak: true,
  type: () => ({ shape: [], dtype: 'f32' }),
  vjp: () => [],
  lower: (node) => map(node, [], [], constant(node.attrs.value as Rational)),
  print: (node, p) => p.call('scalar', [p.number(node.attrs.value as Rational)]),
  elsewhere: {
    tensor: 'write scalar(3) for a constant; data comes in through input, frozen and trainable',
  },
});

register({
  name: 'scale',
  takes: { args: 1, attrs: { by: 'rational' } },
  law: 'c·A',
  type: ([a]) => ({ shape: a!.shape, dtype: floatDtype([a!], 'scale') }),
  facts: (node, of) => {
    const facts = of(node.args[0]!);
    const { skewSymmetric, symmetric, triangular } = facts;
    return {
      ...(skewSymmetric ? { skewSymmetric } : {}),
      ...(symmetric ? { symmetric } : {}),
      ...definiteMultiple(facts, node.attrs.by as Rational),
      ...(triangular ? { triangular } : {}),
    };
  },
  transpose: (node) => scaled(node.attrs.by as Rational, transposed(node.args[0]!)),
  transposeLaw: '(c·A)ᵀ = c·Aᵀ',
  sample: (d) =>
    apply('scale', [d.tensor(d.int(1, 4), d.int(1, 4))], { by: rational(BigInt(d.int(2, 9)), 4n) }),
  vjp: (node, g) => [scaled(node.attrs.by as Rational, g)],
  lower: (node, ctx) =>
    lowerPointwise(node, ctx, (x) => call('mul', constant(node.attrs.by as Rational), x!)),
  print: (node, p) => scaleText(p.text(node.args[0]!), node.attrs.by as Rational, p),
});

const isExact = (q: Rational): boolean => Number.isFinite(toNumber(q)) && eqQ(fromNumber(toNumber(q)), q);

/**
 * The text of a scaled tensor. A coefficient that no float64 holds becomes a factor and a divisor, if float64s hold
 * both.
 */
function scaleText(text: string, by: Rational, p: LayerPrinter): string {
  if (by.den === 1n && by.num === 1n) return text;
  if (by.den === 1n && by.num === -1n) return `${text}.neg()`;
  const [num, den] = [rational(by.num), rational(by.den)];
  if (isExact(by) || !isExact(num) || !isExact(den)) return `${text}.mul(${p.number(by)})`;
  return `${scaleText(text, num, p)}.div(${p.number(den)})`;
}

export const functions = {
  scalar: (value: SurfaceArg) => {
    if (typeof value !== 'number')
      throw new OftcError('OFT1020', `scalar needs a number, got ${typeof value}`);
    return tensor(value, 'scalar');
  },
  silu: (a: SurfaceArg) => apply('mul', [tensor(a, 'silu'), apply('sigmoid', [tensor(a, 'silu')])]),
  gelu: (a: SurfaceArg) => {
    const x = tensor(a, 'gelu');
    const share = scaled(
      rational(1n, 2n),
      apply('add', [literal(ONE), apply('erf', [scaled(Math.SQRT1_2, x)])]),
    );
    return apply('mul', [x, share]);
  },
  sqrt: ofTensor('sqrt'),
  exp: ofTensor('exp'),
  log: ofTensor('log'),
  sin: ofTensor('sin'),
  cos: ofTensor('cos'),
  tanh: ofTensor('tanh'),
  erf: ofTensor('erf'),
  sigmoid: ofTensor('sigmoid'),
  abs: ofTensor('abs'),
  max: ofTensors('max'),
  min: ofTensors('min'),
};

export const methods = {
  add: (a: Node, ...others: readonly SurfaceArg[]) =>
    apply('add', [a, ...(others.length > 0 ? others : [undefined]).map((b) => tensor(b, 'add'))]),
  sub: (a: Node, b: SurfaceArg) =>
    apply('add', [a, typeof b === 'number' ? tensor(-b, 'sub') : scaled(-1, tensor(b, 'sub'))]),
  mul: (a: Node, b: SurfaceArg) =>
    typeof b === 'number' ? scaled(number(b, 'mul'), a) : apply('mul', [a, tensor(b, 'mul')]),
  div: (a: Node, b: SurfaceArg) =>
    typeof b === 'number' && b !== 0
      ? scaled(divQ(ONE, number(b, 'div')), a)
      : apply('div', [a, tensor(b, 'div')]),
  neg: (a: Node) => scaled(-1, a),
};
