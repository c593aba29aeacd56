/** The conditions on token counts, indices and positions that a Plan checks before it runs. */
import { evalDim } from '../compiler/dims/dims.ts';
import type { Span } from '../compiler/errors/span.ts';
import type { PositionRule } from '../compiler/ops/position-rules.ts';
import type { TokenRule } from '../compiler/ops/token-rules.ts';
import { indexRules } from '../compiler/primitives/index-rules.ts';
import type { PrimProgram } from '../compiler/primitives/prim.ts';
import type { Plan } from '../runtime/plan.ts';
import { extentOf, fractionOf } from './wgsl/size.ts';

interface RuleOptions {
  readonly tokenRules?: readonly TokenRule[];
  readonly positionRules?: readonly PositionRule[];
  readonly locate?: (span: Span) => string;
}

/** The conditions of a Plan. A kind of condition is absent where there is none. */
export function rulesOf(
  variants: readonly { readonly program: PrimProgram }[],
  options: RuleOptions,
): Pick<Plan, 'tokenRules' | 'indexRules' | 'positionRules'> {
  const tokens = (options.tokenRules ?? []).map(({ rest, says, spans }) => ({
    ...fractionOf(rest),
    says,
    source: sourceOf(spans, options),
  }));
  const indices = indexRules(variants.map((v) => v.program)).map(({ input, size, reader, spans }) => ({
    input,
    size: extentOf(size),
    reader,
    source: sourceOf(spans, options),
  }));
  const positions = (options.positionRules ?? []).map(({ input, count, size, reader, spans }) => {
    const [rows, columns] = size.map((d) => evalDim(d, {})) as [number, number];
    return { input, count: evalDim(count, {}), rows, columns, reader, source: sourceOf(spans, options) };
  });
  return {
    ...(tokens.length > 0 ? { tokenRules: tokens } : {}),
    ...(indices.length > 0 ? { indexRules: indices } : {}),
    ...(positions.length > 0 ? { positionRules: positions } : {}),
  };
}

export const sourceOf = (spans: readonly Span[], { locate }: RuleOptions): string[] => [
  ...new Set(spans.map(locate ?? ((s) => `${s.file}:${s.start}`))),
];
