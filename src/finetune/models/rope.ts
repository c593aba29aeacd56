/** Tables of cos and sin by position for rotary position embedding (Su et al., arXiv 2104.09864). */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { type Rope, ropeFrequencies } from '../../formats/config/rope.ts';

/** The names of the tables among a block's tensors. */
export const TABLES = ['cosTable', 'sinTable'] as const;

export interface RopeTables {
  /** The cosines, (rows, width/2), row-major; `sin` has the sines. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** The rotary embedding of a layer; undefined for a model without any. */
export const ropeOf = (c: ModelShape, layer: number): Rope | undefined =>
  (typeof c.windows?.[layer] === 'number' ? c.windowRope : undefined) ?? c.rope;

/**
 * The lengths up to which sequences have tables of their own, the last for all longer ones. `longrope` turns the tokens of
 * long sequences by other angles, so its tables are stored one after the other.
 */
function lengthsOf(rope: Rope | undefined, positions: number): readonly number[] {
  if (rope?.kind !== 'longrope' || rope.originalMaxPositions >= positions) return [positions];
  return [rope.originalMaxPositions, positions];
}

/** The row of the tables for the first token of a sequence; the others follow. */
export function firstRow({ rope, maxPositions }: ModelShape, length: number): number {
  const [short, ...others] = lengthsOf(rope, maxPositions);
  return others.length > 0 && length > short! ? short! : 0;
}

/** The number of rows of the tables. */
export const tableRows = ({ rope, maxPositions }: ModelShape): number =>
  lengthsOf(rope, maxPositions).reduce((a, b) => a + b, 0);

export function ropeTables(rope: Rope, width: number, positions: number): RopeTables {
  const lengths = lengthsOf(rope, positions);
  const size = (lengths.reduce((a, b) => a + b, 0) * width) / 2;
  const tables: RopeTables = { cos: new Float32Array(size), sin: new Float32Array(size) };
  let at = 0;
  for (const length of lengths) {
    const { inverse, attentionFactor } = ropeFrequencies(rope, width, length);
    for (let position = 0; position < length; position++)
      for (const frequency of inverse) {
        tables.cos[at] = attentionFactor * Math.cos(position * frequency);
        tables.sin[at] = attentionFactor * Math.sin(position * frequency);
        at++;
      }
  }
  return tables;
}
