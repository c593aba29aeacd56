/** `oftc rewrite`: prints the derived forward pass as a layer in the same language. */
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { bindProgram, solveDims } from '../../../compiler/ir/bind.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { TYPICAL_TOKENS } from '../../../kernels-gen/index.ts';
import { holds, tokenRanges } from '../../explain/token-ranges.ts';
import { Namer } from '../../language/formulas/naming.ts';
import { loadProgram, newFrontEnd } from '../../language/load.ts';
import { printLayer } from '../../language/print-layer.ts';
import { compileOn } from '../../session/plan.ts';
import { type Io, printJson } from '../io.ts';
import { checkDims, derived, type SharedOptions, type SourceArguments } from '../options.ts';
import { UsageError } from '../usage-error.ts';

export interface RewriteArguments
  extends SourceArguments,
    Pick<SharedOptions, 'objective' | 'allowApproximate'> {
  readonly variant?: number;
  readonly tokens?: number;
}

export function rewriteCommand(file: string, args: RewriteArguments, io: Io): void {
  checkDims(args, 'compiling: --tokens says which of the forms is printed');
  const { program } = loadProgram(
    file,
    { layer: args.layer, config: args.set ?? {}, dims: args.dims },
    newFrontEnd(),
  );
  const sizes = solveDims(program, args.dims ?? {});
  bindProgram(program, sizes); // throws for a missing size: the best form depends on all
  const compilation = compileOn(DEFAULT_CLASS, program, {
    gradients: false,
    sizes,
    objective: args.objective,
    ...derived(args),
  });
  const tokens = args.tokens ?? TYPICAL_TOKENS;
  const k = args.variant ?? compilation.variants.findIndex((v) => holds(v, tokens));
  const variant = compilation.variants[k];
  if (!variant) {
    const last = compilation.variants.length - 1;
    throw new UsageError(
      `there is no variant ${k}: '${program.name}' has ${last === 0 ? 'only variant 0' : `0 to ${last}`}`,
    );
  }
  const text = printLayer(variant.symbolic, { comment: derivation(compilation, k, sizes) });
  if (io.json)
    printJson(io, { layer: text, variant: k, minTokens: variant.minTokens, maxTokens: variant.maxTokens });
  else io.stdout.write(text);
}

/**
 * The comment above the layer: the formula as written, the variant's token counts, the laws that fired, and the
 * legend.
 */
function derivation(
  { source, passes, few, pinned, variants }: Compilation,
  k: number,
  sizes: Readonly<Record<string, number>>,
): string[] {
  const namer = new Namer({ source });
  const { minTokens } = variants[k]!;
  const at = Object.entries(sizes)
    .map(([n, v]) => `${n}=${v}`)
    .join(', ');
  const own = [few, pinned].find((d) => d?.decision?.chosen.some((c) => c.minTokens === minTokens));
  const fired = (own?.passes ?? passes).flatMap((s) => s.fired.map((f) => `${f.rule}: ${f.law}`));
  return [
    `Derived by oftc from ${source.outputs.map((o) => `${o.name} = ${namer.written(o.node)}`).join(', ')}`,
    `for ${tokenRanges([variants[k]!])}, chosen at ${at}. Compile with its parentheses pinned ({ pinned: true }, \`oftc run --pinned\`).`,
    '',
    ...new Set(fired),
    ...namer.legend().map((l) => `with ${l}`),
  ];
}
