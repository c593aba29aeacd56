/** Converts 32-bit activations to and from the 16 bits that a device holds, and finds the tensor that overflowed. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { LARGEST_F16 } from '../../compiler/primitives/half.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';
import type { Plan } from '../../runtime/index.ts';
import { decodeF16, encodeF16 } from '../formats/safetensors/half.ts';
import type { HostArray } from './tensors.ts';

/** The inputs and outputs that the Plan holds in f16 although the program declares f32. */
export function narrowed(program: Program, plan: Plan): ReadonlySet<string> {
  const declared = new Map<string, string>([
    ...program.inputs.map((i) => [i.name, i.type.dtype] as const),
    ...program.outputs.map((o) => [o.name, o.node.type.dtype] as const),
  ]);
  const half = [...plan.inputs, ...plan.outputs].filter((t) => t.dtype === 'f16');
  return new Set(half.map((t) => t.name).filter((n) => declared.get(n) === 'f32'));
}

/** The values as f16 bits. Throws OFT4013 for a finite value that exceeds f16. */
export function toHalf(name: string, values: Float32Array | Float64Array): Uint16Array {
  const bits = encodeF16(values);
  const at = bits.findIndex((b, i) => (b & 0x7fff) === 0x7c00 && Number.isFinite(values[i]!));
  if (at >= 0)
    throw new OftcError(
      'OFT4013',
      `tensor '${name}' has ${values[at]} (element ${at}), and f16 holds at most ${LARGEST_F16}: scale it, or compile with activations in f32`,
    );
  return bits;
}

const firstNot = (values: HostArray): number => values.findIndex((x) => !Number.isFinite(x));

/** Throws OFT4013 for a result that is not finite, and names the first tensor that is not. */
export async function checkFinite(
  output: string,
  data: HostArray,
  first: () => Promise<{ name: string; values: Float32Array } | undefined>,
): Promise<void> {
  const at = firstNot(data);
  if (at < 0) return;
  const found = await first();
  const cause = found
    ? `the first tensor that is not is '${found.name}' (element ${firstNot(found.values)}): f16 holds at most ${LARGEST_F16}`
    : 'no tensor in f16 is the cause';
  throw new OftcError(
    'OFT4013',
    `'${output}' is not finite (element ${at}); ${cause}. Scale what it is made of, or compile with activations in f32`,
  );
}

/** The compilation with every f16 tensor as an output, in order of computation, and the tensors' names. */
export function exposed(
  { variants, ...rest }: Compilation,
  tokens: number,
): { compilation: Compilation; names: ReadonlyMap<string, string> } {
  const variant = variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  const roots = variant.primitives.outputs.map((o) => o.prim);
  const order = postOrder<Prim>(roots, (p) => p.args).filter((p) => p.dtype === 'f16');
  const named = new Map(variant.primitives.outputs.map((o) => [o.prim, o.name]));
  const outputs = order.map((prim, i) => ({ name: `${i}`, prim }));
  const primitives = { ...variant.primitives, outputs };
  return {
    compilation: { ...rest, variants: [{ ...variant, minTokens: 0, maxTokens: null, primitives }] },
    names: new Map(order.map((p, i) => [`${i}`, named.get(p) ?? p.label])),
  };
}

/** The first of the tensors, in order of computation, with a value that is not finite. */
export async function firstOverflow(
  names: ReadonlyMap<string, string>,
  read: (name: string) => Promise<HostArray>,
): Promise<{ name: string; values: Float32Array } | undefined> {
  for (const [output, name] of names) {
    const data = await read(output);
    const values = data instanceof Uint16Array ? decodeF16(data) : Float32Array.from(data);
    if (firstNot(values) >= 0) return { name, values };
  }
  return undefined;
}
