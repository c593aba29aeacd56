/** `oftc merge`: folds an adapter into a model's weights and writes the model. */

import { join } from 'node:path';
import { table } from '../../explain/layout.ts';
import type { Dense } from '../../finetune/dense.ts';
import { isImageModel } from '../../finetune/images/open.ts';
import { checkEmpty } from '../../finetune/loop/run-folder.ts';
import { writeMerged } from '../../finetune/merge.ts';
import { openPlace } from '../../finetune/place.ts';
import type { Requantisation, Requantisations } from '../../finetune/requantisation.ts';
import { sitesOf } from '../../finetune/start.ts';
import { lockBeside, locked } from '../../formats/lock.ts';
import { io as inside } from '../../formats/safetensors/io.ts';
import { removeLeftovers } from '../../formats/temporary.ts';
import { anglesText } from '../finetune/angles-text.ts';
import { type ClaimsArguments, mergeable } from '../finetune/mergeable.ts';
import { type ModelArguments, withFiles } from '../finetune/with-model.ts';
import { type Io, print, printJson, warnTo, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import { checkWritable } from '../writable.ts';

export interface MergeArguments extends ModelArguments, ClaimsArguments {
  readonly adapter: string;
  readonly out: string;
  readonly dtype?: Dense;
  /** Whether to measure the angles between neurons; by default, those of methods that rotate. */
  readonly angles?: boolean;
}

export async function mergeCommand(args: MergeArguments, io: Io): Promise<void> {
  await checkWritable(args.out);
  await locked(lockBeside(args.out), args.out, { warn: warnTo(io) }, async (isHeld) => {
    if (isHeld)
      await inside(args.out, 'cannot remove temporary folders beside it', removeLeftovers(args.out));
    await checkEmpty(args.out);
    if (!(await isImageModel(join(args.model, 'config.json')))) return mergeInto(args, io);
    const { mergeImagesInto } = await import('./merge-images.ts');
    return mergeImagesInto(args, io);
  });
}

/** Does the work of the command, in a folder that no other process writes. */
function mergeInto(args: MergeArguments, io: Io): Promise<void> {
  return withFiles(args, io, async ({ files, config, adapters: [adapter] }) => {
    const choice = mergeable(adapter!, args);
    const sites = sitesOf(config, choice);
    const place = await openPlace(args.device, plansFor(io));
    const { dtype, angles: wanted } = args;
    try {
      const { requantised, angles } = await withProgress(io, 'Merging', () =>
        writeMerged(args.out, files, sites, choice.tensors, place, { dtype, angles: wanted }),
      );
      const merged = `${args.out}: the model with ${sites.length === 1 ? '1 weight' : `${sites.length} weights`} merged`;
      const method = files.config.quantization?.method;
      const measured = { requantised: requantised ?? null, angles: angles ?? null };
      if (io.json) return printJson(io, { out: args.out, merged: sites.length, ...measured });
      if (requantised)
        print(io, [`${merged}, requantised as they were`, ...render(requantised, method)].join('\n'));
      else print(io, dtype ? `${merged}, every weight in ${dtype}` : merged);
      if (angles) print(io, anglesText(angles).join('\n'));
    } finally {
      place.dispose();
    }
  });
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

/** A table of what requantising lost: a row for each projection, and the total last. */
function render({ all, ...each }: Requantisations, method: string | undefined): string[] {
  const row = (name: string, of: Requantisation) => ({
    cells: [
      name,
      percent(of.relative),
      of.largest.toFixed(2),
      percent(of.base.relative),
      of.base.largest.toFixed(2),
      of.ofUpdate === null ? '–' : percent(of.ofUpdate),
    ],
    items: [of.range.toFixed(3)],
  });
  const head = {
    cells: ['', 'lost', 'steps', 'of the base’s', 'steps', 'of the update'],
    items: ['range'],
  };
  const rows = [...Object.entries(each).map(([name, of]) => row(name, of)), row('all', all)];
  return [
    ...table(head, rows, '  ', 'left').map((line) => line.trimEnd()),
    'lost: ‖Q(W′) − W′‖ ÷ ‖W′‖, its largest element in steps between codes; of the update: ÷ ‖W′ − W‖;',
    'range: the mean step over the base’s.',
    ...(method === 'gptq' || method === 'awq'
      ? [
          `Codes are rounded to nearest in the base’s groups; ${method.toUpperCase()} itself chooses better ones by data.`,
        ]
      : []),
  ];
}
