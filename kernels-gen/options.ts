/** The options of a Plan. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { Span } from '../compiler/errors/span.ts';
import type { TokenRule } from '../compiler/ops/token-rules.ts';
import type { PlanTensor } from '../runtime/plan.ts';
import type { Strategy } from './schedule/index.ts';
import type { TunedSchedule } from './tuned.ts';

export interface PlanOptions {
  readonly name: string;
  /** Role of each input by name. */
  readonly roles: Readonly<Record<string, PlanTensor['role']>>;
  /** `file:line:column` of a span; without it a step's source is `file:offset`. */
  readonly locate?: (span: Span) => string;
  /**
   * The only strategy to use, wherever there is code for it, and on every device that it is right on; by default each class
   * takes what is best.
   */
  readonly strategy?: Strategy;
  /** Rules that the number of tokens must meet. */
  readonly tokenRules?: readonly TokenRule[];
  /** Schedules measured on some devices, which take them instead. */
  readonly tuned?: readonly TunedSchedule[];
}

/** A class, and the variants that it runs. */
export interface ClassProgram<V> {
  readonly device: DeviceClass;
  readonly variants: readonly V[];
}
