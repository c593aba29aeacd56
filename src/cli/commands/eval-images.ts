/** `oftc eval` of an image classifier: its loss and its accuracy on a folder of images. */
import { checkFinite } from '../../finetune/finite.ts';
import { ImageClassifier } from '../../finetune/images/image-classifier.ts';
import { measuredImages } from '../../finetune/images/image-data.ts';
import { withClasses } from '../../finetune/images/image-start.ts';
import type { EvalArguments } from '../finetune/eval-arguments.ts';
import { imagesIn, readAll, refuseOptions } from '../finetune/images.ts';
import { shownScore } from '../finetune/line.ts';
import type { Given } from '../finetune/named.ts';
import { withImages } from '../finetune/with-images.ts';
import { type Io, print, printJson, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';

/** Prints the mean loss and the accuracy over all images of the folder. */
export async function evalImages(args: EvalArguments, io: Io, isGiven: Given): Promise<void> {
  refuseOptions({
    ...{ '--length': isGiven('length'), '--source-length': args.sourceLength },
    ...{ '--chat-template': args.chatTemplate, '--logits': args.logits },
    ...{ '--generate': args.generate, '--rouge': args.rouge, '--answers': args.answers },
    ...{ '--answer': args.answer, '--answer-tokens': args.answerTokens, '--beams': args.beams },
    ...{ '--length-penalty': args.lengthPenalty, '--early-stopping': args.earlyStopping },
    ...{ '--compose': args.compose, '--angles': args.angles },
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
