/** Finds truncated Cayley–Neumann series that diverge: at ‖Q‖₂ ≥ 1 their terms Qᵏ grow. */
import { constantOf } from '../../compiler/dims/dims.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import { factsOf } from '../../compiler/ir/operator.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { emptyRecord, entryOf } from '../../compiler/records.ts';
import { type TargetModule, tensorPath } from '../finetune/start.ts';
import type { Weights } from '../finetune/uploads.ts';
import type { QuantizedTensor } from '../formats/quantized/index.ts';
import { decodeF16 } from '../formats/safetensors/index.ts';
import type { HostTensor } from '../session/tensors.ts';

/** The number of products Q·x that the power iteration takes to estimate a norm. The estimate is at most the norm. */
const ITERATIONS = 20;

/** A warning for each parameter of a bound program whose packed triangles are the Q of a diverging series. */
export function divergences(
  program: Program,
  values: Readonly<Record<string, HostTensor | QuantizedTensor>>,
): string[] {
  const found = new Map<string, string>();
  for (const n of topological(program.outputs.map((o) => o.node))) {
    if (!isOp(n, 'polynomial') || factsOf(n).orthogonal?.kind !== 'approximate') continue;
    const q = n.args[0]!;
    const v = isOp(q, 'skew') ? packed(q.args[0]!) : undefined;
    const stored = v && entryOf(values, v.name);
    if (!stored || !('data' in stored)) continue;
    const data = stored.data instanceof Uint16Array ? decodeF16(stored.data) : stored.data;
    const norms = blockNorms(data, constantOf(q.type.shape.at(-1)!)!);
    const worst = norms.reduce((a, b) => Math.max(a, b), 0);
    if (!(worst >= 1)) continue;
    const count = norms.filter((norm) => norm >= 1).length;
    found.set(
      v.name,
      `'${v.name}': ‖Q‖₂ is at least ${worst.toPrecision(3)} (block ${norms.indexOf(worst)}; ${count} of ${norms.length} blocks reach 1), where the truncated Cayley–Neumann series diverges: its terms Qᵏ grow, and R is not nearly orthogonal. Use cayley(Q), which is exact, or keep ‖Q‖₂ below 1`,
    );
  }
  return [...found.values()];
}

/** The warnings for each module of an adapter, which name the module. */
export async function adapterDivergences(
  sites: readonly TargetModule[],
  tensors: Weights,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { module, adapted } of sites) {
    const values = emptyRecord<HostTensor>();
    for (const i of adapted.own)
      if (i.role === 'trainable') values[i.name] = await tensors.read(tensorPath(module, i));
    for (const warning of divergences(adapted.program, values)) lines.push(`${module}: ${warning}`);
  }
  return lines;
}

/** The parameter that `skew` unpacks, given directly or repeated for every block. */
function packed(node: Node): InputNode | undefined {
  const of = isOp(node, 'expand') ? node.args[0]! : node;
  return of.kind === 'input' ? of : undefined;
}

/** A lower bound of ‖Q‖₂ for each packed triangle; 0 if ‖v‖₂ < 1, since ‖Q‖₂ ≤ ‖Q‖_F/√2 = ‖v‖₂. */
function blockNorms(data: Exclude<HostTensor['data'], Uint16Array>, b: number): number[] {
  const width = (b * (b - 1)) / 2;
  return Array.from({ length: width === 0 ? 0 : data.length / width }, (_, k) => {
    const v = Float64Array.from(data.subarray(k * width, (k + 1) * width));
    return norm(v) < 1 ? 0 : spectralNorm(v, b);
  });
}

const norm = (x: Float64Array): number => Math.sqrt(x.reduce((s, a) => s + a * a, 0));

/** The largest ‖Q·x‖/‖x‖ of a power iteration. Q is normal, so x turns into the plane that Q stretches most. */
function spectralNorm(v: Float64Array, b: number): number {
  let x = Float64Array.from({ length: b }, (_, i) => Math.cos(i * i + 1));
  let largest = 0;
  for (let t = 0; t < ITERATIONS; t++) {
    const size = norm(x);
    if (size === 0) break;
    const y = new Float64Array(b);
    for (let i = 0, at = 0; i < b; i++) {
      for (let j = i + 1; j < b; j++, at++) {
        y[i]! += (v[at]! * x[j]!) / size;
        y[j]! -= (v[at]! * x[i]!) / size;
      }
    }
    largest = Math.max(largest, norm(y));
    x = y;
  }
  return largest;
}
