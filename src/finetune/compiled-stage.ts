/** Compiles a stage. It loads the compiler, which a stage whose Plan is kept does without. */
import { DEFAULT_CLASS, type DeviceClass } from '../../compiler/devices/index.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { PlanStore } from '../plans/store.ts';
import { prepare } from '../session/plan.ts';
import type { Planned } from '../session/planned.ts';
import { compileOptions, type StageOptions } from './stage-options.ts';

/** The compilation of a stage for a class of devices. Its Plan is made on demand: the reference runs without one. */
export const compiledStage = (
  program: Program,
  options: StageOptions = {},
  device: DeviceClass = DEFAULT_CLASS,
  plans?: PlanStore,
): Planned =>
  prepare(program, compileOptions(options), { class: device, words: true }, { only: options.only, plans });
