/** What fine-tuning a model refuses: OFT6001 to OFT6009. */
import type { Code } from './code.ts';

export const finetune = {
  OFT6001: {
    title: 'cannot stand for a linear layer',
    explanation:
      "An adapter takes the place of y = x·Wᵀ + bias: a layer with x: input('tokens', 'in'), W: frozen('out', 'in') and one output.",
    fix: 'Name the tensors x, W and bias; declare everything else as trainable or frozen.',
  },
  OFT6002: {
    title: 'a tensor of the model is missing or has another size',
    explanation:
      'Weights and adapter tensors are found by their names in the checkpoint and must have the sizes of the configuration.',
    fix: 'Give the configuration that belongs to the checkpoint, and the adapter that was made for it.',
  },
  OFT6003: {
    title: 'not a batch of token ids',
    explanation:
      'Sequences hold ids of the vocabulary, are no longer than the model has positions, and at least one label counts.',
    fix: "Shorten the sequences, and tokenise with the model's own tokenizer.",
  },
  OFT6004: {
    title: 'a text that cannot be trained on',
    explanation:
      'The text makes fewer sequences than a batch has, or a line of a .jsonl file is no object with a text.',
    fix: 'Take a longer text, or a smaller --length or --batch.',
  },
  OFT6005: {
    title: 'a folder that is not for this run',
    explanation:
      'A run writes into a folder of its own; this one holds other files, or a run that is not resumed.',
    fix: 'Name another folder, or go on with the run with --resume.',
  },
  OFT6006: {
    title: 'a run that cannot be resumed',
    explanation:
      'A run goes on exactly as it would have gone, so that model, text, adapter and options must be those it was started with.',
    fix: 'Give the options of then, which the message names, or start anew in another folder.',
  },
  OFT6007: {
    title: 'a loss or gradient that is not finite',
    explanation: 'Training has diverged: a number became infinite, or none.',
    fix: 'Lower --lr, lengthen --warmup or clip gradients with --clip, and start anew.',
  },
  OFT6008: {
    title: 'unknown method',
    explanation: 'The library has no method of this name, and it is no path of a TypeScript file.',
    fix: 'Use one of the names that the message lists.',
  },
  OFT6009: {
    title: 'an adapter whose source has changed',
    explanation: 'An adapter of your own layer is computed by the file that it was trained with.',
    fix: 'Take the version of the file that it was trained with, or train again.',
  },
} as const satisfies Readonly<Record<string, Code>>;
