/** The options of `oftc finetune` that an engine is opened by. */
import type { ENGINES } from './options.ts';

export interface EngineArguments {
  readonly engine: (typeof ENGINES)[number];
  /** The number of processes of PyTorch. */
  readonly processes?: number;
  /** Whether FSDP2 spreads the model over the processes of PyTorch. */
  readonly fsdp?: boolean;
  readonly quantize?: string;
  readonly device: 'gpu' | 'cpu';
  /** How a device stores the tensors that grow with tokens. */
  readonly activations: 'f32' | 'f16';
  readonly batch: number;
  /** The number of tokens in a sequence. */
  readonly length: number;
  /** Whether the engine will continue prompts. */
  readonly evalGenerate?: boolean;
  /** The seed that dropout is drawn by. */
  readonly seed: number;
}

/** The program that an engine runs in. */
export interface Found {
  /** The path of Python with PyTorch, where the engine is PyTorch. */
  readonly python: string | undefined;
}
