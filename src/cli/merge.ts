/** `oftc merge`: a model with an adapter folded into its weights. */
import { checkEmpty } from '../finetune/loop/run-folder.ts';
import { writeMerged } from '../finetune/merge.ts';
import { openPlace } from '../finetune/place.ts';
import { sitesOf } from '../finetune/start.ts';
import { type Io, print, printJson, withProgress } from './io.ts';
import { type ModelArguments, withFiles } from './with-model.ts';
import { checkWritable } from './writable.ts';

export interface MergeArguments extends ModelArguments {
  readonly adapter: string;
  readonly out: string;
}

export async function mergeCommand(args: MergeArguments, io: Io): Promise<void> {
  await checkEmpty(args.out);
  await checkWritable(args.out);
  await withFiles(args, async ({ files, config, adapter }) => {
    const { choice } = adapter!;
    const sites = sitesOf(config, choice);
    const place = await openPlace(args.device);
    try {
      await withProgress(io, 'Merging', () => writeMerged(args.out, files, sites, choice.tensors, place));
    } finally {
      place.dispose();
    }
    if (io.json) printJson(io, { out: args.out, merged: sites.length });
    else print(io, `${args.out}: the model with ${sites.length} weights merged`);
  });
}
