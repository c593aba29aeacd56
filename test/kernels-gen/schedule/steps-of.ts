/** The steps of schedules of contractions as text, for kernels on which their choices depend. */
import { CLASSES, portable } from '../../../compiler/devices/index.ts';
import type { Emitted } from '../../../kernels-gen/families/family.ts';
import type { ContractionKernel } from '../../../kernels-gen/fuse/kernel.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { describe as described, isChoice, SCHEDULES } from '../../../kernels-gen/schedule/choices.ts';
import { digest } from '../../support/digest.ts';
import { batches, LONG, matrices, options, SPECIAL } from './contractions.ts';
import { sizesOf } from './tuned.ts';

type Named = readonly (readonly [name: string, kernel: ContractionKernel])[];
const KERNELS: Named = [
  ['A·Bᵀ, tokens × 64 × 256', matrices('NT', 'tokens', 64, 256)],
  ['A·B, tokens × 37 × 19', matrices('NN', 'tokens', 37, 19)],
];
/** Kernels for one choice of each schedule. */
const OTHERS: Named = [
  ['Aᵀ·B, 32 × 64 × tokens', matrices('TN', 32, 64, 'tokens')],
  ['four products of 32 × 32 × 32', batches(4, 32, 32, 32)],
];

function* sections(strategies: readonly string[]): Generator<string> {
  for (const [way, schedule] of SCHEDULES) {
    if (!strategies.includes(schedule.strategy)) continue;
    const legal = sizesOf(way).filter(isChoice);
    const middle = legal[legal.length >> 1]!;
    const device = CLASSES.find((c) => c.strategies.includes(schedule.strategy)) ?? portable;
    for (const choice of new Set([legal[0]!, middle, legal.at(-1)!]))
      for (const [name, kernel] of choice === middle ? [...KERNELS, ...OTHERS] : KERNELS) {
        const emitted = schedule.emit(choice, kernel, options(undefined, 512, device));
        yield `${described(choice)}: ${name}\n${emitted ? shown(emitted) : '  has no code\n'}`;
      }
    for (const [name, kernel] of Object.entries(SPECIAL)) {
      const emitted = schedule.emit(middle, kernel, options(undefined, 512, device));
      yield `${described(middle)}: ${name}\n  ${emitted ? digest(shown(emitted)) : 'has no code'}\n`;
    }
  }
}

/** Digests of the loops of each schedule with its middle sizes, for special kernels with short and long sums. */
function* loops(strategies: readonly string[]): Generator<string> {
  for (const [way, schedule] of SCHEDULES) {
    if (!strategies.includes(schedule.strategy)) continue;
    const legal = sizesOf(way).filter(isChoice);
    const middle = legal[legal.length >> 1]!;
    const device = CLASSES.find((c) => c.strategies.includes(schedule.strategy)) ?? portable;
    for (const kernels of [SPECIAL, LONG])
      for (const [name, kernel] of Object.entries(kernels)) {
        const emitted = schedule.emit(middle, kernel, options(undefined, 512, device));
        const text = emitted ? digest(showLoops(emitted.scheduled.loops)) : 'has no code';
        yield `${described(middle)}: ${name}${kernels === LONG ? ', a long sum' : ''}: ${text}\n`;
      }
  }
}

function shown({ before, reads, workgroups, scheduled }: Emitted): string {
  const lines = [`reads ${reads.join()}, workgroups ${JSON.stringify(workgroups)}`, ...scheduled.steps];
  return `${before ? `${shown(before)}  then\n` : ''}${lines.map((l) => `  ${l}\n`).join('')}`;
}

/**
 * The steps of all schedules of some strategies, each with its smallest, middle and largest sizes. Special kernels have
 * digests.
 */
export const stepsOf = (strategies: readonly string[]): string => [...sections(strategies)].join('\n');

export const loopsOf = (strategies: readonly string[]): string => [...loops(strategies)].join('');

/** Products that are smaller than some tiles, and batches of them. */
const SMALL: Named = [
  ['A·B, 12 × 20 × 16', matrices('NN', 12, 20, 16)],
  ['A·Bᵀ, tokens × 8 × 12', matrices('NT', 'tokens', 8, 12)],
  ['Aᵀ·B, 16 × 24 × tokens', matrices('TN', 16, 24, 'tokens')],
  ['three products of tokens × 8 × 32', batches(3, 'tokens', 8, 32, 'NN', 'mnb')],
];

/** Digests of the loops of each schedule with every third of its sizes, for small products. */
export const tilesOf = (strategies: readonly string[]): string =>
  [...SCHEDULES]
    .filter(([, schedule]) => strategies.includes(schedule.strategy))
    .flatMap(([way, schedule]) => {
      const device = CLASSES.find((c) => c.strategies.includes(schedule.strategy)) ?? portable;
      const every = sizesOf(way)
        .filter(isChoice)
        .filter((_, n) => n % 3 === 0);
      return every.map((choice) => {
        const all = SMALL.map(([, kernel]) => {
          const emitted = schedule.emit(choice, kernel, options(undefined, 512, device));
          return emitted ? digest(showLoops(emitted.scheduled.loops)) : 'none';
        });
        return `${described(choice)}: ${all.join(', ')}\n`;
      });
    })
    .join('');
