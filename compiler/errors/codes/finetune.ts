/** The refusals of fine-tuning: OFT6001 to OFT6017. */
import { type Code, LINEAR } from '../code.ts';
import { json, MODEL, TOKENIZER } from './model-files.ts';

export const FILES = {
  ...Object.fromEntries(
    Object.entries({ ...MODEL, 'tokenizer.json': json(TOKENIZER) }).map(([name, file]) => [
      `model/${name}`,
      file,
    ]),
  ),
  'text.txt': 'abbabaababbabaabbaababba',
};

/** A command that fine-tunes for one short step, with the given options at its end. */
const finetuning = (options: string): string =>
  `oftc finetune --model model --targets q_proj --data text.txt --batch 1 --length 3 --hold-out 0 --device cpu ${options}`;
const LORA = '--adapter lora --set r=1';

const OWN = `import { frozen, input, layer, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('out', { init: 'ones' }) },
  ({ x, W, s }) => x.matmul(W.T).mul(s),
);
`;

/** An example with options that are refused, mended with options that are accepted. */
const refused = (wrong: string, right: string) => ({
  files: FILES,
  run: finetuning(wrong),
  mended: { run: finetuning(right) },
});

export const finetune = {
  OFT6001: {
    title: 'cannot stand for a linear layer',
    explanation:
      "An adapter takes the place of y = x·Wᵀ + bias: a layer with x: input('tokens', 'in'), W: frozen('out', 'in') and one output.",
    fix: 'Name the tensors x, W and bias; declare everything else as trainable or frozen.',
    example: {
      source: LINEAR,
      files: FILES,
      run: finetuning('--adapter layer.ts --steps 1 --out run'),
      mended: { source: OWN },
    },
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
      'Sequences must hold ids of the vocabulary, be no longer than the model has positions, and have a label that counts.',
    fix: "Shorten the sequences, and tokenise with the model's own tokenizer.",
  },
  OFT6004: {
    title: 'a text that cannot be trained on',
    explanation:
      'The data make fewer sequences than a batch has; a line of a .jsonl file is no text and no conversation, or the chat template does not take the conversation; or a .safetensors file has no token ids, some that the vocabulary does not have, or sequences of another length.',
    fix: "Take a longer text, or a smaller --length or --batch; correct the turn that the message names; name token ids 'input_ids', and make them with the model's own tokenizer.",
    example: {
      files: { ...FILES, 'text.txt': 'aba' },
      run: finetuning(`${LORA} --steps 1 --out run`),
      mended: { files: FILES },
    },
  },
  OFT6005: {
    title: 'a folder that is not for this run',
    explanation:
      'A run writes into a folder of its own; this one holds other files, or a run that is not resumed.',
    fix: 'Name another folder, or go on with the run with --resume.',
    example: {
      ...refused(`${LORA} --steps 1 --out notes`, `${LORA} --steps 1 --out run`),
      files: { ...FILES, 'notes/ideas.txt': 'warm up longer' },
    },
  },
  OFT6006: {
    title: 'a run that cannot be resumed',
    explanation:
      'A run goes on exactly as it would have gone, so that model, text, adapter and options must be those it was started with.',
    fix: 'Give the options of the first run, which the message names, or start anew in another folder.',
  },
  OFT6007: {
    title: 'a loss or gradient that is not finite',
    explanation:
      'Training has diverged: a number became infinite or NaN. Before the first step is taken, the adapter itself gives such a number.',
    fix: 'Lower --lr, lengthen --warmup or clip gradients with --clip, and start anew. An adapter whose start is not finite is mended first: `oftc check` says where.',
    example: refused(`${LORA} --steps 4 --lr 1e38 --out run`, `${LORA} --steps 4 --lr 1e-2 --out run`),
  },
  OFT6008: {
    title: 'unknown method',
    explanation: 'The library has no method of this name, and it is no path of a TypeScript file.',
    fix: 'Use one of the names that the message lists.',
    example: refused('--adapter lore --set r=1 --steps 1 --out run', `${LORA} --steps 1 --out run`),
  },
  OFT6009: {
    title: 'an adapter that needs code to be run',
    explanation:
      'An adapter holds its layer as data, and reading it runs nothing. An operator that its author defined is code, which comes along in the folder source; so is the layer of an adapter that an older version wrote. A program from another person can do on your machine whatever you can.',
    fix: 'Read the source that the message names. If you trust it, pass --trust-code. Otherwise ask for the merged model, which needs no code.',
  },
  OFT6010: {
    title: 'a layer that does not say what its weight becomes',
    explanation:
      'Merging writes the weight that the layer claims to be the same function; without a claim there is none to write.',
    fix: 'State it before training: layer(…, { claims: ({ W, v }) => ({ weight: … }) }), which `oftc check` verifies. For an adapter that is trained already, state it in the source and pass that to merge: --claims layer.ts.',
  },
  OFT6011: {
    title: 'a model whose numbers are not finite',
    explanation:
      'A loss, a logit or a merged weight is infinite or NaN: an adapter or a weight has such elements, or elements so large that results overflow.',
    fix: 'Take the adapter from a run that did not diverge; without one, take the files of the model again.',
  },
  OFT6012: {
    title: 'a place that another process writes',
    explanation:
      'A run, and a merged model, is written by one process at a time. The operating system holds a lock for that process until it ends, however it ends.',
    fix: 'Wait until the other process ends, end it, or name another place.',
  },
  OFT6013: {
    title: 'a file of a run that was changed or damaged',
    explanation:
      'A checkpoint holds digests of its tensors and fields, and of the metrics; a file is not what these say, or says what no run writes.',
    fix: 'Put back the file that the run wrote, from a copy of the folder, or start anew in another folder.',
  },
  OFT6014: {
    title: 'no Python that can run --engine torch',
    explanation:
      'With --engine torch a model is trained by PyTorch, in Python processes. The Python that was found lacks a package, or none was found.',
    fix: 'Run the command that the message gives, or name another Python by the environment variable OFTC_PYTHON.',
  },
  OFT6015: {
    title: 'a process of PyTorch that ended during a run',
    explanation:
      'A process that trains with PyTorch ended by itself: it ran out of memory, was killed, or raised an exception, whose last lines the message has. The files of the run are whole.',
    fix: 'Remove the cause, then go on from the last checkpoint: the same command with --resume.',
  },
  OFT6016: {
    title: 'a change that a LoRA does not hold',
    explanation:
      'A LoRA adds a matrix of low rank to a weight and leaves biases as they are. The adapter changes a bias, its change has no low rank within the tolerance, or the rank that was asked for is above the width of every weight.',
    fix: 'Give `oftc convert` a rank, and look at what it says is left; or merge the adapter, `oftc merge`, which loses nothing.',
  },
  OFT6017: {
    title: 'adapters that do not go together',
    explanation:
      'Several adapters are used on one model by their names. Composed, they change one module in an order that makes sense for adapters of one kind only: rotations apply one after the other, and additions add up.',
    fix: 'Compose adapters of one kind, or on different modules; use others one at a time.',
  },
} as const satisfies Readonly<Record<string, Code>>;
