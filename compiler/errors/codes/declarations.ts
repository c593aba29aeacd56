/** The refusals of operators’ arguments, declarations, layers, and the files that hold them: OFT1020 to OFT1047. */
import { type Code, LINEAR, mending } from '../code.ts';

export const declarations = {
  OFT1020: {
    title: 'wrong argument for an operator',
    explanation: 'Operators take tensors, and dimensions as names, expressions or numbers.',
    fix: 'Pass what the message names.',
    example: mending(
      { 'v[2]': 'v[1]' },
      `import { input, layer, list, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), v: list(2, trainable('in')) },
  ({ x, v }) => x.mul(v[0]!).mul(v[2]!),
);
`,
    ),
  },
  OFT1021: {
    title: 'number out of range',
    explanation: 'A constant must be a finite number.',
    fix: 'Check the static arithmetic that led to it.',
    example: {
      source: `import { input, layer } from 'oftc';

export const scaled = layer(
  (_: { rank: number }) => ({ x: input('tokens', 'in') }),
  ({ x }, c) => x.mul(16 / c.rank),
  { config: { rank: 8 } },
);
`,
      run: 'oftc explain layer.ts --set rank=0',
      mended: { run: 'oftc explain layer.ts --set rank=4' },
    },
  },
  OFT1022: {
    title: 'unknown option',
    explanation:
      'Options of operators and layers are checked, so that a misspelt one is not silently ignored.',
    fix: 'Use an option that the message lists.',
    example: mending(
      { num_terms: 'terms' },
      `import { cayleyNeumann, input, layer, skew, trainable } from 'oftc';

export const rotated = layer(
  { x: input('tokens', 'b'), v: trainable('tri(b)') },
  ({ x, v }) => x.matmul(cayleyNeumann(skew(v), { num_terms: 3 })),
);
`,
    ),
  },
  OFT1030: {
    title: 'wrong declaration of a parameter',
    explanation:
      "input, frozen and trainable take dimensions one after another, and then options: dtype for all, stored and init for frozen and trainable, project for trainable. init is 'zeros', 'ones', 'identity', 'permutation', or an object of one form, such as { constant: 2 }, { normal: std }, { uniform: bound }, { kaiming: 'in' } with the fan-in’s axis, { same: 'u' } and { left: 'W' }.",
    fix: 'Correct the dimension, dtype or option that the message names.',
    example: mending(
      { float16: 'f16' },
      `import { input, layer } from 'oftc';

export const negated = layer({ x: input('tokens', 'in', { dtype: 'float16' }) }, ({ x }) => x.neg());
`,
    ),
  },
  OFT1031: {
    title: 'wrong length of a list',
    explanation: 'list(n, parameter) needs a whole number n ≥ 0.',
    fix: 'Pass a number that is known at compile time.',
    example: mending(
      { 'c.layers / 2': 'Math.ceil(c.layers / 2)' },
      `import { input, layer, list, trainable } from 'oftc';

export const scaled = layer(
  (c: { layers: number }) => ({ x: input('tokens', 'in'), v: list(c.layers / 2, trainable('in')) }),
  ({ x, v }) => v.reduce((y, s) => y.mul(s), x),
  { config: { layers: 3 } },
);
`,
    ),
  },
  OFT1032: {
    title: 'wrong name or kind of parameter',
    explanation: 'A layer declares named tensors; names appear in files and in generated code.',
    fix: 'Use letters, digits and _, and declare each with input, frozen, trainable, list or when.',
    example: {
      source: LINEAR.replace('W: frozen', "'base.weight': frozen").replace('x, W', "x, 'base.weight': W"),
      mended: { source: LINEAR },
    },
  },
  OFT1033: {
    title: 'a layer takes and returns tensors',
    explanation: 'The body returns one tensor, or an object of tensors by name.',
    fix: 'Return a tensor; leave other results to functions.',
    example: mending(
      { '  x.matmul': '  return x.matmul' },
      `import { frozen, input, layer } from 'oftc';

export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => {
  x.matmul(W.T);
});
`,
    ),
  },
  OFT1034: {
    title: 'not a claim',
    explanation: 'A layer can claim its merged weight and bias, and matrices that are exactly orthogonal.',
    fix: 'Return { weight, bias, orthogonal } from claims, each optional; orthogonal may be a list.',
    example: mending(
      { weights: 'weight' },
      `import { frozen, input, layer } from 'oftc';

export const linear = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in') },
  ({ x, W }) => x.matmul(W.T),
  { claims: ({ W }) => ({ weights: W }) },
);
`,
    ),
  },
  OFT1035: {
    title: 'a start or a stored name that does not fit',
    explanation:
      'A parameter can start equal to one declared before it, as its row norms or singular vectors, or as an identity: the shapes must agree, and indices start as indices. Two parameters cannot be one tensor of a file.',
    fix: 'Name a parameter that the message lists, or give the shape that it needs.',
    example: mending(
      { "trainable('in'": "trainable('out'", 'x.mul(m).matmul(W.T)': 'x.matmul(W.T).mul(m)' },
      `import { frozen, input, layer, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), m: trainable('in', { init: { rowNorms: 'W' } }) },
  ({ x, W, m }) => x.mul(m).matmul(W.T),
);
`,
    ),
  },
  OFT1036: {
    title: 'no start',
    explanation:
      'initialise makes the trainables of a new adapter; each must say how it starts, in a way its sizes allow. A matrix has as many singular vectors as its shorter side, and none unless it is finite.',
    fix: "State init on each trainable, such as { init: 'zeros' }, or choose the size that the message names.",
    example: mending(
      {
        "'tri(b)')": "'tri(b)', { init: 'zeros' })",
        "trainable('out')": "trainable('out', { init: 'ones' })",
      },
      `import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)'), s: trainable('out') },
  ({ x, W, v, s }) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)).mul(s),
  { where: { in: 'r*b' } },
);
`,
      `import { initialise } from 'oftc';

initialise('layer.ts', { dims: { in: 8, out: 5, b: 4 }, seed: 0 });
`,
    ),
  },
  OFT1040: {
    title: 'no layer in the file',
    explanation: 'The file exports nothing made with layer(…).',
    fix: 'Write export const name = layer(…).',
    example: {
      source: LINEAR.replace('export const', 'const'),
      mended: { source: LINEAR },
    },
  },
  OFT1041: {
    title: 'which layer?',
    explanation: 'The file exports several layers, or none of that name.',
    fix: 'Name one of those that the message lists.',
    example: {
      source: LINEAR,
      run: 'oftc explain layer.ts --layer Linear',
      mended: { run: 'oftc explain layer.ts --layer linear' },
    },
  },
  OFT1043: {
    title: 'unknown configuration',
    explanation: 'The layer’s configuration has no such key.',
    fix: 'Use a key that the message lists.',
    example: {
      source: `import { input, layer } from 'oftc';

export const scaled = layer(
  (_: { scaling: number }) => ({ x: input('tokens', 'in') }),
  ({ x }, c) => x.mul(c.scaling),
  { config: { scaling: 1 } },
);
`,
      run: 'oftc explain layer.ts --set scalling=2',
      mended: { run: 'oftc explain layer.ts --set scaling=2' },
    },
  },
  OFT1044: {
    title: 'configuration of the wrong type',
    explanation: 'A configuration value must fit the TypeScript type that the layer gives it.',
    fix: 'Pass a value that the message allows.',
    example: {
      source: `import { input, layer } from 'oftc';

export const scaled = layer(
  (_: { mode: 'multiply' | 'divide' }) => ({ x: input('tokens', 'in') }),
  ({ x }, c) => (c.mode === 'multiply' ? x.mul(2) : x.div(2)),
  { config: { mode: 'multiply' } },
);
`,
      run: 'oftc explain layer.ts --set mode=Divide',
      mended: { run: 'oftc explain layer.ts --set mode=divide' },
    },
  },
  OFT1045: {
    title: 'file not found',
    explanation: 'The path is not that of a TypeScript file that can be read.',
    fix: 'Check the path; it is relative to the working directory.',
    example: {
      source: LINEAR,
      run: 'oftc explain layers.ts',
      mended: { run: 'oftc explain layer.ts' },
    },
  },
  OFT1046: {
    title: 'a name that no file can have',
    explanation:
      'Built files are called what the layer is exported as. A name with a slash would lead out of the folder, and some names are reserved for devices, or too long.',
    fix: 'Export the layer by another name.',
    example: {
      source: LINEAR.replace('export const', 'const').concat("\nexport { linear as '../linear' };\n"),
      run: 'oftc build layer.ts --dims in=8,out=5 -o built',
      mended: { source: LINEAR },
    },
  },
  OFT1047: {
    title: 'a layer that PEFT cannot adapt',
    explanation:
      'PEFT puts an adapter on a linear layer y = x·Wᵀ + bias that a model has already, and makes its tensors anew. So the layer takes one activation with a row for each token, declares one frozen weight (out, in), and says how every other tensor starts.',
    fix: 'Declare what the message names, or build the layer with --target torch.',
    example: {
      source: `import { frozen, input, layer, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') },
  ({ x, W, s }) => x.mul(s).matmul(W.T),
);
`,
      run: 'oftc build layer.ts --target peft -o scaled',
      mended: {
        source: `import { frozen, input, layer, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in', { init: 'ones' }) },
  ({ x, W, s }) => x.mul(s).matmul(W.T),
);
`,
      },
    },
  },
} as const satisfies Readonly<Record<string, Code>>;
