/** The dropout of a run, from the option or from the adapter that is trained further. */
import { adaptersOf } from '../../finetune/blocks.ts';
import { masksOf } from '../../finetune/dropout/masks.ts';
import { droppedBy, WITH_DROPOUT } from '../../finetune/dropout/methods.ts';
import type { Method } from '../../finetune/methods.ts';
import type { Target } from '../../finetune/models/linear-layers.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { listed } from '../../formats/error.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The part that is dropped: that of the option, or else what the adapter states. Throws UsageError for a method
 * without dropout.
 */
export function dropoutOf(method: Method, given: number | undefined, stated = 0): number {
  if (given && !droppedBy(method.source))
    throw new UsageError(
      `--dropout ${given} is of ${listed(WITH_DROPOUT)}, and '${method.program.name}' has none: leave it out`,
    );
  return given ?? stated;
}

/** A note where so few blocks are in each module that none is dropped. */
export function dropoutNotes(
  config: ModelShape,
  {
    method,
    targets,
    dropout: p,
  }: { readonly method: Method; readonly targets: readonly Target[]; readonly dropout: number },
): string[] {
  if (p === 0) return [];
  const masks = masksOf(adaptersOf(config, { ...method, targets, dropout: { p, seed: 0 } }));
  const counts = masks.map(({ shape }) => (shape.of === 'blocks' ? shape.count : Infinity));
  if (counts.some((count) => Math.trunc(p * count) > 0)) return [];
  const most = Math.max(...counts);
  return [
    `dropout ${p} drops no block, for a module has at most ${most}: of n blocks it drops the whole number below ${p}·n, as in PEFT`,
  ];
}
