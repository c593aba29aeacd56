/** The report of `oftc plan`, which `--json` prints. */
import type { PeftAssumptions } from '../../finetune/sized/assumptions.ts';
import type { PeftBytes } from '../../finetune/sized/peft.ts';
import type { TrainingPlan } from '../../finetune/sized/training.ts';

/** The plan of a method: by our own account, and by the estimate of PEFT's. */
export interface PlannedMethod {
  /** The method and its settings: `oft b=32`. */
  readonly name: string;
  readonly trained: number;
  readonly oftc: TrainingPlan | undefined;
  readonly peft: PeftBytes | undefined;
}

export interface PlanReport {
  readonly model: {
    readonly name: string | undefined;
    readonly architecture: string;
    readonly parameters: number;
    readonly blocks: number;
    readonly quantization: string | undefined;
  };
  readonly targets: readonly string[];
  readonly batch: number;
  readonly length: number;
  readonly accumulate: number;
  readonly device: { readonly class: string; readonly binding: number };
  readonly assumptions: PeftAssumptions;
  readonly methods: readonly PlannedMethod[];
}
