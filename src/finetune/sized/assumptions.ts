/** The assumptions of the estimate of PEFT's memory. */

export interface PeftAssumptions {
  /** The dtype of weights that are not quantised, and of activations: matrix products run in it, under autocast. */
  readonly dtype: 'bf16' | 'f16' | 'f32';
  /** The dtype of the adapter's tensors, their gradients and AdamW's means. */
  readonly adapterDtype: 'f32' | 'bf16' | 'f16';
  /** Whether only the input of each block is kept, and the block is computed again for its gradient. */
  readonly checkpointing: boolean;
  /** Whether attention keeps its scores: flash attention does not, eager attention does. */
  readonly attention: 'flash' | 'eager';
  /**
   * The bytes that an element of the logits takes when their gradient is computed: in 16 bits, and in float32 the
   * logarithms of the shares, their gradient and that of the logits.
   */
  readonly logitBytes: number;
  /** The bytes of the CUDA context and of the libraries' kernels. */
  readonly context: number;
}

export const PEFT_ASSUMPTIONS: PeftAssumptions = {
  dtype: 'bf16',
  adapterDtype: 'f32',
  checkpointing: false,
  attention: 'flash',
  logitBytes: 14,
  context: 5e8,
};
