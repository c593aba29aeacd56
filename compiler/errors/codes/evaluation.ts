/** The refusals of code in a layer: OFT1001 to OFT1019. */
import { type Code, LINEAR, mending } from '../code.ts';

export const evaluation = {
  OFT1001: {
    title: 'not part of the language',
    explanation:
      'A layer’s source is evaluated once, at compile time; this form of TypeScript has no meaning there.',
    fix: 'Use const, functions, for over static ranges, and if on static values; the message names the replacement.',
    example: mending(
      { 'let k = 0;\n  while (k++ < 2)': 'for (let k = 0; k < 2; k++)' },
      `import { input, layer } from 'oftc';

export const triple = layer({ x: input('tokens', 'in') }, ({ x }) => {
  let y = x;
  let k = 0;
  while (k++ < 2) y = y.add(x);
  return y;
});
`,
    ),
  },
  OFT1002: {
    title: 'statement at module level',
    explanation: 'A layer file declares: it may not run code, because lowering would not run it.',
    fix: 'Move the statement into a function, or into the script that imports the layer.',
    example: mending(
      { 'let scale = 8;\nscale /= 32;': 'const scale = 8 / 32;' },
      `import { input, layer } from 'oftc';

let scale = 8;
scale /= 32;
export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(scale));
`,
    ),
  },
  OFT1003: {
    title: 'tensor in a condition',
    explanation:
      'A tensor’s elements are not known at compile time, so a branch on it would always go one way.',
    fix: 'Branch on configuration; element-wise choices are written with max, min and abs. An optional tensor may be tested for presence.',
    example: {
      source: `import { input, layer } from 'oftc';

export const flip = layer({ x: input('tokens', 'in') }, ({ x }) => (x ? x.neg() : x));
`,
      mended: {
        source: `import { input, layer } from 'oftc';

export const flip = layer(
  (_: { negate: boolean }) => ({ x: input('tokens', 'in') }),
  ({ x }, c) => (c.negate ? x.neg() : x),
  { config: { negate: true } },
);
`,
      },
    },
  },
  OFT1004: {
    title: 'operator on tensors',
    explanation: 'TypeScript has no operator overloading.',
    fix: 'Write x.matmul(y) for products of matrices; x.mul(y), x.add(y), x.sub(y), x.div(y) and x.neg() element by element.',
    example: { source: LINEAR.replace('x.matmul(W.T)', 'x * W.T'), mended: { source: LINEAR } },
  },
  OFT1005: {
    title: 'assignment to outer state',
    explanation:
      'Only a let of the same function call can be assigned: everything else would make the order of evaluation matter.',
    fix: 'Return the value instead, or accumulate in a let of the function that loops.',
    example: {
      source: `import { input, layer } from 'oftc';

export const ramp = layer({ x: input('tokens', 'in') }, ({ x }) => {
  let y = x;
  const grow = (k: number) => {
    y = y.add(x.mul(k));
  };
  for (const k of [1, 2]) grow(k);
  return y;
});
`,
      mended: {
        source: `import { input, layer } from 'oftc';

export const ramp = layer({ x: input('tokens', 'in') }, ({ x }) => {
  let y = x;
  for (const k of [1, 2]) y = y.add(x.mul(k));
  return y;
});
`,
      },
    },
  },
  OFT1006: {
    title: 'mutation',
    explanation:
      'Tensors, arrays and objects are values; changing one in place is not part of the language. A statement that computes a tensor and does not use it changes nothing.',
    fix: 'Build a new one: S = S.add(P), [...xs, x], { ...o, k: v }, xs.map(…), xs.toReversed().',
    example: mending(
      { ', type Tensor': '', 'const terms: Tensor[] = [];\n  terms.push(x);': 'const terms = [x];' },
      `import { input, layer, type Tensor } from 'oftc';

export const doubled = layer({ x: input('tokens', 'in') }, ({ x }) => {
  const terms: Tensor[] = [];
  terms.push(x);
  return terms.reduce((a, b) => a.add(b), x);
});
`,
    ),
  },
  OFT1007: {
    title: 'not available at compile time',
    explanation:
      'Of JavaScript’s globals, only those without effects and without randomness can be used in a layer.',
    fix: 'Pass the value in through the configuration, or as an input.',
    example: {
      source: `import { input, layer } from 'oftc';

export const noisy = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(1 + 0.01 * Math.random()));
`,
      mended: {
        source: `import { input, layer } from 'oftc';

export const noisy = layer(
  { x: input('tokens', 'in'), noise: input('tokens', 'in') },
  ({ x, noise }) => x.mul(noise.add(1)),
);
`,
      },
    },
  },
  OFT1008: {
    title: 'code of another package',
    explanation: 'Helpers are inlined from their source, and this one has none here.',
    fix: 'Write the helper in your own module; only oftc and your own files can be used inside a layer.',
    example: {
      source: `import { relu } from 'torch';
import { input, layer } from 'oftc';

export const activated = layer({ x: input('tokens', 'in') }, ({ x }) => relu(x));
`,
      mended: {
        source: `import { input, layer, max, type Tensor } from 'oftc';

const relu = (x: Tensor) => max(x, 0);
export const activated = layer({ x: input('tokens', 'in') }, ({ x }) => relu(x));
`,
      },
    },
  },
  OFT1009: {
    title: 'no such member',
    explanation: 'The value has no property or method of this name, or the name is defined nowhere.',
    fix: 'Use a member that the message lists, or what it says to write instead.',
    example: {
      source: `import { input, layer } from 'oftc';

export const weights = layer({ s: input('tokens', 'n') }, ({ s }) => s.softmax(-1));
`,
      mended: {
        source: `import { exp, input, layer, sum } from 'oftc';

export const weights = layer({ s: input('tokens', 'n') }, ({ s }) => {
  const e = exp(s);
  return e.div(sum(e, -1));
});
`,
      },
    },
  },
  OFT1010: {
    title: 'unreadable dimension',
    explanation: 'A dimension is a name, a number, or an expression in +, -, *, / and tri().',
    fix: 'Correct the dimension at the position the message gives.',
    example: mending(
      { 'in//2': 'in/2' },
      `import { input, layer } from 'oftc';

export const negated = layer({ x: input('tokens', 'in//2') }, ({ x }) => x.neg());
`,
    ),
  },
  OFT1011: {
    title: 'where cannot be resolved',
    explanation:
      'An equality of `where` has one name on its left and others on its right. A size that is a product in two ways, in = r·c = s·e, takes two: one says what the size is, the other solves the second product for a name.',
    fix: "Write where: { in: 'r*c', s: 'in/e' }, with each name on the left at most once; leave out an equality that follows from others.",
    example: mending(
      { "'r*c': 's*e'": "s: 'in/e'" },
      `import { blockDiag, cayley, input, layer, skew, trainable } from 'oftc';

export const rotated = layer(
  { x: input('tokens', 'in'), u: trainable('r', 'tri(c)'), v: trainable('s', 'tri(e)') },
  ({ x, u, v }) => x.matmul(blockDiag(cayley(skew(u)))).matmul(blockDiag(cayley(skew(v)))),
  { where: { in: 'r*c', 'r*c': 's*e' } },
);
`,
    ),
  },
  OFT1012: {
    title: 'a layer without tensors',
    explanation: 'A layer needs something to compute with.',
    fix: 'Declare at least one input, frozen or trainable.',
    example: {
      source: `import { identity, layer } from 'oftc';

export const nothing = layer({}, () => identity('n'));
`,
      mended: {
        source: `import { identity, input, layer } from 'oftc';

export const nothing = layer({ x: input('tokens', 'n') }, ({ x }) => x.matmul(identity('n')));
`,
      },
    },
  },
  OFT1013: {
    title: 'wrong tensors for a layer',
    explanation: 'A called layer must be given exactly the tensors that it declares at that configuration.',
    fix: 'Pass the tensors the message names, in an object by name.',
    example: mending(
      { 'linear(linear(x, W), W)': 'linear({ x: linear({ x, W }), W })' },
      `import { frozen, input, layer } from 'oftc';

const linear = layer({ x: input('n', 'k'), W: frozen('m', 'k') }, ({ x, W }) => x.matmul(W.T));
export const twice = layer(
  { x: input('tokens', 'in'), W: frozen('in', 'in') },
  ({ x, W }) => linear(linear(x, W), W),
);
`,
    ),
  },
  OFT1014: {
    title: 'nested too deeply',
    explanation: 'Calls are inlined, so recursion must end soon and at compile time.',
    fix: 'Use a for loop, or make the recursion end.',
    example: mending(
      { '=> double(x.add(x), k - 1)': '=> (k === 0 ? x : double(x.add(x), k - 1))' },
      `import { input, layer, type Tensor } from 'oftc';

const double = (x: Tensor, k: number): Tensor => double(x.add(x), k - 1);
export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => double(x, 3));
`,
    ),
  },
  OFT1015: {
    title: 'too many steps',
    explanation: 'A static loop ran so long that it looks endless.',
    fix: 'Make the loop end; loops over elements are written as tensor operators.',
    example: {
      source: `import { input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => {
  let k = 1;
  for (let i = 0; i < 1024 * 1024; i++) k = k + 1;
  return x.mul(k);
});
`,
      mended: {
        source: `import { input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(1 + 1024 * 1024));
`,
      },
    },
  },
  OFT1016: {
    title: 'used before it is defined',
    explanation: 'The initialiser of a constant needs its own value.',
    fix: 'Break the cycle between the constants.',
    example: {
      source: `import { input, layer } from 'oftc';

const scale: number = half() * 2;
function half(): number {
  return scale / 2;
}
export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(scale));
`,
      mended: {
        source: `import { input, layer } from 'oftc';

const scale = 4;
export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(scale));
`,
      },
    },
  },
  OFT1017: {
    title: 'not the kind of value this needs',
    explanation:
      'The value is of the wrong kind: a tensor where a number is meant, or a property that is called.',
    fix: 'Pass the kind of value that the message names.',
    example: mending(
      { 'input, layer }': 'input, layer, max }', 'Math.max': 'max' },
      `import { input, layer } from 'oftc';

export const relu = layer({ x: input('tokens', 'in') }, ({ x }) => Math.max(x, 0));
`,
    ),
  },
  OFT1018: {
    title: 'the layer’s own refusal',
    explanation: 'The source reached a throw at this configuration.',
    fix: 'Follow the author’s message.',
    example: {
      source: `import { input, layer } from 'oftc';

export const repeated = layer(
  (_: { times: number }) => ({ x: input('tokens', 'in') }),
  ({ x }, c) => {
    if (c.times < 1) throw new Error(\`times must be at least 1, got \${c.times}\`);
    return x.mul(c.times);
  },
  { config: { times: 1 } },
);
`,
      run: 'oftc explain layer.ts --set times=0',
      mended: { run: 'oftc explain layer.ts --set times=2' },
    },
  },
  OFT1019: {
    title: 'a variable that gets another shape',
    explanation:
      'TypeScript takes the type of a variable from its first value, and the type of a tensor has its dimensions.',
    fix: 'Declare the variable as a Tensor, which may have any shape: let V: Tensor = W.T.',
    example: mending(
      { 'let V =': 'let V: Tensor =', 'list, trainable': 'list, type Tensor, trainable' },
      `import { blockDiag, frozen, input, layer, list, trainable } from 'oftc';

export const rotated = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), R: list(2, trainable('r', 'b', 'b')) },
  ({ x, W, R }) => {
    let V = W.T;
    for (const blocks of R) V = blockDiag(blocks).matmul(V);
    return x.matmul(V);
  },
  { where: { in: 'r*b' } },
);
`,
    ),
  },
} as const satisfies Readonly<Record<string, Code>>;
