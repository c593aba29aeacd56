/** The library `oftc/associate`: its answers to requests, what it refuses, its size, and its example. */
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../bench/size.ts';
import { request as multiDot, python } from '../../../examples/multi-dot.ts';
import { associate, type Request } from '../../../src/associate/index.ts';

const OFT: Request = {
  factors: {
    x: { shape: ['n', 4096] },
    R: { shape: [4096, 4096], structure: { kind: 'blockDiagonal', blocks: 128 } },
    W: { shape: [11008, 4096] },
  },
  products: { y: ['x', 'R', { factor: 'W', transposed: true }] },
  gradients: ['x', 'R'],
};

describe('associate', () => {
  it('forms once what the gradients of an adapter share', () => {
    const { symbol, proven, variants } = associate(OFT);
    expect({ symbol, proven }).toEqual({ symbol: 'n', proven: true });
    const [first] = variants;
    expect(first!.formulas).toEqual({
      products: { y: '(x·R)·Wᵀ' },
      gradients: { x: ['(grad.y·W)·Rᵀ'], R: ['blocks(xᵀ·(grad.y·W))'] },
    });
    expect(first!.steps.map((s) => s.uses)).toEqual([1, 1, 2, 1, 1]);
    expect(first!.steps[4]).toMatchObject({
      left: { factor: 'x', transposed: true },
      right: { step: 2, transposed: false },
      shape: [4096, 4096],
      structure: { kind: 'blockDiagonal', blocks: 128 },
      projected: true,
      cost: { operations: [0, 2 * 4096 * 32], memory: [4 * 4096 * 32], launches: 1 },
    });
  });

  it('takes and gives plain JSON', () => {
    const answer = associate(OFT);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  it('adds up the gradient of a factor over all its occurrences, in every product', () => {
    const { variants } = associate({
      factors: { A: { shape: [8, 8] }, x: { shape: ['batch', 8] }, y: { shape: [8, 'batch'] } },
      products: { u: ['x', 'A', 'A'], v: [{ factor: 'A', transposed: true }, 'y'] },
      gradients: ['A'],
    });
    expect(variants[0]!.formulas.gradients).toEqual({
      A: ['xᵀ·(grad.u·Aᵀ)', '(Aᵀ·xᵀ)·grad.u', 'y·grad.vᵀ'],
    });
  });

  it('reads sizes that are sums of products of one name', () => {
    const { symbol, variants } = associate({
      factors: { A: { shape: ['4*heads + 1', 8] }, B: { shape: [8, 'heads'] } },
      products: { y: ['A', 'B'] },
    });
    expect(symbol).toBe('heads');
    expect(variants[0]!.steps[0]).toMatchObject({ shape: ['4*heads + 1', 'heads'] });
    expect(variants[0]!.cost.operations).toEqual([0, 16, 64]);
  });

  it('gives up a share of time for memory that does not shrink with the symbolic size', () => {
    const request = { ...multiDot, maxVariants: 100 };
    const held = (tolerance: number) => {
      const { variants } = associate({ ...request, tolerance });
      return variants.find((v) => v.to === null || v.to >= 512)!.cost.memory[0]!;
    };
    expect(held(5)).toBeLessThan(held(0));
  });

  it('merges ranges into few variants', () => {
    expect(associate({ ...multiDot, maxVariants: 1 }).variants).toMatchObject([{ from: 0, to: null }]);
  });
});

const { x, R, W } = OFT.factors;
const refused: readonly (readonly [string, unknown])[] = [
  ['the request: Object is expected, and it is null', null],
  ['factors: it is missing', { products: {} }],
  ['factors: it is empty: name at least one', { factors: {}, products: {} }],
  ['factor: there is no such field; docs/associate.md lists them', { ...OFT, factor: {} }],
  ['the request: Object is expected, and it is Array', []],
  ['version: 1 is expected, and it is 2', { ...OFT, version: 2 }],
  ['gradients: Array is expected, and it is "x"', { ...OFT, gradients: 'x' }],
  ['device.launch: it is missing', { ...OFT, device: { flops: 1, bandwidth: 1 } }],
  ['device.flops: a number above 0 is expected, and it is Object', { ...OFT, device: { flops: {} } }],
  ['tolerance: a number that is not negative is expected, and it is -1', { ...OFT, tolerance: -1 }],
  ['maxVariants: a whole number above 0 is expected, and it is 1.5', { ...OFT, maxVariants: 1.5 }],
  [
    'factors.x.shape.2: there is no such field; docs/associate.md lists them',
    { ...OFT, factors: { x: { shape: ['n', 8, 1] } } },
  ],
  [
    'factors.x.shape.1: a whole number above 0 or a text such as "n" or "4*n" is expected, and it is null',
    { ...OFT, factors: { x: { shape: ['n', null] } } },
  ],
  [
    'factors.x.structure.kind: "dense" | "blockDiagonal" | "diagonal" | "permutation" | "stated" is expected, and it is "banded"',
    { ...OFT, factors: { x: { shape: ['n', 8], structure: { kind: 'banded' } } } },
  ],
  [
    'factors.x.structure.blocks: it is missing',
    { ...OFT, factors: { x: { shape: [8, 8], structure: { kind: 'blockDiagonal' } } } },
  ],
  [
    'factors.x.symmetric: boolean is expected, and it is 1',
    { ...OFT, factors: { x: { shape: [8, 8], symmetric: 1 } } },
  ],
  [
    'products.y.0: a name or { "factor": name, "transposed": true } is expected, and it is 1',
    { ...OFT, products: { y: [1, 'R'] } },
  ],
  ['products: an object by name is expected', { ...OFT, products: [['x', 'R']] }],
  ['factors.x.shape.1: it is missing', { ...OFT, factors: { x: { shape: ['n'] } } }],
  [
    'factors.x.shape.0: a whole number above 0 is expected, and it is 0',
    { ...OFT, factors: { x: { shape: [0, 1] } } },
  ],
  [
    "factors.W.shape.0: 'm' is a second symbolic size beside 'n' (factors.x.shape.0): give a number for one, or write their product as one name",
    { ...OFT, factors: { x, R, W: { shape: ['m', 4096] } } },
  ],
  [
    "factors.x.shape.0: 'n - 1' may be no size: only sums of products such as 4*n + 1 are taken",
    { ...OFT, factors: { x: { shape: ['n - 1', 4096] }, R, W } },
  ],
  [
    'factors.R.structure.blocks: 3 blocks do not divide 4096 × 4096',
    { ...OFT, factors: { x, R: { ...R, structure: { kind: 'blockDiagonal', blocks: 3 } }, W } },
  ],
  [
    'factors.x: only a dense factor may have a symbolic size, and this one is diagonal',
    { ...OFT, factors: { x: { shape: ['n', 'n'], structure: { kind: 'diagonal' } }, R, W } },
  ],
  [
    'factors.R: a permutation matrix is square, and its shape is 4096 × 8',
    { ...OFT, factors: { x, R: { shape: [4096, 8], structure: { kind: 'permutation' } }, W } },
  ],
  [
    'products.y.1: x (n × 4096) · W (11008 × 4096): columns do not match rows: write { "factor": "W", "transposed": true }',
    { ...OFT, products: { y: ['x', 'W'] } },
  ],
  ["products.y.1: there is no factor 'V'; the factors are x, R, W", { ...OFT, products: { y: ['x', 'V'] } }],
  ['products.y: a product has two factors or more, and it has 1', { ...OFT, products: { y: ['x'] } }],
  [
    "gradients.0: 'W' is in no product, so nothing depends on it",
    { ...OFT, products: { y: ['x', 'R'] }, gradients: ['W'] },
  ],
  [
    "gradients.0: 'R' is permutation: gradients are of factors that are dense, blockDiagonal or diagonal",
    { ...OFT, factors: { x, R: { ...R, structure: { kind: 'permutation' } }, W }, gradients: ['R'] },
  ],
  [
    'products.y: 33 factors of one product in a request to oftc/associate: the limit is 32, because the products that it could form grow as the third power',
    { ...OFT, products: { y: Array(33).fill('R') }, gradients: [] },
  ],
  [
    'products: 420 factors in all products and gradients of a request to oftc/associate: the limit is 400, because all are searched together, and a gradient is a product as long as the one that it is of',
    { ...OFT, products: { y: Array(20).fill('R') }, gradients: ['R'] },
  ],
];

it.each(refused)('refuses: %s', (message, request) => {
  expect(() => associate(request as Request)).toThrow(
    expect.objectContaining({ code: 'InvalidArgument', message: `associate: ${message}` }),
  );
});

it('is bundled to less than 35 kB minified, and 14 kB compressed', async () => {
  const { gzip, minified, limit } = await sizeOf('../src/associate/index.ts', 14_000);
  expect(gzip).toBeLessThan(limit);
  expect(minified).toBeLessThan(35_000);
});

it('derives the chain of the example and its backward', () => {
  expect(`\n${python(multiDot, associate(multiDot))}`).toMatchInlineSnapshot(`
    "
    class Chain(torch.autograd.Function):
        @staticmethod
        def forward(ctx, X, A, B, C):
            n = X.shape[0]
            if n <= 53:
                p0 = X @ A
                p1 = p0 @ B
                p2 = p1 @ C
                ctx.save_for_backward(X, A, B, C, p0, p1)
                return p2
            else:
                p0 = X @ A
                p1 = B @ C
                p2 = p0 @ p1
                ctx.save_for_backward(X, A, B, C, p0, p1)
                return p2

        @staticmethod
        def backward(ctx, g):
            n = g.shape[0]
            if n <= 53:
                X, A, B, C, p0, p1 = ctx.saved_tensors
                p3 = g @ C.mT
                p4 = p3 @ B.mT
                p5 = p4 @ A.mT
                p6 = X.mT @ p4
                p7 = p0.mT @ p3
                p8 = p1.mT @ g
                return p5, p6, p7, p8
            else:
                X, A, B, C, p0, p1 = ctx.saved_tensors
                p3 = g @ p1.mT
                p4 = p3 @ A.mT
                p5 = X.mT @ p3
                p6 = p0.mT @ g
                p7 = p6 @ C.mT
                p8 = B.mT @ p6
                return p4, p5, p7, p8
    "
  `);
});
