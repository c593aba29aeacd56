/** The options of a Plan. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { Span } from '../compiler/errors/span.ts';
import type { PositionRule } from '../compiler/ops/position-rules.ts';
import type { TokenRule } from '../compiler/ops/token-rules.ts';
import type { PlanTensor } from '../runtime/plan.ts';
import type { Strategy } from './schedule/index.ts';
import type { TunedSchedule } from './tuned.ts';

export interface PlanOptions {
  readonly name: string;
  /** The role of each input by name. */
  readonly roles: Readonly<Record<string, PlanTensor['role']>>;
  /** Prints a span as `file:line:column`. If absent, a step's source is `file:offset`. */
  readonly locate?: (span: Span) => string;
  /**
   * The only strategy to use, wherever there is code for it, and on every device where its kernels are right. Other devices
   * run portable code. By default, each class takes the best of its own.
   */
  readonly strategy?: Strategy | undefined;
  /** The conditions that a token count must meet. */
  readonly tokenRules?: readonly TokenRule[];
  /** The conditions on positions of a matrix. Their sizes are numbers. */
  readonly positionRules?: readonly PositionRule[];
  /** The schedules that were measured to be the best on some devices, and that these devices take. */
  readonly tuned?: readonly TunedSchedule[];
}

/** A class of devices and the variants that it runs. */
export interface ClassProgram<V> {
  readonly device: DeviceClass;
  readonly variants: readonly V[];
}
