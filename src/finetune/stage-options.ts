/** The options of a stage, and those that its program is compiled with. */
import type { CompileOptions } from '../../compiler/derive.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Stored } from '../session/quantized.ts';

/** How tensors that grow with tokens are stored. Sums are in 32 bits either way. */
export type Activations = NonNullable<CompileOptions['activations']>;

export interface StageOptions {
  /** Whether to compute gradients as well. */
  readonly gradients?: boolean;
  /** Sizes of dimensions that the program leaves open. */
  readonly dims?: Binding;
  /** Selects the outputs to compute; all by default. The forward pass is computed as far as gradients need it. */
  readonly only?: (output: string) => boolean;
  /** Frozen tensors that the device holds quantised. */
  readonly stored?: Stored;
  /** Whether to compile without any derivation. */
  readonly asWritten?: boolean;
  /** How the tensors that grow with tokens are stored. */
  readonly activations?: Activations | undefined;
}

export const compileOptions = ({
  gradients = false,
  dims = {},
  stored = {},
  asWritten = false,
  activations = 'f32',
}: StageOptions): CompileOptions => ({
  ...{ gradients, sizes: dims, stored, asWritten },
  ...(activations === 'f16' ? { activations } : {}),
});
