/**
 * The angles of rotary position embedding (Su et al., arXiv 2104.09864), as tables of cos and sin by position, with
 * the ways to stretch them to longer sequences as Hugging Face's modeling_rope_utils.py computes them.
 */

export type RopeScaling =
  /** Positions divided by a factor. */
  | { readonly kind: 'linear'; readonly factor: number }
  /** Llama 3: long wavelengths divided by a factor, short ones kept, those between blended. */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequency: number;
      readonly highFrequency: number;
      /** Positions that the model was trained with before. */
      readonly original: number;
    }
  /** YaRN (Peng et al., arXiv 2309.00071): blended by the number of turns within the original positions. */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly original: number;
      /** Turns above which a channel is kept, and below which it is divided; 32 and 1 by default. */
      readonly fast?: number;
      readonly slow?: number;
      /** Multiplies cos and sin; 0.1·ln factor + 1 by default. */
      readonly attention?: number;
    };

/** Radians per position of channel pair i, θ^(−2i/d), stretched. */
export function frequencies(theta: number, width: number, scaling: RopeScaling | undefined): Float64Array {
  const plain = Float64Array.from({ length: width / 2 }, (_, i) => theta ** ((-2 * i) / width));
  switch (scaling?.kind) {
    case undefined:
      return plain;
    case 'linear':
      return plain.map((f) => f / scaling.factor);
    case 'llama3': {
      const { factor, lowFrequency: low, highFrequency: high, original } = scaling;
      return plain.map((f) => {
        const turns = (original * f) / (2 * Math.PI);
        const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
        return ((1 - kept) * f) / factor + kept * f;
      });
    }
    case 'yarn': {
      const { factor, original, fast = 32, slow = 1 } = scaling;
      const channelOf = (turns: number) =>
        (width * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const low = Math.max(0, Math.floor(channelOf(fast)));
      const high = Math.min(width - 1, Math.ceil(channelOf(slow)));
      const span = high === low ? 0.001 : high - low;
      return plain.map((f, i) => {
        const divided = Math.min(1, Math.max(0, (i - low) / span));
        return (divided * f) / factor + (1 - divided) * f;
      });
    }
    default:
      throw new TypeError(`unknown scaling ${scaling satisfies never}`);
  }
}

export interface RopeTables {
  /** (positions, width/2) each, row-major. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export function ropeTables(
  theta: number,
  width: number,
  positions: number,
  scaling?: RopeScaling,
): RopeTables {
  const each = frequencies(theta, width, scaling);
  const by = scaling?.kind === 'yarn' ? (scaling.attention ?? 0.1 * Math.log(scaling.factor) + 1) : 1;
  const table = (f: (angle: number) => number) =>
    Float32Array.from(
      { length: positions * each.length },
      (_, at) => by * f(Math.floor(at / each.length) * each[at % each.length]!),
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
