/** Recomputation: tensors that are computed again for a late reader instead of being kept. */
import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../compiler/dims/dims.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { type Plan, temporaryBytes } from '../../../runtime/plan.ts';
import { boft } from '../../../src/adapters/boft.ts';
import { gsoft } from '../../../src/adapters/gsoft.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { planOf as planOfLayer } from '../../../src/session/session.ts';
import { variantsIn } from '../../support/plans.ts';
import { sampled } from '../../support/sample.ts';
import { contraction, input, load, program, reduce } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { batched, blockGradient, rotate } from '../layers.ts';

const [R, B] = [3, 8];
const BLOCKS = 4 * R * B * B;

/** Row sums of S·G, with G the gradient of x·S by the blocks S. S would have to be kept from x·S until S·G. */
function early(S: Prim) {
  const x = input('x', ['tokens', R * B]);
  const G = blockGradient(rotate(x, S, 'tokens', R, B), x, 'tokens', R, B);
  const rows = contraction(
    'rows',
    [S, G],
    [
      ['k', R],
      ['i', B],
    ],
    [
      ['l', B],
      ['j', B],
    ],
    load(0, 'k', 'i', 'l'),
    load(1, 'k', 'l', 'j'),
  );
  return program({ y: rows });
}

const A = input('A', [R, B, B]);
/** The blocks A·A. */
const square = batched(A, A, R, B);
/** Blocks made by a product over `depth` elements, whose cost grows with `depth`. */
const deep = (depth: number): Prim =>
  contraction(
    'deep',
    [input('D', [R, B, depth])],
    [
      ['k', R],
      ['i', B],
      ['j', B],
    ],
    [['l', depth]],
    load(0, 'k', 'i', 'l'),
    load(0, 'k', 'j', 'l'),
  );

const names = (plan: Plan) => variantsIn(plan)[0]!.steps.map((s) => plan.kernels[s.kernel]!.name);
const temporaries = (plan: Plan, tokens: number) => temporaryBytes(variantsIn(plan)[0]!, tokens);
const trained = (layer: Program, dims: Binding): Plan =>
  planOfLayer(compileProgram(layer, { sizes: solveDims(layer, dims), gradients: true }));
/** The bytes of x·S, the only temporary of a token's size. */
const activations = (tokens: number) => 4 * tokens * R * B;

describe('is computed again', () => {
  it('what a later launch has from inputs, in that launch', async () => {
    const plan = planOf(early(square));
    expect(names(plan)).toEqual([
      'contraction_product',
      'contraction_rotate',
      'contraction_grad_blocks',
      'blocks_y',
    ]);
    // S is freed before the gradient is made, which takes its place.
    expect(temporaries(plan, 512)).toBe(activations(512) + BLOCKS);
    expect(await violations(early(square), 5, integers(early(square), 5))).toEqual([]);
  });

  it.each([
    [16, 1024],
    [32, 1024],
    [32, 2048],
  ])('R of OFT with blocks of %d of %d, so that one tensor of blocks is kept at a time', (b, size) => {
    const plan = trained(oft.trace(), { in: size, out: size, b });
    expect(temporaries(plan, 512)).toBe(4 * size * b);
    const { steps } = variantsIn(plan)[0]!;
    expect(steps).toHaveLength(7);
    const slot = { slot: 0 };
    expect(steps[0]!.bind).toEqual([{ input: 'v.0' }, slot]);
    // The kernel that computes R again reads R's gradient in the same buffer.
    const again = steps[5]!;
    expect(again.label.split('; ').sort()).toEqual(['matmul', 'packSkew']);
    expect(new Set(again.bind)).toEqual(new Set([{ input: 'v.0' }, slot, { output: 'grad.v.0' }]));
    expect(plan.kernels[again.kernel]!.bindings).toEqual(['read', 'read_write', 'read_write']);
    expect(plan.kernels[again.kernel]!.wgsl).toContain('storageBarrier();');
  });
});

describe('takes the place of its gradient', () => {
  const SIZES = [12, 28, 32].map((b) => [b, sampled(`${b}`, ['12'])] as const);
  it.each(SIZES)('R of blocks of %d, whatever tile of it a thread has', async (b, ran) => {
    const sizes = solveDims(oft.trace(), { in: 2 * b, out: 512, b });
    const { variants } = compileProgram(oft.trace(), { sizes, gradients: true });
    const p = variants.at(-1)!.primitives;
    const plan = planOf(p);
    const { kernels } = plan;
    const step = variantsIn(plan)[0]!.steps.find((s) =>
      kernels[s.kernel]!.wgsl.includes('storageBarrier();'),
    )!;
    expect(step.bind).toContainEqual({ slot: 0 });
    expect(step.bind).toHaveLength(3);
    if (!ran) return;
    for (const tokens of [0, 1, 2]) expect(await violations(p, tokens, integers(p, tokens, 1))).toEqual([]);
  });
});

describe('is kept', () => {
  it.each([
    ['what takes long', early(deep(1 << 14))],
    [
      'what is no product and no map',
      early(
        reduce(
          'largest',
          [input('D', [R, B, B, 4])],
          [
            ['k', R],
            ['i', B],
            ['j', B],
          ],
          [['l', 4]],
          load(0, 'k', 'i', 'j', 'l'),
          'max',
        ),
      ),
    ],
  ])('%s', (_, p) => {
    const plan = planOf(p);
    expect(new Set(names(plan)).size).toBe(variantsIn(plan)[0]!.steps.length);
    expect(temporaries(plan, 512)).toBe(activations(512) + 2 * BLOCKS);
  });

  it('a tensor that is an output', () => {
    const p = early(square);
    const plan = planOf({ ...p, outputs: [...p.outputs, { name: 'S', prim: square }] });
    expect(names(plan).filter((n) => n.includes('product') || n.includes('_S'))).toHaveLength(1);
  });

  it('R of a small OFT, whose time would grow much by one more launch', () => {
    const plan = trained(oft.trace(), { in: 64, out: 48, b: 16 });
    expect(variantsIn(plan)[0]!.steps).toHaveLength(7);
  });
});

/** Recorded figures. Where a change of the planning makes one larger, the other should become smaller. */
it.each([
  { name: 'oft shared', layer: oft.trace({ share: true }), dims: { b: 32 }, launches: 12, bytes: 16384 },
  { name: 'oft of two', layer: oft.trace({ adapters: 2 }), dims: { b: 32 }, launches: 9, bytes: 524288 },
  { name: 'boft m=2', layer: boft.trace({ factors: 2 }), dims: { b: 32 }, launches: 16, bytes: 2359296 },
  { name: 'psoft', layer: psoft.trace({}), dims: { r: 32 }, launches: 14, bytes: 69632 },
  { name: 'gsoft', layer: gsoft.trace({}), dims: { b: 32 }, launches: 15, bytes: 2228224 },
])('$name of 1024 takes $launches launches and $bytes bytes', ({ layer, dims, launches, bytes }) => {
  const plan = trained(layer, { in: 1024, out: 1024, ...dims });
  const { steps } = variantsIn(plan)[0]!;
  expect({ launches: steps.length, bytes: temporaries(plan, 512) }).toEqual({ launches, bytes });
});
