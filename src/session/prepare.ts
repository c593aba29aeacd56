/** A layer compiled for a backend: what was decided at once, and the Plan when it is asked for. */
import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { type Compilation, type CompileOptions, compileEach } from '../../compiler/pipeline.ts';
import { type IndexRule, indexRules } from '../../compiler/primitives/index-rules.ts';
import type { Plan } from '../../runtime/index.ts';
import type { Backend } from './backends/backend.ts';
import { type PlanOfOptions, planOfEach } from './plan-of.ts';

export interface Planned {
  readonly compilation: Compilation;
  /** Made when it is first asked for: for the class of the backend's device, and without a device for all classes. */
  readonly plan: () => Plan;
  readonly indexRules: readonly IndexRule[];
}

/** `options.profile` are rates to choose by instead of those of the class. */
export function prepare(
  source: Program,
  options: CompileOptions,
  backend: Pick<Backend, 'class' | 'words'>,
  planning: Omit<PlanOfOptions, 'devices'>,
): Planned {
  const compile = (devices: readonly DeviceClass[]) =>
    compileEach(
      source,
      options,
      devices.map((d) => options.profile ?? d.chosenBy),
    ).map((compilation, i) => ({ device: devices[i]!, compilation }));
  const own = compile([backend.class]);
  const { compilation } = own[0]!;
  let plan: Plan | undefined;
  return {
    compilation,
    plan: () => {
      // The reference has no class of its own, and decodes no words.
      plan ??= planOfEach(backend.words ? own : compile(CLASSES), planning);
      return plan;
    },
    indexRules: indexRules(compilation.variants.map((v) => v.primitives)),
  };
}
