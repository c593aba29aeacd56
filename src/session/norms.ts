/** Tells where a matrix exceeds the norm that its exponential was stated for: `expm(Q, { maxNorm })`. */
import { OftcError } from '../../compiler/errors/error.ts';
import { topological } from '../../compiler/ir/build.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { OpNode, Program } from '../../compiler/ir/node.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { maxNormOf } from '../../compiler/ops/polynomial.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { decodeF16 } from '../formats/safetensors/half.ts';

type Numbers = ArrayLike<number>;

/**
 * The most steps of the power iteration. Singular values that lie too close to separate in these cost little accuracy.
 */
const STEPS = 200;

/** A lower bound of ‖A‖₂ that exceeds `most`, for A (n, n) in `at`; undefined if none is found. */
export function normAbove(at: Numbers, n: number, most: number): number | undefined {
  const [rows, columns] = [new Float64Array(n), new Float64Array(n)];
  let squares = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const a = Math.abs(at[i * n + j]!);
      rows[i]! += a;
      columns[j]! += a;
      squares += a * a;
    }
  // ‖A‖₂² ≤ ‖A‖₁·‖A‖∞ and ‖A‖₂ ≤ ‖A‖_F decide most matrices.
  if (Math.min(Math.max(...rows) * Math.max(...columns), squares) <= most ** 2) return undefined;
  let v = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  let norm = 0;
  for (let step = 0; step < STEPS; step++) {
    const [image, back] = [new Float64Array(n), new Float64Array(n)];
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) image[i]! += at[i * n + j]! * v[j]!;
    const found = Math.hypot(...image) / Math.hypot(...v);
    if (found <= norm * (1 + 1e-9)) break;
    norm = found;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) back[j]! += at[i * n + j]! * image[i]!;
    const length = Math.hypot(...back);
    v = back.map((x) => x / length);
  }
  // Allow for the rounding of Q itself.
  return norm > most * (1 + 1e-6) ? norm : undefined;
}

interface Stated {
  readonly node: OpNode;
  readonly maxNorm: number;
  /** The computation of Q. */
  readonly computed: PrimProgram;
}

/** The exponentials of a program that state a norm, and the bound tensors that their matrices are made of. */
export class Norms {
  readonly #stated: readonly Stated[];
  readonly #bound = new Map<string, Numbers>();
  /** The stated norms that hold for the tensors bound now. */
  readonly #hold = new Set<Stated>();

  constructor(program: Program) {
    this.#stated = topological(program.outputs.map((o) => o.node)).flatMap((node) => {
      const maxNorm = isOp(node, 'expm') ? maxNormOf(node) : undefined;
      if (maxNorm === undefined) return [];
      let [q] = (node as OpNode).args;
      // The norm of a block-diagonal matrix is the largest of its blocks.
      while (isOp(q!, 'blockDiag')) [q] = q.args;
      const inputs = topological([q!]).filter((n) => n.kind === 'input');
      const computed = lowerProgram(
        { ...program, inputs, outputs: [{ name: 'q', node: q! }] },
        { structured: true },
      );
      return [{ node: node as OpNode, maxNorm, computed }];
    });
  }

  /** A copy of a tensor's numbers, if some exponential reads them. */
  kept(name: string, data: unknown): Numbers | undefined {
    return this.#stated.some((r) => r.computed.inputs.some((i) => i.name === name))
      ? numbersOf(data)
      : undefined;
  }

  bind(name: string, data: Numbers | undefined): void {
    this.#hold.clear();
    if (data) this.#bound.set(name, data);
    else this.#bound.delete(name);
  }

  /** Throws OFT4018 for a matrix above its norm. It skips matrices that are made of tensors in a GPUBuffer. */
  check(given: Readonly<Record<string, unknown>>, tokens: number): void {
    for (const stated of this.#stated) {
      const { computed, maxNorm, node } = stated;
      if (this.#hold.has(stated)) continue;
      const values = computed.inputs.map(({ name }) => this.#bound.get(name) ?? numbersOf(given[name]));
      if (values.some((v) => v === undefined)) continue;
      const at = computed.inputs.map(
        ({ name }, i) => [name, tensor([values[i]!.length], values[i]!)] as const,
      );
      const q = interpret(computed, float64, Object.fromEntries(at), tokens).q!;
      const n = q.shape.at(-1)!;
      for (let start = 0; start < q.values.length; start += n * n) {
        const norm = normAbove(q.values.subarray(start, start + n * n), n, maxNorm);
        if (norm !== undefined)
          throw new OftcError(
            'OFT4018',
            `expm: its matrix has a norm of at least ${norm.toPrecision(4)}, and maxNorm states ${maxNorm}: the exponential would lose accuracy`,
            node.spans,
          );
      }
      if (computed.inputs.every(({ name }) => this.#bound.has(name))) this.#hold.add(stated);
    }
  }
}

const numbersOf = (data: unknown): Numbers | undefined =>
  data instanceof Uint16Array
    ? decodeF16(data)
    : data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array
      ? data.slice()
      : undefined;
