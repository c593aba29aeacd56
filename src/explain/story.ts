/** Tells the way of one kernel: the primitives in it, its naive loops, the steps of its schedule, and its code. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import {
  costOf,
  launchOf,
  partsOf,
  said,
  scheduleOf,
  showCost,
  showLoops,
  type VariantProgram,
} from '../../kernels-gen/index.ts';
import type { DevicePlan, PlanStep } from '../../runtime/plan.ts';
import { kernelPrediction } from './prediction.ts';

/** The way of one kernel from its primitives to WGSL, as text. */
export interface KernelStory {
  readonly kernel: string;
  /** The token counts of the programs that the kernel is for, with both ends; null is unbounded. */
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** The kernels that run with it: of a sum in parts, one computes the parts and one adds them up. */
  readonly beside: readonly string[];
  /** The kernels that run in its place on other devices of the class, or for other token counts. */
  readonly instead: readonly string[];
  /** The tensors that the kernel computes beside its last result, and the rule that made each a part of it. */
  readonly computes: readonly { readonly rule: string; readonly formula: string }[];
  /** The tensors that it reads and other kernels store, and why the kernels are not one. */
  readonly reads: readonly {
    readonly formula: string;
    readonly kernel: string;
    readonly why: readonly string[];
  }[];
  /** The naive loops, the steps that change them, and the result. */
  readonly naive: string;
  readonly steps: readonly string[];
  readonly loops: string;
  /** Upper bounds of the loops' operations, traffic and barriers, as polynomials in the numbers of iterations. */
  readonly cost: string;
  /** The parts of the predicted time on the example of the class. */
  readonly prediction: string;
  readonly wgsl: string;
}

/** A plan for a class of devices, and the programs of its variants. */
export interface Planning {
  readonly plan: DevicePlan;
  readonly programs: readonly VariantProgram[];
  readonly device: DeviceClass;
  /** The token count of the predicted time. */
  readonly tokens: number;
}

/** The numbers of the kernels that each way of a step runs: its own way, and the alternatives. */
const waysOf = ({ alternatives = [], ...own }: PlanStep): number[][] =>
  [own, ...alternatives].map(({ first, kernel }) => (first ? [first.kernel, kernel] : [kernel]));

/** The names of all kernels of a plan. */
export const namesIn = ({ kernels }: DevicePlan): string[] => kernels.map((k) => k.name);

/**
 * The story of the kernel with a name. The variant `first` is searched before the others. `plain` makes texts of labels.
 * Undefined for a name that no kernel has.
 */
export function storyOf(
  name: string,
  { plan, programs, device, tokens }: Planning,
  first: number,
  plain: (label: string) => string,
): KernelStory | undefined {
  const index = plan.kernels.findIndex((k) => k.name === name);
  const made = index < 0 ? undefined : scheduleOf(plan.kernels[index]!);
  const all = [first, ...plan.variants.keys()];
  const runsIt = (step: PlanStep) => waysOf(step).flat().includes(index);
  const n = all.find((v) => plan.variants[v]!.steps.some(runsIt));
  if (made === undefined || n === undefined) return undefined;
  const { steps, minTokens, maxTokens } = plan.variants[n]!;
  const step = steps.find(runsIt)!;
  const { computes, reads } = partsOf(launchOf.get(step)!, programs[n]!, device);
  const formula = (p: Prim) => plain(said(p));
  const nameOf = (i: number) => plan.kernels[i]!.name;
  const ways = waysOf(step);
  const together = new Set(ways.filter((way) => way.includes(index)).flat());
  const { naive, loops } = made;
  return {
    ...{ kernel: name, minTokens, maxTokens },
    beside: [...together].filter((i) => i !== index).map(nameOf),
    instead: [...new Set(ways.flat())].filter((i) => !together.has(i)).map(nameOf),
    computes: computes.map(({ rule, tensor }) => ({ rule, formula: formula(tensor) })),
    reads: reads.map(({ tensor, from, why }) => ({
      formula: formula(tensor),
      kernel: nameOf(steps.find((s) => launchOf.get(s) === from)!.kernel),
      why,
    })),
    ...{ naive: showLoops(naive), steps: made.steps, loops: showLoops(loops) },
    ...{ cost: showCost(costOf(loops)), wgsl: plan.kernels[index]!.wgsl },
    prediction: kernelPrediction(device, plan.kernels[index]!, tokens),
  };
}
