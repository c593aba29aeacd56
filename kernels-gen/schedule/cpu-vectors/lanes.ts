/** Numbers and names that all schedules in lanes share. A lane is an invocation of a subgroup, a CPU's vector. */
import { cpuVectors } from '../../../compiler/devices/index.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Shuffles } from '../../wgsl/registers.ts';

/** The number of lanes in a subgroup. */
export const LANES = cpuVectors.lanes;
/** The name of the axis that lanes are counted along. */
export const LANE = 'lane';

/** The index of this lane's element in a chunk of LANES elements. */
export const laneIn = (chunk: IntExpr): IntExpr => iadd(imul(int(LANES), chunk), ax(LANE));

/**
 * WGSL that gives one lane's value to all: a shuffle, because lavapipe's broadcast also tests if the lane is active.
 */
export const fromLane = (value: string, lane: number): string => `subgroupShuffle(${value}, ${lane})`;

/** Decodes NF4 by shuffles: each lane has two of the 16 values. */
export const shuffles: Shuffles = {
  nf4(code, name) {
    const low = name('nf4(u32(lane) & 7u)', 0, 'f').text;
    const high = name('nf4((u32(lane) & 7u) + 8u)', 0, 'f').text;
    const from = name(`${code.text} & 7u`, code.depth, 'u').text;
    const [x, y] = [low, high].map((half) => `subgroupShuffle(${half}, ${from})`);
    return name(`select(${x}, ${y}, ${code.text} > 7u)`, code.depth, 'f');
  },
};
