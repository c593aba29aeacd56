/** The refusals in reading and writing safetensors, by the names of their codes. */
import { type Code, type DamagedFile, LINEAR } from '../code.ts';

const RUN = 'oftc run layer.ts --device cpu --input tensors.safetensors --output y.safetensors';
const AGAIN = 'Download or write the file again.';

/** An example that runs on a damaged file, mended with an intact one. */
const damaged = (header: string, dataBytes = 0, headerLength?: number) => {
  const file: DamagedFile = { header, dataBytes, ...(headerLength === undefined ? {} : { headerLength }) };
  return {
    source: LINEAR,
    run: RUN,
    files: { 'tensors.safetensors': file },
    mended: { files: { 'tensors.safetensors': { x: [3, 8], W: [5, 8] } } },
  } as const;
};

const tensor = (dtype: string, shape: string, end: number) =>
  `{"x":{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[0,${end}]}}`;

export const files = {
  HeaderTooSmall: {
    title: 'too short for a header',
    explanation: 'The file ends before the 8 bytes that say how long its header is.',
    fix: AGAIN,
    example: damaged('', -3),
  },
  HeaderTooLarge: {
    title: 'header above the format’s limit',
    explanation: 'A header has at most 100,000,000 bytes. Other kinds of file often look like this.',
    fix: 'Check that the file is safetensors, and not a checkpoint of another format.',
    example: damaged('{}', 0, 2 ** 40),
  },
  InvalidHeaderLength: {
    title: 'header longer than the file',
    explanation: 'The file is shorter than its header claims to be.',
    fix: AGAIN,
    example: damaged('{}', 0, 4096),
  },
  InvalidHeader: {
    title: 'header is not text',
    explanation: 'The header’s bytes are not UTF-8.',
    fix: AGAIN,
    example: damaged('{"\ud800":0}'),
  },
  InvalidHeaderStart: {
    title: 'header does not start with {',
    explanation: 'The header must be a JSON object.',
    fix: AGAIN,
    example: damaged('[]'),
  },
  InvalidHeaderDeserialization: {
    title: 'header cannot be read',
    explanation:
      'The header is not JSON, or describes a tensor by other fields than dtype, shape and data_offsets.',
    fix: AGAIN,
    example: damaged('{"x":{"dtype":"F32"}}'),
  },
  UnknownDtype: {
    title: 'unknown dtype',
    explanation: 'The format has no such dtype.',
    fix: 'Convert the tensor to one that the message lists.',
    example: damaged(tensor('float32', '1', 4), 4),
  },
  InvalidOffset: {
    title: 'tensors overlap or leave a gap',
    explanation: 'The data of the tensors must follow one another without gaps.',
    fix: AGAIN,
    example: damaged('{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8),
  },
  ValidationOverflow: {
    title: 'shape too large',
    explanation: 'A tensor of this shape has more bits than can be counted.',
    fix: AGAIN,
    example: damaged(tensor('F32', '4294967296,4294967296', 0)),
  },
  MisalignedSlice: {
    title: 'not a whole number of bytes',
    explanation: 'Elements smaller than a byte must fill whole bytes.',
    fix: 'Pad the shape to whole bytes.',
    example: damaged(tensor('F4', '3', 1), 1),
  },
  TensorInvalidInfo: {
    title: 'shape and data do not fit',
    explanation: 'A tensor has another number of bytes than its shape and dtype need.',
    fix: AGAIN,
    example: damaged(tensor('F32', '3,8', 4), 4),
  },
  MetadataIncompleteBuffer: {
    title: 'file cut short, or with bytes left over',
    explanation: 'The file holds fewer or more bytes of data than its tensors need.',
    fix: AGAIN,
    example: damaged(tensor('F32', '3,8', 96), 40),
  },
  TensorNotFound: {
    title: 'no such tensor in the file',
    explanation: 'A tensor was asked for that the file does not hold.',
    fix: 'Ask for one of those that the message names.',
  },
  UnsupportedDtype: {
    title: 'no array holds this dtype',
    explanation: 'JavaScript has no typed array for the elements.',
    fix: 'Read the bytes.',
  },
  InvalidTensorView: {
    title: 'data that do not fit the tensor',
    explanation: 'A tensor to be written has data of another size or kind than its shape and dtype.',
    fix: 'Correct the shape, or pass the whole tensor.',
  },
  InvalidTensorName: {
    title: 'a name that cannot be written',
    explanation: 'A name must be well-formed text, used once, and not __metadata__.',
    fix: 'Rename the tensor.',
  },
  InvalidMetadata: {
    title: 'metadata that cannot be written',
    explanation: 'Metadata must be strings by name.',
    fix: 'Convert the value to text.',
  },
  IoError: {
    title: 'file cannot be read or written',
    explanation: 'The operating system refused; the message says why.',
    fix: 'Check the path, its permissions, and the free memory and disk space.',
    example: {
      source: LINEAR,
      run: RUN.replace('tensors', 'tensor'),
      files: { 'tensors.safetensors': { x: [3, 8], W: [5, 8] } },
      mended: { run: RUN },
    },
  },
} as const satisfies Readonly<Record<string, Code>>;
