/** The refusals of operators: OFT2001 to OFT2029. */
import { type Code, LINEAR, mending } from '../code.ts';

export const algebra = {
  OFT2001: {
    title: 'matmul: shapes do not match',
    explanation:
      'The columns of the left factor must equal the rows of the right one, and batch axes must agree.',
    fix: "Transpose a factor, or state the equality in where. A size that is a product in two ways takes two: where: { in: 'r*c', s: 'in/e' }.",
    example: {
      source: LINEAR.replace('W.T', 'W'),
      mended: { source: LINEAR },
    },
  },
  OFT2002: {
    title: 'shapes do not broadcast',
    explanation:
      'Element-wise operands are aligned at the last axis; each pair is equal or 1. Operands of different ranks must not put tokens on two axes of a result.',
    fix: 'Use expand, or state the equality in where.',
    example: mending(
      { "trainable('out')": "trainable('in')" },
      `import { input, layer, trainable } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in'), s: trainable('out') }, ({ x, s }) => x.mul(s));
`,
    ),
  },
  OFT2003: {
    title: 'wrong rank',
    explanation: 'The operator needs a vector, a matrix, or blocks (r, b, c).',
    fix: 'Pass a tensor of the rank that the message names.',
    example: mending(
      {
        "input('tokens', 'in')": "input('tokens', 'r*b')",
        "trainable('in', 'in')": "trainable('r', 'b', 'b')",
      },
      `import { blockDiag, input, layer, trainable } from 'oftc';

export const rotated = layer({ x: input('tokens', 'in'), R: trainable('in', 'in') }, ({ x, R }) =>
  x.matmul(blockDiag(R)),
);
`,
    ),
  },
  OFT2004: {
    title: 'not a packed triangle',
    explanation: 'skew reads b(b−1)/2 elements per matrix.',
    fix: 'Give the last axis the dimension tri(b).',
    example: mending(
      { "'tri(b)', 'r'": "'r', 'tri(b)'" },
      `import { blockDiag, cayley, input, layer, skew, trainable } from 'oftc';

export const rotated = layer({ x: input('tokens', 'r*b'), v: trainable('tri(b)', 'r') }, ({ x, v }) =>
  x.matmul(blockDiag(cayley(skew(v)))),
);
`,
    ),
  },
  OFT2005: {
    title: 'dtypes do not fit',
    explanation: 'Arithmetic is between tensors of one floating-point dtype.',
    fix: 'Declare the operands with the same dtype.',
    example: mending(
      { "x: input('tokens', 'in')": "x: input('tokens', 'in', { dtype: 'f16' })" },
      `import { frozen, input, layer } from 'oftc';

export const linear = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in', { dtype: 'f16' }) },
  ({ x, W }) => x.matmul(W.T),
);
`,
    ),
  },
  OFT2006: {
    title: 'no such axis',
    explanation: 'Axes are counted from 0, or from the back when negative.',
    fix: 'Use an axis of the shape that the message prints.',
    example: mending(
      { 'sum(x, 2)': 'sum(x, -1)' },
      `import { input, layer, sum } from 'oftc';

export const total = layer({ x: input('tokens', 'in') }, ({ x }) => sum(x, 2));
`,
    ),
  },
  OFT2007: {
    title: 'not the blocks of that matrix',
    explanation:
      'The matrix does not divide into the blocks that were asked for, such as those in the gradient of a block-diagonal matrix.',
    fix: 'Use the shape that the message prints.',
  },
  OFT2008: {
    title: 'a projection changes the shape',
    explanation: 'project replaces the stored value by another of the same shape and dtype.',
    fix: 'Return a tensor of the parameter’s own shape.',
    example: mending(
      { '=> sum(s, 0)': '=> s.div(sum(s, 0))' },
      `import { input, layer, sum, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), s: trainable('in', { project: (s) => sum(s, 0) }) },
  ({ x, s }) => x.mul(s),
);
`,
    ),
  },
  OFT2009: {
    title: 'dimensions of a called layer do not match',
    explanation: 'The callee’s dimensions are matched with the caller’s, and an equality cannot hold.',
    fix: 'Pass tensors whose dimensions fit the declaration that the message prints.',
    example: mending(
      { "frozen('out', 'in')": "frozen('in', 'in')" },
      `import { frozen, input, layer } from 'oftc';

const rotate = layer({ x: input('n', 'k'), R: frozen('k', 'k') }, ({ x, R }) => x.matmul(R));
export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
  rotate({ x, R: W }),
);
`,
    ),
  },
  OFT2010: {
    title: 'wrong coefficients',
    explanation:
      'A polynomial needs finite coefficients; a Cayley–Neumann series 1 to 64 terms of a known series; a soft cap a number above 0.',
    fix: 'Use a value that the message allows.',
    example: mending(
      { 'terms: 0': 'terms: 5' },
      `import { cayleyNeumann, input, layer, skew, trainable } from 'oftc';

export const rotated = layer({ x: input('tokens', 'b'), v: trainable('tri(b)') }, ({ x, v }) =>
  x.matmul(cayleyNeumann(skew(v), { terms: 0 })),
);
`,
    ),
  },
  OFT2011: {
    title: 'reshape to another number of elements',
    explanation: 'A reshape keeps the elements and their order; only the first axis may depend on tokens.',
    fix: 'Use a shape with as many elements.',
    example: mending(
      { "reshape('tokens', 'b')": "reshape('tokens', 'r', 'b')" },
      `import { input, layer } from 'oftc';

export const split = layer({ x: input('tokens', 'b*r') }, ({ x }) => x.reshape('tokens', 'b'));
`,
    ),
  },
  OFT2012: {
    title: 'slice past the end',
    explanation: 'A slice goes beyond its axis, at the end or at the beginning.',
    fix: 'End it at the size of the axis at most; count from the beginning, as in in-2, not from the back.',
    example: mending(
      { "slice(1, '2*n', 'n')": "slice(1, 0, 'n')", "slice(1, '2*n', 1)": "slice(1, 'n', 'n')" },
      `import { input, layer } from 'oftc';

export const half = layer({ x: input('tokens', '2*n') }, ({ x }) => x.slice(1, '2*n', 'n').add(x.slice(1, '2*n', 1)));
`,
    ),
  },
  OFT2013: {
    title: 'window that does not fit',
    explanation: 'The number of patches that a window takes from an image is not a known whole number.',
    fix: 'Declare the size of the image as a number, at least that of the window.',
    example: mending(
      { "'h', 'w'": '8, 8' },
      `import { input, layer, unfold } from 'oftc';

export const patches = layer({ x: input('tokens', 'c', 'h', 'w') }, ({ x }) => unfold(x, { kernel: 3 }));
`,
    ),
  },
  OFT2014: {
    title: 'not an equation of einsum',
    explanation:
      'An equation has a term for each operand, separated by commas, then -> and the term of the output. A letter stands for an axis, ... for all axes without one.',
    fix: 'Correct the equation as the message says.',
    example: mending(
      { 'oi->tu': 'oi->to' },
      `import { einsum, frozen, input, layer } from 'oftc';

export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
  einsum('ti,oi->tu', x, W),
);
`,
    ),
  },
  OFT2015: {
    title: 'operands do not fit the equation of einsum',
    explanation:
      'Each operand has a term with as many letters as it has axes. All axes with one letter must have one size, or size 1.',
    fix: 'Name the axes in the order of the shapes that the message prints.',
    example: mending(
      { 'ti,io': 'ti,oi' },
      `import { einsum, frozen, input, layer } from 'oftc';

export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
  einsum('ti,io->to', x, W),
);
`,
    ),
  },
  OFT2020: {
    title: 'no gradient',
    explanation: 'A gradient was asked for an input that reaches no output differentiably.',
    fix: 'Remove the detach, use the input, or declare it frozen.',
    example: {
      source: `import { detach, input, layer, trainable } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in'), s: trainable('in') }, ({ x, s }) =>
  x.mul(detach(s)),
);
`,
      mended: {
        source: `import { frozen, input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in'), s: frozen('in') }, ({ x, s }) => x.mul(s));
`,
      },
    },
  },
  OFT2021: {
    title: 'not a computation of one expert',
    explanation:
      'What dispatch gives are the rows of one expert, and ofExpert gives its parameters. Each row is computed by itself, until collect takes the rows back. A tensor with a row for each token has no place there.',
    fix: 'Give each tensor of tokens to dispatch, each parameter of experts to ofExpert, and the result to collect, all with the same choices.',
    example: mending(
      { 'y.mul(s)': 'y.mul(dispatch(s, chosen, 4))' },
      `import { collect, dispatch, frozen, input, layer, ofExpert } from 'oftc';

export const experts = layer(
  {
    x: input('tokens', 'in'),
    s: input('tokens', 'out'),
    chosen: input('tokens', 2, { dtype: 'i32' }),
    W: frozen(4, 'out', 'in'),
  },
  ({ x, s, chosen, W }) => {
    const y = dispatch(x, chosen, 4).matmul(ofExpert(W, chosen).T);
    return collect(y.mul(s), chosen, 4);
  },
);
`,
    ),
  },
} as const satisfies Readonly<Record<string, Code>>;
