/** Tables of cos and sin by position for rotary position embedding (Su et al., arXiv 2104.09864). */
import { type Rope, ropeFrequencies } from '../../formats/config/rope.ts';

export interface RopeTables {
  /** The cosines, (positions, width/2), row-major; `sin` has the sines. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export function ropeTables(rope: Rope, width: number, positions: number): RopeTables {
  const { inverse, attentionFactor } = ropeFrequencies(rope, width, positions);
  const each = inverse.length;
  const table = (f: (angle: number) => number) =>
    Float32Array.from(
      { length: positions * each },
      (_, at) => attentionFactor * f(Math.floor(at / each) * inverse[at % each]!),
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
