/** The accounts of planned methods as columns: bytes by part, in the order in which people read them. */
import type { PeftBytes } from '../../finetune/sized/peft.ts';
import type { TrainingPlan } from '../../finetune/sized/training.ts';
import type { PlanReport } from './report.ts';

export interface PlannedColumn {
  /** The method. */
  readonly name: string;
  readonly account: string;
  readonly bytes: Readonly<Record<string, number>>;
  readonly total: number;
  readonly operations?: number;
}

/** The columns of each account; an account that is not asked for, or not known, has none. */
export function columnsOf({ methods, assumptions }: PlanReport): Record<'oftc' | 'peft', PlannedColumn[]> {
  return {
    oftc: methods.flatMap(({ name, oftc }) => (oftc ? [ofOwn(name, oftc)] : [])),
    peft: methods.flatMap(({ name, peft }) => (peft ? [ofPeft(name, peft, assumptions.dtype)] : [])),
  };
}

function ofOwn(name: string, { held, memory, operations }: TrainingPlan): PlannedColumn {
  const { weights: _, total, adapter, ...rest } = memory;
  const { adapter: __, ...frozen } = held;
  return {
    name,
    account: 'oftc, float32',
    bytes: { ...named(frozen), adapter, ...rest },
    total,
    operations,
  };
}

function ofPeft(
  name: string,
  { held, weights: _, total, ...parts }: PeftBytes,
  dtype: string,
): PlannedColumn {
  return { name, account: `PyTorch with PEFT, ${dtype}`, bytes: { ...named(held), ...parts }, total };
}

/** The kinds of parts in the order in which tables and charts have them. */
export const KINDS = [
  ...['weights', 'adapter', 'optimizer', 'gradients', 'transforms'],
  ...['activations', 'temporaries', 'logits', 'context'],
] as const;

/** The kind of a part: `weights` of `weights, f32`. */
export const kindOf = (part: string): string => part.split(',')[0]!;

const named = (held: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(held).map(([form, bytes]) => [`weights, ${form}`, bytes]));
