/** A layer that `oftc rewrite` prints compiles, with --pinned, to the Program that it was printed from. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { rational } from '../../../compiler/dims/rational.ts';
import { FrontEnd, formatDiagnostics } from '../../../compiler/frontend/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { apply, Identity, input } from '../../../compiler/ir/build.ts';
import type { Attrs, Node, Program } from '../../../compiler/ir/node.ts';
import { scaled } from '../../../compiler/ops/nodes.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { boft } from '../../../src/adapters/boft.ts';
import { c3a } from '../../../src/adapters/c3a.ts';
import { diagOft } from '../../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../../src/adapters/ether.ts';
import { goft } from '../../../src/adapters/goft.ts';
import { gralora } from '../../../src/adapters/gralora.ts';
import { gsoft } from '../../../src/adapters/gsoft.ts';
import { hoft, shoft } from '../../../src/adapters/hoft.ts';
import { hra } from '../../../src/adapters/hra.ts';
import { loft } from '../../../src/adapters/loft.ts';
import { dora, lora } from '../../../src/adapters/lora.ts';
import { miss } from '../../../src/adapters/miss.ts';
import { type OftConfig, oft } from '../../../src/adapters/oft.ts';
import { oftConv } from '../../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../../src/adapters/oft-embedding.ts';
import { poet } from '../../../src/adapters/poet.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { road } from '../../../src/adapters/road.ts';
import { scaledOft } from '../../../src/adapters/scaled-oft.ts';
import { ssvd } from '../../../src/adapters/ssvd.ts';
import { svft } from '../../../src/adapters/svft.ts';
import type { Traceable } from '../../../src/language/load.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { programOf } from '../../support/evaluate.ts';

const type = { dtype: 'f32', shape: [parseDim('n'), parseDim('n')] } as const;

const FILE = fileURLToPath(new URL('./printed.ts', import.meta.url));
const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ overlay });

function reread(text: string): Program {
  overlay.set(FILE, text);
  const { program, diagnostics } = frontEnd.lower(FILE);
  if (!program) throw new Error(`${formatDiagnostics(diagnostics, { color: false })}\n${text}`);
  return program;
}

/** Expects the outputs of two Programs to be structurally equal, spans aside. */
function expectEqual(a: Program, b: Program): void {
  const identity = new Identity();
  expect(b.inputs.map((i) => i.name)).toEqual(a.inputs.map((i) => i.name));
  const ids = (p: Program) => p.outputs.map((o) => [o.name, identity.of(o.node)]);
  expect(ids(b)).toEqual(ids(a));
}

const CONFIGS: Partial<OftConfig>[] = [
  {},
  { bias: true, terms: 3 },
  { terms: 8 },
  { series: 'peft-0.17', terms: 4 },
  { cayley: 'exact' },
  { share: true },
  { coft: true },
  { coft: true, share: true, eps: 0.01, adapters: 3, bias: true },
];

describe.each(CONFIGS)('%j', (config) => {
  const source = oft.trace(config);
  const sizes = solveDims(source, { in: 64, out: 48, b: 8 });
  const { variants } = compileProgram(source, { gradients: false, sizes });

  it.each(variants.map((v, k) => [k, v] as const))('variant %i is the same read back', (_, variant) => {
    const text = printLayer(variant.symbolic, { comment: ['Derived.'] });
    const again = compileProgram(reread(text), { gradients: false, sizes, pinned: true });
    expect(again.variants).toHaveLength(1);
    expectEqual(variant.symbolic, again.variants[0]!.symbolic);
  });
});

