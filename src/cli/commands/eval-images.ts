/** `oftc eval` of an image classifier: its loss and its accuracy on a folder of images. */
import { checkFinite } from '../../finetune/finite.ts';
import { ImageClassifier } from '../../finetune/images/image-classifier.ts';
import { measuredImages } from '../../finetune/images/image-data.ts';
import { withClasses } from '../../finetune/images/image-start.ts';
import { imagesIn, readAll, refuseOptions } from '../finetune/images.ts';
import { shownScore } from '../finetune/line.ts';
import { withImages } from '../finetune/with-images.ts';
import type { ModelArguments } from '../finetune/with-model.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';

export interface ImageEvalArguments extends ModelArguments {
  readonly data: readonly string[];
  readonly batch: number;
  /** The options that are refused. */
  readonly chatTemplate?: string;
  readonly generate?: boolean;
  readonly logits?: string;
  readonly compose?: boolean;
  readonly sourceLength?: number;
  readonly angles?: boolean;
}

/** Prints the mean loss and the accuracy over all images of the folder. */
export async function evalImages(args: ImageEvalArguments, io: Io): Promise<void> {
  refuseOptions({
    ...{ '--chat-template': args.chatTemplate, '--generate': args.generate, '--logits': args.logits },
    ...{ '--compose': args.compose, '--source-length': args.sourceLength, '--angles': args.angles },
  });
  const images = await imagesIn(args.data, '--data');
  await withImages(args, io, async (files, read) => {
    const config = read?.config ?? withClasses(files, undefined);
    const reader = { config, preprocessor: files.preprocessor };
    const { train: examples } = await readAll(images, reader, 0, io);
    const model = await withProgress(io, 'Uploading the weights', () =>
      ImageClassifier.open({
        ...{ config, weights: files.weights(config, args.quantize), device: args.device },
        plans: plansFor(io),
        ...(read
          ? {
              trainsClassifier: true,
              adapter: { ...read.choice, tensors: { read: async (name) => read.tensors.get(name)! } },
            }
          : {}),
      }),
    );
    try {
      const { heldOut: loss, ...score } = await withProgress(io, 'Evaluating', () =>
        measuredImages(model, examples, reader, args.batch),
      );
      await checkFinite(model, [loss], 'the loss');
      const accuracy = score.correct / score.asked;
      if (io.json) printJson(io, { loss, accuracy, ...score, bytes: model.bytes });
      else print(io, `accuracy ${shownScore(score)}, loss ${loss.toFixed(4)} nats an image`);
    } finally {
      model.dispose();
    }
  });
}
