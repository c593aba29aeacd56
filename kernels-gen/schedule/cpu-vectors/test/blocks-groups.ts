/** Fused blocks made by hand, for tests of the places of what their nests load. */
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { ax } from '../../../../compiler/primitives/build.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { ContractionPrim, MapPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import { type Axes, constant, input, map } from '../../../../test/kernels-gen/build.ts';
import { BLOCK, type FusedBlocks, type Nest } from '../../../fuse/blocks.ts';

export const block = ax(BLOCK);

/** A nest whose results are argument `arg`, if others load them. */
export const nestOf = (
  root: MapPrim | ContractionPrim,
  arg?: number,
  epilogue: Expr | null = null,
): Nest => ({
  ...{ arg, slot: arg, stored: undefined },
  kernel: { tensor: root, root, epilogue, spans: [] },
});

/** Blocks of such nests, of which each has a slot of its own. */
export const groupOf = (args: readonly Prim[], nests: readonly Nest[]): FusedBlocks => ({
  ...{ blocks: dimConst(3), args, nests, members: [] },
  slotOf: args.map((_, a) => nests.find((n) => n.arg === a)?.slot),
  slots: args.map(() => 0),
});

/** The axes i, j, …, of these sizes. */
export const axes = (...sizes: readonly number[]): Axes => sizes.map((n, d) => [['i', 'j', 'p'][d]!, n]);

/** A map over these axes whose results another shape may group. */
export const mapOf = (sizes: readonly number[], shape = sizes): MapPrim =>
  map('m', [], axes(...sizes), constant(1), { shape });

/** A tensor in storage. */
export const tensor = (shape: readonly number[], dtype: Prim['dtype'] = 'f32'): Prim =>
  input('x', shape, dtype);
