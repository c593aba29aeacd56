/** What fine-tuning a model refuses: OFT6001 to OFT6003. */
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
} as const satisfies Readonly<Record<string, Code>>;
