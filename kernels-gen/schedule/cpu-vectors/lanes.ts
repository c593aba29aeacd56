/** Numbers and names that all schedules in lanes share. A lane is an invocation of a subgroup, a CPU's vector. */
import { cpuVectors } from '../../../compiler/devices/index.ts';
import type { Shuffles } from '../../wgsl/registers.ts';

/** The number of lanes in a subgroup. */
export const LANES = cpuVectors.lanes;
/** The name of the axis that lanes are counted along. */
export const LANE = 'lane';

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
