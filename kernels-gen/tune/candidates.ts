/** Finds the parts of a program that can be tuned for a device: contractions, each with a few schedules to time. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { constantOf } from '../../compiler/dims/dims.ts';
import { type DeviceTraits, evalExtent, isFor, type Plan } from '../../runtime/plan.ts';
import { canonical, keyOfKernel } from '../families/contraction/root.ts';
import { flops } from '../flops.ts';
import { type ContractionKernel, productsOf } from '../fuse/kernel.ts';
import { launchesOf } from '../launches.ts';
import { generateAlone } from '../plan.ts';
import type { ScheduleChoice } from '../schedule/choice.ts';
import { bucketOf, choicesOf } from '../schedule/choices.ts';
import { typicalTokens, type VariantProgram } from '../variants.ts';

/** A schedule of a kernel, and a Plan that runs the kernel alone by this schedule. */
export interface Candidate {
  /** The schedule's choice; undefined for the cost model's schedule, where that is none of the listed ones. */
  readonly choice: ScheduleChoice | undefined;
  readonly plan: Plan;
}

export interface Tunable {
  readonly key: string;
  /** The bucket of token counts that the kernel is measured for; null where its sizes do not depend on `tokens`. */
  readonly bucket: number | null;
  /** The author's name for the kernel's result. */
  readonly label: string;
  /** The number of the program's steps that run the kernel. */
  readonly steps: number;
  /** The operations of one run at the token count. */
  readonly flops: number;
  /** The candidates, no two with the same code. Without a tuning table, the device runs the first. */
  candidates(): readonly Candidate[];
}

/** A device that kernels are tuned for, and its class, whose cost model chooses without a table. */
export interface TunedDevice {
  readonly traits: DeviceTraits;
  readonly class: DeviceClass;
}

/** The kernels that a program runs at a token count, each once. */
export function tunablesOf(
  variants: readonly VariantProgram[],
  tokens: number,
  device: TunedDevice,
): Tunable[] {
  const variant = variants.find((v) => tokens <= (v.maxTokens ?? Infinity));
  if (variant === undefined) return [];
  const found = new Map<string, Tunable>();
  for (const kernel of launchesOf(variant, device.class).kernels) {
    if ('members' in kernel || kernel.root.kind !== 'contraction') continue;
    const own = canonical({ ...kernel, root: kernel.root });
    const key = keyOfKernel(own);
    const steps = (found.get(key)?.steps ?? 0) + 1;
    found.set(key, {
      key,
      bucket: dependsOnTokens(own) ? bucketOf(tokens) : null,
      label: own.tensor.label,
      flops: evalExtent(flops(own), tokens),
      steps,
      candidates: () => candidatesOf(own, key, variant, tokens, device),
    });
  }
  return [...found.values()];
}

const dependsOnTokens = (kernel: ContractionKernel): boolean =>
  [...kernel.root.axes, ...productsOf(kernel).flatMap((p) => p.over)].some(
    (a) => constantOf(a.extent) === undefined,
  );

function candidatesOf(
  kernel: ContractionKernel,
  key: string,
  variant: VariantProgram,
  tokens: number,
  { traits, class: own }: TunedDevice,
): Candidate[] {
  const { adapter } = traits;
  const model = generateAlone(kernel, variant, own, []);
  const byCode = new Map<string, Candidate>([
    [codeOf(model, tokens, traits), { choice: undefined, plan: model }],
  ]);
  const add = (choice: ScheduleChoice, others: boolean) => {
    const plan = generateAlone(kernel, variant, own, [{ adapter, key, bucket: null, choice }]);
    const code = codeOf(plan, tokens, traits);
    const same = byCode.get(code);
    if (same ? same.choice === undefined : others) byCode.set(code, { choice, plan: same?.plan ?? plan });
  };
  for (const choice of choicesOf(kernel, tokens, own)) add(choice, true);
  // The model chose for the variant's typical token count, so its choice may be missing from those for `tokens`.
  if (byCode.values().next().value?.choice === undefined)
    for (const choice of choicesOf(kernel, typicalTokens(variant), own)) add(choice, false);
  return [...byCode.values()];
}

/** The code that the device runs for a Plan of one step. */
function codeOf(plan: Plan, tokens: number, device: DeviceTraits): string {
  const step = plan.classes[0]!.variants[0]!.steps[0]!;
  const taken = (step.alternatives ?? []).filter(
    (a) => tokens <= (a.maxTokens ?? Infinity) && isFor(device, plan, a),
  );
  const { kernel, first } = taken[0] ?? step;
  return [first?.kernel, kernel].map((k) => (k === undefined ? '' : plan.kernels[k]!.wgsl)).join('\n');
}
