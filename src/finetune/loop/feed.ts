/** The data of a run as the training loop asks for them: batches to train on, and what is measured on the rest. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Score } from '../answers.ts';
import { type Batch, countedLabels, IGNORED, packed, type Sequence } from '../batch.ts';
import type { Data } from '../data/read.ts';
import type { BatchSize } from '../model-types.ts';
import type { Engine } from './engine.ts';
import type { Draw } from './step.ts';

/** The held-out loss, and the score of answers or classes where there is one. */
export interface Measured extends Partial<Score> {
  readonly heldOut: number;
}

export interface Feed<B, E> {
  /** The number of examples to train on. */
  readonly count: number;
  /** The sizes of the batches to train on and to evaluate. */
  readonly sizes: readonly BatchSize[];
  /** The batches of a step, with the number of their tokens, from the numbers of their examples. */
  drawn(examples: readonly number[], batch: number): { readonly tokens: number; readonly draw: Draw<B> };
  /** Measures what is held out; absent if nothing is. */
  measured?(engine: E): Promise<Measured>;
}

/** The feed of texts. `examine` lets the model answer questions at each evaluation. */
export const textFeed = (
  { train, heldOut }: Pick<Data, 'train' | 'heldOut'>,
  {
    config,
    batch: size,
    examine,
  }: {
    readonly config: ModelShape;
    readonly batch: number;
    readonly examine?: ((engine: Engine) => Promise<Score>) | undefined;
  },
): Feed<Batch, Engine> => ({
  count: train.length,
  sizes: sizesOf({ train, heldOut }, size),
  drawn: (examples, batch) => {
    const drawn = examples.map((n) => train[n]!);
    // An engine takes the mean over the batches, so that each label of the step counts 1/(number of labels).
    const weight = drawn.length / batch / drawn.reduce((sum, s) => sum + countedLabels(s), 0);
    return {
      tokens: drawn.reduce((sum, { ids }) => sum + ids.length, 0),
      draw: (k) => packed(drawn.slice(k * batch, (k + 1) * batch), config, weight),
    };
  },
  ...(heldOut.length === 0
    ? {}
    : {
        measured: async (engine) => {
          const loss = await meanLoss(engine, heldOut, size);
          return { heldOut: loss, ...(Number.isFinite(loss) ? await examine?.(engine) : {}) };
        },
      }),
});

/** The sizes of the batches to train on and to evaluate. */
function sizesOf({ train, heldOut }: Pick<Data, 'train' | 'heldOut'>, batch: number): BatchSize[] {
  const evaluated = Math.min(batch, heldOut.length);
  const of = (sequences: number, { ids, source }: Sequence): BatchSize => ({
    tokens: sequences * ids.length,
    ...(source ? { sources: sequences * source.ids.length } : {}),
  });
  return [of(batch, train[0]!), ...(evaluated > 0 ? [of(evaluated, heldOut[0]!)] : [])];
}

/**
 * The mean loss over all labels that count. A last batch of fewer sequences is filled up with sequences whose labels do
 * not count: one more token count would need kernels of its own, which take longer to compile than the batch to run.
 */
export async function meanLoss(
  model: Pick<Engine, 'config' | 'loss'>,
  sequences: readonly Sequence[],
  batch: number,
): Promise<number> {
  let [sum, labels] = [0, 0];
  for (let n = 0; n < sequences.length; n += batch) {
    const own = sequences.slice(n, n + batch);
    const filling = n === 0 ? [] : sequences.slice(0, batch - own.length).map(uncounted);
    const counted = own.reduce((all, s) => all + countedLabels(s), 0);
    sum += (await model.loss(packed([...own, ...filling], model.config))) * counted;
    labels += counted;
  }
  return sum / labels;
}

const uncounted = (sequence: Sequence): Sequence => ({
  ...sequence,
  labels: Array.from(sequence.ids, () => IGNORED),
});
