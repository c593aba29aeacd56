/** Converts 32-bit activations to the 16 bits that a device holds, and refuses results that overflowed. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { LARGEST_F16 } from '../../compiler/primitives/half.ts';
import { type Cause, described, notFinite, notFiniteAt } from '../../runtime/finite.ts';
import type { Plan } from '../../runtime/index.ts';
import { encodeF16 } from '../formats/safetensors/half.ts';
import type { Given } from './backends/backend.ts';
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

/** The name of an array of floats that is not finite, with its first such element; undefined for all other data. */
export const wrongIn = (name: string, data: Given): string | undefined =>
  notFinite({ name, dtype: 'f32' }, data);

/** Throws OFT4013 for a result that is not finite, with the cause. */
export async function checkFinite(output: string, data: HostArray, cause: Cause): Promise<void> {
  const at = notFiniteAt(data);
  if (at < 0) return;
  throw new OftcError(
    'OFT4013',
    `'${output}' is not finite (element ${at}); ${await described(cause, 'compile')}`,
  );
}