const METHODS: readonly (readonly [Traceable, object, Record<string, number>])[] = [
  [boft, { factors: 2, bias: true }, { in: 64, out: 48, b: 8 }],
  [diagOft, { rescale: true }, { in: 64, out: 48, b: 12 }],
  [dora, { bias: true }, { in: 64, out: 48, r: 4 }],
  [ether, {}, { in: 64, out: 48, b: 16 }],
  [etherPlus, {}, { in: 64, out: 48, b: 32, a: 24 }],
  [goft, { levels: 5 }, { out: 48 }],
  [gsoft, {}, { in: 64, out: 48, b: 8 }],
  [gsoft, { method: 'exp' }, { in: 64, out: 48, b: 8 }],
  [hoft, {}, { in: 64, out: 48, r: 4 }],
  [shoft, {}, { in: 64, out: 48, r: 4 }],
  [loft, {}, { in: 64, out: 48, r: 8 }],
  [hra, { gs: true }, { in: 64, out: 48, r: 4 }],
  [gralora, { hybrid: 2 }, { in: 64, out: 48, r: 4 }],
  [ssvd, {}, { in: 64, out: 48, k: 8 }],
  [svft, {}, { in: 64, out: 48, k: 8 }],
  [c3a, {}, { in: 64, out: 48, b: 16 }],
  [miss, {}, { in: 64, out: 48, r: 8 }],
  [miss, { shard: 'mini' }, { in: 64, out: 48, r: 8, h: 12 }],
  [miss, { shard: 'bat' }, { in: 64, out: 48, r: 8 }],
  [lora, {}, { in: 64, out: 48, r: 4 }],
  [oftConv, {}, { out: 48, r: 4, b: 18 }],
  [oftEmbedding, {}, { vocabulary: 50, d: 64, b: 16 }],
  [poet, { bias: true }, { in: 64, out: 48, b: 16, a: 8 }],
  [poet, { bias: true, permuted: true }, { in: 64, out: 48, b: 16, a: 8 }],
  [psoft, {}, { in: 64, out: 48, r: 8 }],
  [road, { variant: 4, bias: true }, { in: 64, out: 128, g: 64 }],
  [scaledOft, {}, { in: 64, out: 48, b: 16 }],
];

describe.each(METHODS.map((m) => [m[0].trace(m[1]).name, ...m] as const))('%s', (_, layer, config, dims) => {
  it('every variant is the same read back', () => {
    const source = layer.trace(config);
    const sizes = solveDims(source, dims);
    for (const variant of compileProgram(source, { gradients: false, sizes }).variants) {
      const again = compileProgram(reread(printLayer(variant.symbolic)), {
        gradients: false,
        sizes,
        pinned: true,
      });
      expectEqual(variant.symbolic, again.variants[0]!.symbolic);
    }
  });
});

it('a printed layer reads like one that a person would write', () => {
  const source = oft.trace();
  const { variants } = compileProgram(source, {
    gradients: false,
    sizes: solveDims(source, { in: 64, out: 48, b: 8 }),
  });
  expect(printLayer(variants[0]!.symbolic)).toMatchInlineSnapshot(`
    "import { blockDiag, frozen, identity, input, layer, skew, trainable } from 'oftc';

    export const oft = layer(
      {
        x: input('tokens', 'in'),
        W: frozen('out', 'in', { stored: 'weight' }),
        v: [
          trainable('r', 'tri(b)', { stored: 'oft_R.weight', init: 'zeros' }),
        ],
      },
      ({ x, W, v }) => {
        const Q = skew(v[0]!);
        const t1 = Q.matmul(Q);
        const t2 = identity('r', 'b', 'b').add(t1).matmul(identity('r', 'b', 'b').add(Q.mul(2), t1));
        return x.matmul(blockDiag(t2)).matmul(W.T);
      },
      { where: { in: 'b*r' }, source: 'https://arxiv.org/abs/2506.19847' },
    );
    "
  `);
});

describe('a projection that no layer declares is refused', () => {
  const [u, x] = [input('u', 'trainable', type), input('x', 'input', type)];
  const projected = (of: Node, by = 2) => apply('project', [of, scaled(by, of)]);
  it.each([
    ['of an input', projected(x)],
    ['of a tensor that is computed', projected(apply('add', [u, x]))],
    ['beside another of the same parameter', apply('add', [projected(u), projected(u, 3)])],
    ['of a parameter that is read without it too', apply('add', [projected(u), u])],
  ])('%s', (_, y) => {
    expect(() => printLayer(programOf({ y }))).toThrow('no layer declares this projection');
  });
});

