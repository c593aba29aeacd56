/** Mirrored blocks, equal to ± their transposes: lanes read them along rows where columns are asked for. */
import { describe, expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { planOf as planOfLayer } from '../../../../src/session/session.ts';
import { call, input, load, map, program } from '../../../../test/kernels-gen/build.ts';
import { A, product, square } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { agrees, codeOf, held, kept, transposed } from './blocks-code.ts';

describe('a matrix that is ± its transpose', () => {
  /**
   * A program that computes Sᵀ·(B·S) for S = A·Aᵀ or sin A − sin Aᵀ; `said` tells the compiler that S is mirrored.
   */
  const mirrored = (sign: 1 | -1, said: boolean): PrimProgram => {
    const [a, b] = [A(16), input('B', [3, 16, 16])];
    const turned = load(0, 'g', 'j', 'i');
    const made: Prim =
      sign === 1
        ? { ...product('gram', 16, a, a), b: load(0, 'g', 'j', 'k') }
        : map('made', [a], square(16), call('sub', call('sin', load(0, 'g', 'i', 'j')), call('sin', turned)));
    const s: Prim = said ? { ...made, mirrored: sign } : made;
    const right = product('right', 16, b, s);
    const y = product('y', 16, s, right, load(0, 'g', 'k', 'i'));
    // S is an output too, so a kernel of its own computes it.
    return program({ y, s });
  };

  it.each([1, -1] as const)(
    'is read along its rows where the compiler knows the symmetry: %d',
    async (sign) => {
      const [said, unsaid] = [codeOf(mirrored(sign, true)), codeOf(mirrored(sign, false))];
      expect([transposed(said), transposed(unsaid)]).toEqual([0, 1]);
      await agrees(mirrored(sign, true));
      await agrees(mirrored(sign, false));
    },
  );

  it('is found among the powers of OFT’s skew-symmetric blocks: only the gradient is transposed', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 16 });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    const blocks = plan.kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
    expect(blocks.map((k) => [kept(k.wgsl) > 0, transposed(k.wgsl), held(k.wgsl)])).toEqual([
      [true, 0, 0],
      [true, 1, 0],
    ]);
  });
});
