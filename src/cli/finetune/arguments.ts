/** The options of `oftc finetune`. */
import type { TrainOptions } from '../../finetune/loop/train.ts';
import type { DataArguments } from './data.ts';
import type { EngineArguments } from './engine-arguments.ts';
import type { AnswerArguments } from './exam.ts';
import type { RateArguments } from './rate.ts';
import type { StartArguments } from './start.ts';

export interface FinetuneArguments
  extends StartArguments,
    EngineArguments,
    DataArguments,
    AnswerArguments,
    RateArguments,
    Omit<TrainOptions, 'rate' | 'least' | 'clip' | 'decay' | 'evaluateEvery'> {
  readonly model: string;
  readonly out: string;
  readonly clip?: number;
  readonly weightDecay: number;
  readonly evalEvery: number;
  /** Whether evaluations generate answers. */
  readonly evalGenerate?: boolean;
  readonly resume?: boolean;
}
