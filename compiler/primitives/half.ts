/**
 * Activations in 16 bits. Every float tensor whose size grows with `tokens` is stored as f16, inputs and outputs too.
 * A sum is in f32 until it is stored. Parameters, their gradients and tensors computed from them alone stay in f32.
 */
import { ofTokens } from '../dims/dims.ts';
import type { InputPrim, Prim, PrimProgram } from './prim.ts';
import { foldOver } from './walk.ts';

/** The largest finite f16. */
export const LARGEST_F16 = 65504;

/** Whether a tensor is an activation, which is stored in 16 bits where the program asks for that. */
export const isActivation = ({ dtype, shape }: Pick<Prim, 'dtype' | 'shape'>): boolean =>
  dtype === 'f32' && shape.some(ofTokens);

/** The program with its activations in f16. */
export function withHalfActivations(program: PrimProgram): PrimProgram {
  const halved = foldOver<Prim, Prim>(
    (p) => p.args,
    // The cast holds because each argument stays of the same kind.
    (p, of) => ({ ...p, args: p.args.map(of), dtype: isActivation(p) ? 'f16' : p.dtype }) as Prim,
  );
  const half = <P extends Prim>(p: P): P => halved(p) as P;
  return {
    ...program,
    inputs: program.inputs.map((i): InputPrim => half(i)),
    outputs: program.outputs.map(({ name, prim }) => ({ name, prim: half(prim) })),
  };
}
