/** `oftc merge` of an image classifier: folds the adapter and its classifier into the model. */
import type { Dense } from '../../finetune/dense.ts';
import { writeMergedImages } from '../../finetune/images/merge.ts';
import { openPlace } from '../../finetune/place.ts';
import { refuseOptions } from '../finetune/images.ts';
import type { ClaimsArguments } from '../finetune/mergeable.ts';
import { withImages } from '../finetune/with-images.ts';
import type { ModelArguments } from '../finetune/with-model.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';

export interface ImageMergeArguments extends ModelArguments, ClaimsArguments {
  readonly out: string;
  readonly dtype?: Dense;
  /** An option that is refused. */
  readonly angles?: boolean;
}

/** Does the work of the command, in a folder that no other process writes. */
export function mergeImagesInto(args: ImageMergeArguments, io: Io): Promise<void> {
  refuseOptions({ '--claims': args.claims, '--layer': args.layer, '--angles': args.angles });
  return withImages(args, io, async (files, read) => {
    const place = await openPlace(args.device, plansFor(io));
    try {
      const merged = await withProgress(io, 'Merging', () =>
        writeMergedImages(args.out, files, read!, place, args.dtype),
      );
      const classes = read!.config.labels;
      if (io.json) printJson(io, { out: args.out, merged, classes });
      else
        print(
          io,
          `${args.out}: the model with ${merged === 1 ? '1 weight' : `${merged} weights`} merged, and the classifier of ${classes.length} classes`,
        );
    } finally {
      place.dispose();
    }
  });
}
