/**
 * Activations in 16 bits: every float tensor whose size grows with `tokens` is stored as f16, inputs and outputs too.
 * Sums stay in f32 until they are stored, and so do parameters, their gradients and what is made of them alone.
 */

import { ofTokens } from '../dims/dims.ts';
import type { InputPrim, Prim, PrimProgram } from './prim.ts';
import { foldOver } from './walk.ts';

/** The largest finite f16. */
export const LARGEST_F16 = 65504;

/** Whether a tensor is stored in 16 bits where activations are. */
export const isActivation = ({ dtype, shape }: Pick<Prim, 'dtype' | 'shape'>): boolean =>
  dtype === 'f32' && shape.some(ofTokens);

/** The program with its activations in f16. */
export function withHalfActivations(program: PrimProgram): PrimProgram {
  const halved = foldOver<Prim, Prim>(
    (p) => p.args,
    // Arguments are of the kinds that they were.
    (p, of) => ({ ...p, args: p.args.map(of), dtype: isActivation(p) ? 'f16' : p.dtype }) as Prim,
  );
  const half = <P extends Prim>(p: P): P => halved(p) as P;
  return {
    ...program,
    inputs: program.inputs.map((i): InputPrim => half(i)),
    outputs: program.outputs.map(({ name, prim }) => ({ name, prim: half(prim) })),
  };
}
