/** Lists the kernels of a compilation, each with the formula that it computes, in the explanation's names. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Node, OpNode, Program } from '../../compiler/ir/node.ts';
import type { Text } from '../../compiler/ir/print.ts';
import { argsOf } from '../../compiler/ir/walk.ts';
import { type Compilation, primitivesOf, type Variant } from '../../compiler/pipeline.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { foldOver } from '../../compiler/primitives/walk.ts';
import { defined } from '../../compiler/records.ts';
import { launchesOf, type PlanCost, planCost } from '../../kernels-gen/index.ts';
import { evalExtent, type PlanStep, type Tuned } from '../../runtime/index.ts';
import { type DevicePlan, planOfClass } from '../../runtime/plan.ts';
import type { Namer } from '../language/formulas/naming.ts';
import { spell } from '../language/formulas/spelling.ts';
import { planOf, variantsOf } from '../session/plan.ts';
import type { TuningTable } from '../tune/table.ts';
import { type KernelStory, namesIn, storyOf } from './story.ts';
import { weightSized } from './weight-sized.ts';

export interface ExplainedKernel {
  readonly kernel: string;
  /** The result that the kernel stores: an output, or a formula. */
  readonly computes: string;
  readonly at: readonly string[];
  readonly flops: number;
  readonly bytes: number;
  /** The seconds that the kernel takes on the example of the class; absent where none are predicted. */
  readonly predicted?: number;
  /** The schedules that tuning chose at this count, each for one adapter; without one, the cost model chooses. */
  readonly tuned?: readonly Tuned[];
}

/** The class of devices, source places and tuning table that kernels are explained with. */
export interface PlannedFor {
  readonly device: DeviceClass;
  readonly locate?: (span: Span) => string;
  readonly tuning?: TuningTable;
  /** The name of the kernel whose way to WGSL is told. */
  readonly kernel?: string;
  /** Whether to tell the way of every kernel. */
  readonly stories?: boolean;
}

/** The kernels of a compilation at a token count, and their cost. */
export interface Planned {
  readonly plan: DevicePlan;
  readonly kernels: readonly ExplainedKernel[];
  readonly cost: PlanCost;
  /** The products and sparse matrices of the weight's size; undefined for a layer without a frozen matrix. */
  readonly weightSized: readonly string[] | undefined;
  /** The number of recomputations that might save memory and were not tried. */
  readonly untried: number;
  /** The names of all kernels: also of those for other token counts, and for devices with other features. */
  readonly names: readonly string[];
  /** Absent where none is asked for, or no kernel has the name. */
  readonly story?: KernelStory;
  /** The stories of all kernels, in the Plan's order; absent where they are not asked for. */
  readonly stories?: readonly KernelStory[];
}

export function explainPlan(
  compilation: Compilation,
  namer: Namer,
  tokens: number,
  { device, locate, tuning, kernel, stories = false }: PlannedFor,
): Planned {
  const n = compilation.variants.findIndex((v) => v.maxTokens === null || tokens <= v.maxTokens);
  // The story of a kernel may be of any variant.
  const variants = compilation.variants.map((v, i) =>
    i === n || stories || kernel !== undefined ? withFormulas(compilation, i, namer) : v,
  );
  const all = planOf({ ...compilation, variants }, { devices: [device], locate, tuning });
  const plan = planOfClass(all, device.name)!;
  const { steps } = plan.variants[n]!;
  const writtenBy = ({ bind, kernel }: PlanStep) =>
    bind.filter((_, i) => plan.kernels[kernel]!.bindings[i] === 'read_write');
  // An output is computed by the last step that writes its buffer; earlier steps keep a temporary there.
  const writers = new Map(steps.flatMap((s) => writtenBy(s).map((r) => [JSON.stringify(r), s] as const)));
  const kernels = steps.map((s) => ({
    kernel: plan.kernels[s.kernel]!.name,
    computes: stored(
      s,
      writtenBy(s).map((r) => ('output' in r && writers.get(JSON.stringify(r)) === s ? r.output : null)),
    ),
    at: s.source,
    flops: evalExtent(s.flops, tokens),
    bytes: evalExtent(s.bytes, tokens),
    ...tunedAt(s, tokens),
  }));
  const programs = variantsOf({ ...compilation, variants });
  const plain = (label: string) => label.replaceAll(SEPARATOR, '');
  const names = namesIn(plan);
  const tell = (name: string) => storyOf(name, { plan, programs, device, tokens }, n, plain);
  const products = weightSized(variants[n]!)?.map((p) => plain(p.formula!));
  return {
    plan,
    kernels,
    cost: planCost(plan, tokens),
    weightSized: products && [...new Set(products)],
    ...defined({
      story: kernel === undefined ? undefined : tell(kernel),
      stories: stories ? names.flatMap((name) => tell(name) ?? []) : undefined,
    }),
    names,
    untried: launchesOf(programs[n]!, device).untried,
  };
}

function tunedAt({ alternatives = [] }: PlanStep, tokens: number): Pick<ExplainedKernel, 'tuned'> {
  const found = alternatives.flatMap(({ tuned, maxTokens = Infinity }) =>
    tuned && tokens <= maxTokens ? [tuned] : [],
  );
  const tuned = found.filter((t, i) => found.findIndex((f) => f.adapter === t.adapter) === i);
  return tuned.length > 0 ? { tuned } : {};
}

const SEPARATOR = '\u0000';

/**
 * The formulas of a step's results, which are the last ones in its label. `names` has the name of each output, null
 * for others.
 */
function stored({ label }: PlanStep, names: readonly (string | null)[]): string {
  const formulas = label.split(SEPARATOR).filter((_, i) => i % 2 === 1);
  const count = Math.min(names.length, formulas.length);
  return formulas
    .slice(-count)
    .map((formula, i) => {
      const name = names.at(i - count)!;
      if (name === null) return formula;
      return `${name}${formula === name ? '' : ` = ${formula}`}`;
    })
    .join('; ');
}

/** The variant lowered again in the same way, with the formulas of its nodes as labels. */
function withFormulas({ variants, lowering }: Compilation, n: number, namer: Namer): Variant {
  const variant = variants[n]!;
  const ofNode = formulas(variant, namer);
  const formula = (prim: Prim, node: OpNode | undefined) =>
    `${SEPARATOR}${node ? ofNode(node) : prim.label}${SEPARATOR}`;
  return { ...variant, primitives: primitivesOf(variant.program, lowering, formula) };
}

/**
 * Prints nodes at bound sizes, and nodes that lowering makes of them, in the author's dimensions. An output prints as
 * its formula even if a name has the same value.
 */
function formulas(variant: Variant, namer: Namer): (node: OpNode) => string {
  const nodes = (p: Program) => topological(p.outputs.map((o) => o.node));
  const [bound, open] = [nodes(variant.program), nodes(variant.symbolic)];
  const pairs = new Map(bound.length === open.length ? bound.map((b, i) => [b, open[i]!]) : []);
  const ownOf = (n: Node) => (n.kind === 'input' ? n : pairs.get(n));
  const text = foldOver<Node, Text>(
    (n) => (ownOf(n) ? [] : argsOf(n)),
    (n, of) => {
      const own = ownOf(n);
      return own ? namer.elements(own) : spell(n as OpNode, of);
    },
  );
  const outputs = new Set<Node>(variant.program.outputs.map((o) => o.node));
  return (node) => {
    const own = outputs.has(node) ? pairs.get(node) : undefined;
    return own ? namer.formula(own) : text(node).text;
  };
}
