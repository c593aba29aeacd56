/** Contractions in lanes: by tiles, by panels of long sums, by rows for stationary columns, or by dot products. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Emitted, ScheduleOptions, Way } from '../../families/family.ts';
import { classify } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { type Costed, faster, type LoopSchedule } from './cycles.ts';
import { dotSchedules } from './dots.ts';
import { panelSchedules } from './panels.ts';
import { stationarySchedules } from './stationary.ts';
import { laneSchedules } from './tiles.ts';

export function contractionWays(kernel: ContractionKernel, options: ScheduleOptions): readonly Way[] {
  const { m, n } = classify(kernel.root);
  const grows = [...m, ...n].some((a) => constantOf(a.extent) === undefined);
  const emit = (tokens: number) => () => inLanes(kernel, { ...options, tokens });
  return [
    ...(options.one && grows ? [{ strategy: 'lanes', maxTokens: 1, emit: emit(1) }] : []),
    { strategy: 'lanes', emit: emit(options.tokens) },
  ];
}

/** Emits the fastest schedule in lanes; undefined where there is none, or too little work. */
function inLanes(kernel: ContractionKernel, options: ScheduleOptions): Emitted | undefined {
  const schedule = [
    ...laneSchedules(kernel, options),
    ...dotSchedules(kernel, options),
    ...stationarySchedules(kernel, options),
    ...panelSchedules(kernel, options),
  ].reduce<(LoopSchedule & Costed) | undefined>(faster, undefined);
  return schedule?.emit(options.device.lockstep);
}
