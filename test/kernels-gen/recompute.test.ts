/** Tensors that are computed again instead of kept. */
import { describe, expect, it } from 'vitest';
import { solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { type Plan, temporaryBytes } from '../../runtime/plan.ts';
import { oft } from '../../src/adapters/oft.ts';
import { planOf as planOfLayer } from '../../src/session.ts';
import { contraction, input, load, program, reduce } from './build.ts';
import { integers, planOf, violations } from './execute.ts';
import { batched, blockGradient, rotate } from './layers.ts';

const [R, B] = [3, 8];
const BLOCKS = 4 * R * B * B;

/** xS of blocks S, whose gradient G multiplies S again: between them S would wait. Of S·G the sums of rows. */
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
/** A·A. */
const square = batched(A, A, R, B);
/** Blocks from a product over `depth` elements. */
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

const names = (plan: Plan) => plan.variants[0]!.steps.map((s) => plan.kernels[s.kernel]!.name);
const temporaries = (plan: Plan, tokens: number) => temporaryBytes(plan.variants[0]!, tokens);
/** Of u, which lies nowhere else. */
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
    // S is gone before the gradient is there, which has its place.
    expect(temporaries(plan, 512)).toBe(activations(512) + BLOCKS);
    expect(await violations(early(square), 5, integers(early(square), 5))).toEqual([]);
  });

  it.each([
    [16, 1024],
    [32, 1024],
    [32, 2048],
  ])('R of OFT with blocks of %d of %d, so that one tensor of blocks is kept at a time', (b, size) => {
    const sizes = solveDims(oft.trace(), { in: size, out: size, b });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    expect(temporaries(plan, 512)).toBe(4 * size * b);
    const rotations = plan.variants[0]!.steps.filter((s) => s.bind.length === 2 && 'slot' in s.bind[1]!);
    expect(rotations).toHaveLength(2);
    expect(rotations[0]!.kernel).toBe(rotations[1]!.kernel);
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
    expect(new Set(names(plan)).size).toBe(plan.variants[0]!.steps.length);
    expect(temporaries(plan, 512)).toBe(activations(512) + 2 * BLOCKS);
  });

  it('what is an output', () => {
    const p = early(square);
    const plan = planOf({ ...p, outputs: [...p.outputs, { name: 'S', prim: square }] });
    expect(names(plan).filter((n) => n.includes('product') || n.includes('_S'))).toHaveLength(1);
  });

  it('R of a small OFT, of which a launch more is a large share', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 16 });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    expect(plan.variants[0]!.steps).toHaveLength(7);
  });
});
