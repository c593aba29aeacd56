/** From what the compiler decided to a Plan. */
import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { tokenRules } from '../../compiler/ops/token-rules.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { assemblePlan, type Strategy, type VariantProgram } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/index.ts';
import { schedulesOf, type TuningTable } from '../tune/table.ts';

export interface PlanOfOptions {
  /** Gives the place of a span, as `file:line:column`. */
  readonly locate?: ((span: Span) => string) | undefined;
  readonly strategy?: Strategy | undefined;
  readonly tuning?: TuningTable | undefined;
  /** The classes that it is for; by default all, which then run the same variants. */
  readonly devices?: readonly DeviceClass[] | undefined;
}

/** The Plan of a compilation. */
export const planOf = (
  compilation: Compilation,
  { devices = CLASSES, ...options }: PlanOfOptions = {},
): Plan =>
  planOfEach(
    devices.map((device) => ({ device, compilation })),
    options,
  );

/** The Plan of what was compiled for each class. */
export function planOfEach(
  compiled: readonly { readonly device: DeviceClass; readonly compilation: Compilation }[],
  { locate, strategy, tuning }: Omit<PlanOfOptions, 'devices'> = {},
): Plan {
  const { source, bound, variants } = compiled[0]!.compilation;
  return assemblePlan(
    compiled.map(({ device, compilation }) => ({ device, variants: variantsOf(compilation) })),
    {
      name: source.name,
      tokenRules: tokenRules(bound),
      roles: Object.fromEntries(variants[0]!.program.inputs.map((i) => [i.name, i.role])),
      ...(locate ? { locate } : {}),
      ...(strategy ? { strategy } : {}),
      ...(tuning ? { tuned: schedulesOf(tuning) } : {}),
    },
  );
}

/** The programs of primitives that a compilation serves its token counts by. */
export const variantsOf = ({ variants }: Compilation): VariantProgram[] =>
  variants.map(({ minTokens, maxTokens, primitives }) => ({ minTokens, maxTokens, program: primitives }));
