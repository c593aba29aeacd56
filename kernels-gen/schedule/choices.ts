/** The schedules of contractions that tuning can ask for: as data, as text, and as code. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Tuned } from '../../runtime/plan.ts';
import { keyOfKernel } from '../families/contraction/root.ts';
import { DIRECT, type ScheduleOptions, type Way } from '../families/family.ts';
import type { ContractionKernel } from '../fuse/kernel.ts';
import type { TunedSchedule } from '../tuned.ts';
import { isOf, type ScheduleChoice } from './choice.ts';
import { RECIPES } from './index.ts';
import { direct, directChoices } from './portable.ts';
import type { ChosenSchedule } from './recipe.ts';

/** All schedules by name. */
export const SCHEDULES: ReadonlyMap<string, ChosenSchedule> = new Map([
  [DIRECT, direct],
  ...RECIPES.flatMap((r) => Object.entries(r.choices)),
]);

/** The text of a choice: `direct 4×4`, `split 32×32 in 4`. */
export function describe({ way, rows, cols, parts }: ScheduleChoice): string {
  if (SCHEDULES.get(way)?.sizes.most === 1) return way;
  return `${way} ${rows}×${cols}${parts > 1 ? ` in ${parts}` : ''}`;
}

/** Reads the text of a choice; undefined for other text, and for sizes that the generator does not take. */
export function parseChoice(text: string): ScheduleChoice | undefined {
  const [, way = '', rows = '1', cols = '1', parts = '1'] =
    /^([a-z]+(?: [a-z]\w*)?)(?: (\d+)×(\d+)(?: in (\d+))?)?$/.exec(text) ?? [];
  const choice = { way, rows: Number(rows), cols: Number(cols), parts: Number(parts) };
  return isChoice(choice) && describe(choice) === text ? choice : undefined;
}

export function isChoice(choice: ScheduleChoice): boolean {
  const schedule = SCHEDULES.get(choice.way);
  return schedule !== undefined && isOf(schedule.sizes, choice);
}

/** The choices that tuning measures: the one that the class's cost model prefers, and those next to it. */
export function choicesOf(
  kernel: ContractionKernel,
  tokens: number,
  device: DeviceClass,
): readonly ScheduleChoice[] {
  const own = RECIPES.filter((r) => r.strategies.some((s) => device.strategies.includes(s)));
  for (const recipe of own) {
    const choices = recipe.choicesOf(kernel, tokens, device);
    if (choices) return choices;
  }
  return directChoices(kernel, tokens, device);
}

/** The ways to compute a kernel by schedules that tuning found to be the best. */
export function tunedWays(kernel: ContractionKernel, options: ScheduleOptions): Way[] {
  // Tuning measures the kernel as one that overwrites nothing.
  const { overwrites: _, ...alone } = kernel;
  return tunedFor(options, keyOfKernel(alone)).flatMap(({ choice, ...guard }): Way[] => {
    const schedule = SCHEDULES.get(choice.way);
    if (schedule === undefined) return [];
    const matrix = schedule.matrix?.(kernel);
    const emit = () => schedule.emit(choice, kernel, options);
    return [{ strategy: schedule.strategy, ...guard, ...(matrix ? { matrix } : {}), emit }];
  });
}

/**
 * A kernel's measured schedules, fewest tokens first. The last one for an adapter has no `maxTokens` if it
 * covers `tokens`.
 */
export function tunedFor(
  { tuned = [], tokens }: Pick<ScheduleOptions, 'tuned' | 'tokens'>,
  key: string,
): { readonly choice: ScheduleChoice; readonly tuned: Tuned; readonly maxTokens?: number }[] {
  const count = ({ bucket }: TunedSchedule) => bucket ?? Infinity;
  const own = tuned.filter((t) => t.key === key).sort((a, b) => count(a) - count(b));
  return own.map((t) => {
    const { adapter, choice } = t;
    const last = own.findLast((o) => o.adapter === adapter) === t && count(t) >= bucketOf(tokens);
    return {
      choice,
      tuned: { adapter, key, schedule: describe(choice) },
      ...(last || t.bucket === null ? {} : { maxTokens: t.bucket }),
    };
  });
}

/** The bucket of a token count: the least power of two that is not smaller. */
export const bucketOf = (tokens: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, tokens)));
