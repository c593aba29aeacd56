/** From what the compiler decided to a Plan. */
import type { Span } from '../compiler/ir/node.ts';
import { tokenRules } from '../compiler/ops/token-rules.ts';
import type { Compilation } from '../compiler/pipeline.ts';
import { generatePlan, type Variant as KernelVariant, type Strategy } from '../kernels-gen/index.ts';
import type { Plan } from '../runtime/index.ts';
import { schedulesOf, type TuningTable } from './tune/table.ts';

/** The Plan of a compilation. */
export function planOf(
  compilation: Compilation,
  locate?: (span: Span) => string,
  strategy?: Strategy,
  tuning?: TuningTable,
): Plan {
  const [first] = compilation.variants;
  return generatePlan(variantsOf(compilation), {
    name: compilation.source.name,
    tokenRules: tokenRules(compilation.bound),
    roles: Object.fromEntries(first!.program.inputs.map((i) => [i.name, i.role])),
    ...(locate ? { locate } : {}),
    ...(strategy ? { strategy } : {}),
    ...(tuning ? { tuned: schedulesOf(tuning) } : {}),
  });
}

/** The programs of primitives that a compilation serves its token counts by. */
export const variantsOf = ({ variants }: Compilation): KernelVariant[] =>
  variants.map(({ minTokens, maxTokens, primitives }) => ({ minTokens, maxTokens, program: primitives }));
