/** The refusals in reading, writing and making quantised weights, by the names of their codes. */
import type { Code } from '../code.ts';

const ONE_CHECKPOINT = 'Take the weight and its companions from one checkpoint.';

/** A header whose quant state is four bytes of zeros instead of JSON. */
const STATE = JSON.stringify({
  W: { dtype: 'U8', shape: [2, 1], data_offsets: [0, 2] },
  'W.quant_state.bitsandbytes__nf4': { dtype: 'U8', shape: [4], data_offsets: [2, 6] },
});

export const quantized = {
  MissingCompanion: {
    title: 'part of a quantised weight is missing',
    explanation:
      'A quantised weight is several tensors, such as its codes and its scales, and one is not there.',
    fix: 'Read the file that holds all of them, or quantise the weight again.',
  },
  CompanionDtype: {
    title: 'part of a quantised weight has another dtype',
    explanation: 'One of the tensors of a quantised weight has a dtype that its format does not give it.',
    fix: ONE_CHECKPOINT,
  },
  CompanionLength: {
    title: 'part of a quantised weight has another size',
    explanation: 'One of the tensors of a quantised weight has more or fewer elements than its shape needs.',
    fix: ONE_CHECKPOINT,
  },
  InvalidQuantState: {
    title: 'quant state cannot be read',
    explanation:
      'bitsandbytes describes a quantised weight in JSON. This state is no JSON, lacks a field, or has a wrong one.',
    fix: 'Take the quant state from the checkpoint that the weight is from, or quantise it again.',
    example: {
      run: 'oftc inspect model.safetensors',
      files: { 'model.safetensors': { header: STATE, dataBytes: 6 } },
      mended: { files: { 'model.safetensors': { W: [4, 1] } } },
    },
  },
  UnknownQuantType: {
    title: 'unknown type of quantisation',
    explanation: 'Of bitsandbytes’ 4-bit types, only nf4 is read.',
    fix: 'Quantise the model with bnb_4bit_quant_type "nf4".',
  },
  InvalidBlockSize: {
    title: 'block size that NF4 does not have',
    explanation: 'NF4 has blocks of a power of two of weights, from 32 to 4096.',
    fix: 'Quantise the weight with such a block size.',
  },
  InvalidCodeBook: {
    title: 'code book that is not valid',
    explanation: 'A code book has 16 or 256 values, which rise and lie in [-1, 1].',
    fix: 'Take the code book from the checkpoint that the weight is from.',
  },
  InvalidScale: {
    title: 'scale that is not valid',
    explanation:
      'A scale is not finite, is negative where it is a largest absolute value, or makes infinite weights.',
    fix: 'Download the file or quantise the weight again.',
  },
  InvalidWeight: {
    title: 'weight that cannot be quantised',
    explanation:
      'A weight to be quantised, or written in another dtype, must be finite, fit its shape, and not be so large that it or its scales overflow.',
    fix: 'Correct what the message names.',
  },
  InvalidGroups: {
    title: 'groups that do not fit',
    explanation: 'The group size or g_idx does not put each input into one of the groups that have a scale.',
    fix: 'Take group_size and g_idx from the checkpoint that the weight is from.',
  },
  InvalidPacking: {
    title: 'numbers that cannot be packed',
    explanation:
      'GPTQ and AWQ pack eight numbers of 4 bits into a word, so sizes are multiples of 8, and codes at most 15.',
    fix: 'Pad the weight before it is quantised, or correct what the message names.',
  },
} as const satisfies Readonly<Record<string, Code>>;