it('a constant is printed as scalar(…) where a function takes one tensor, and as a number beside another', () => {
  const x = input('x', 'input', type);
  const half = apply('literal', [], { value: rational(1n, 2n) });
  const y = apply('mul', [apply('max', [x, half]), apply('cos', [half])]);
  const text = printLayer(programOf({ y }));
  expect(text).toContain('max(x, 0.5).mul(cos(scalar(0.5)))');
  expectEqual(programOf({ y }), reread(text));
});

describe('each operator is printed as a call that reads back to it', () => {
  const named = (name: string, shape: string, dtype: 'f32' | 'i32' = 'f32') =>
    input(name, name === 'x' ? 'input' : 'frozen', { shape: shape.split(' ').map(parseDim), dtype });
  const [x, W, v] = [named('x', 'tokens n'), named('W', 'n n'), named('v', 'n')];
  const attended = [named('x', 'tokens h d'), named('k', 'tokens g d'), named('s', 'tokens', 'i32')];
  const attention = (attrs: Attrs) => apply('attention', [...attended, named('u', 'tokens g d')], attrs);
  const half = rational(1n, 2n);
  it.each<readonly [text: string, y: Node]>([
    ['attention(x, k, u, s)', attention({})],
    ['attention(x, k, u, s, { scale: 0.5 })', attention({ scale: half })],
    ['attention(x, k, u, s, { softCap: 0.5 })', attention({ softCap: half })],
    [
      'attention(x, k, u, s, { scale: 0.5, softCap: 50 })',
      attention({ scale: half, softCap: rational(50n) }),
    ],
    ['sum(x, 1)', apply('sum', [x], { axes: [1] })],
    ['sum(x, [0, 1])', apply('sum', [x], { axes: [0, 1] })],
    ['polynomial(W, [1, 2, 3])', apply('polynomial', [W], { coefs: [1, 2, 3] })],
    ['expm(W)', apply('expm', [W])],
    ['expm(W, { maxNorm: 0.5 })', apply('expm', [W], { maxNorm: half })],
    [
      "x.matmul(shuffle(['r', 2, 'b'], [2, 0, 1]))",
      apply('matmul', [
        named('x', 'tokens b*r*2'),
        apply('shuffle', [], { digits: ['r', '2', 'b'].map(parseDim), order: [2, 0, 1] }),
      ]),
    ],
    ["x.matmul(hadamard('n'))", apply('matmul', [x, apply('hadamard', [], { size: parseDim('n') })])],
    ['v.mul(2).div(3)', scaled(rational(2n, 3n), v)],
  ])('%s', (text, y) => {
    const printed = printLayer(programOf({ y }));
    expect(printed).toContain(`return ${text};`);
    expectEqual(programOf({ y }), reread(printed));
  });

  it.each([
    ['0', 'n+2', "concat([W, expand(scalar(0), 'n', 2)], 1)"],
    ['2', 'n+2', "concat([expand(scalar(0), 'n', 2), W], 1)"],
    ['m', 'n+m+3', "concat([expand(scalar(0), 'n', 'm'), W, expand(scalar(0), 'n', 3)], 1)"],
  ])('but a tensor from %s on among %s zeros is one that is joined with zeros', (start, size, text) => {
    const y = apply('pad', [W], { axis: 1, start: parseDim(start), size: parseDim(size) });
    expect(printLayer(programOf({ y }))).toContain(`return ${text};`);
  });

  it('a factor that is larger than every float64 is printed as it is', () => {
    expect(printLayer(programOf({ y: scaled(rational(10n ** 400n, 3n), v) }))).toContain('v.mul(');
  });
});
