/** Computes float64 references of a transformer's parts: attention, RMS norm, cross-entropy and AdamW. */

type Values = ArrayLike<number>;
type Expected = Readonly<Record<string, Float64Array>>;

export interface AttentionSize {
  /** The tokens of a sequence. */
  readonly length: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly width: number;
}

const dot = (a: Values, at: number, b: Values, from: number, n: number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[at + i]! * b[from + i]!;
  return sum;
};

const addScaled = (to: Float64Array, at: number, s: number, b: Values, from: number, n: number): void => {
  for (let i = 0; i < n; i++) to[at + i]! += s * b[from + i]!;
};

/** The shares exp(z − log Σ exp z) of the first `n` numbers. */
function softmax(z: Values, n: number): Float64Array {
  const most = Math.max(...Array.from({ length: n }, (_, i) => z[i]!));
  const shares = Float64Array.from({ length: n }, (_, i) => Math.exp(z[i]! - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((s) => s / sum);
}

/**
 * Causal attention of one sequence, y = P·v with P = softmax(q·kᵀ/√width) up to the diagonal, and its gradients:
 * v̄ = Pᵀ·ȳ, S̄ = P ⊙ (ȳ·vᵀ − ⟨ȳ, y⟩), q̄ = S̄·k/√width, k̄ = S̄ᵀ·q/√width.
 */
export function attentionStep(
  { query, key, value, g }: Readonly<Record<'query' | 'key' | 'value' | 'g', Values>>,
  { length, heads, keyHeads, width }: AttentionSize,
): Expected {
  const y = new Float64Array(length * heads * width);
  const slopes = {
    'grad.query': new Float64Array(y.length),
    'grad.key': new Float64Array(length * keyHeads * width),
    'grad.value': new Float64Array(length * keyHeads * width),
  };
  const scale = 1 / Math.sqrt(width);
  for (let h = 0; h < heads; h++) {
    const own = (i: number) => (i * heads + h) * width;
    const shared = (j: number) => (j * keyHeads + Math.floor((h * keyHeads) / heads)) * width;
    for (let i = 0; i < length; i++) {
      const scores = Array.from(
        { length: i + 1 },
        (_, j) => scale * dot(query, own(i), key, shared(j), width),
      );
      const P = softmax(scores, i + 1);
      for (let j = 0; j <= i; j++) addScaled(y, own(i), P[j]!, value, shared(j), width);
      const mean = dot(g, own(i), y, own(i), width);
      for (let j = 0; j <= i; j++) {
        const slope = scale * P[j]! * (dot(g, own(i), value, shared(j), width) - mean);
        addScaled(slopes['grad.query'], own(i), slope, key, shared(j), width);
        addScaled(slopes['grad.key'], shared(j), slope, query, own(i), width);
        addScaled(slopes['grad.value'], shared(j), P[j]!, g, own(i), width);
      }
    }
  }
  return { y, ...slopes };
}

/** A row of the RMS norm y = x/r ⊙ w with r = √(mean x² + ε), and x̄ = (ȳ ⊙ w)/r − x·⟨ȳ ⊙ w, x⟩/(n·r³). */
export function rmsNormRow(x: Values, weight: Values, g: Values, epsilon: number): Expected {
  const n = x.length;
  const r = Math.sqrt(dot(x, 0, x, 0, n) / n + epsilon);
  const weighted = Float64Array.from({ length: n }, (_, i) => g[i]! * weight[i]!);
  const along = dot(weighted, 0, x, 0, n) / (n * r ** 3);
  return {
    y: Float64Array.from({ length: n }, (_, i) => (x[i]! / r) * weight[i]!),
    'grad.x': Float64Array.from({ length: n }, (_, i) => weighted[i]! / r - x[i]! * along),
  };
}

/** A token's cross-entropy log Σ exp z − z[label], and its gradient softmax(z) − 1 at the label. */
export function crossEntropyRow(z: Values, label: number): { loss: number; gradient: Float64Array } {
  const shares = softmax(z, z.length);
  const loss = -Math.log(shares[label]!);
  return { loss, gradient: shares.map((s, i) => (i === label ? s - 1 : s)) };
}

/** AdamW's update of one element; the factors are those of the layer `adamW`. */
export function adamWElement(
  { p, g, m, v }: Readonly<Record<'p' | 'g' | 'm' | 'v', number>>,
  { scale, kept, rate, root }: Readonly<Record<'scale' | 'kept' | 'rate' | 'root', number>>,
  [beta1, beta2]: readonly [number, number],
  epsilon: number,
): { p: number; m: number; v: number } {
  const mean = beta1 * m + (1 - beta1) * scale * g;
  const square = beta2 * v + (1 - beta2) * (scale * g) ** 2;
  return { p: p * kept - (rate * mean) / (root * Math.sqrt(square) + epsilon), m: mean, v: square };
}
