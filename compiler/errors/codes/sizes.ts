/** The refusals of dimensions, tensors and sessions: OFT3001 to OFT4018. */
import { type Code, EMBEDDING, LINEAR, OFT } from '../code.ts';

const RUN = 'oftc run layer.ts --device cpu --input tensors.safetensors --output y.safetensors';
const LINEAR_TENSORS = { x: [3, 8], W: [5, 8] };

/** A script that compiles the layer on the reference and runs `body`. */
const script = (body: string, dims = '{ in: 8, out: 5 }'): string =>
  `import { compile } from 'oftc';

const session = await compile('layer.ts', { device: 'cpu', dims: ${dims} });
const x = { data: new Float32Array(3 * 8), shape: [3, 8] };
const W = { data: new Float32Array(5 * 8), shape: [5, 8] };
${body}
`;

/** A script that compiles the layer on a device, holds x in a buffer and runs `body`. */
const onDevice = (body: string): string =>
  `import { compile } from 'oftc';
import { requestDevice } from 'oftc/runtime';

const device = await requestDevice(navigator.gpu);
const session = await compile('layer.ts', { device, dims: { in: 8, out: 5 } });
const buffer = device.createBuffer({ size: 3 * 8 * 4, usage: GPUBufferUsage.STORAGE });
const W = new Float32Array(5 * 8);
${body}
`;

/** A script that runs a layer once on the reference. */
const once = (dims: string, inputs: string): string =>
  `import { compile } from 'oftc';

const session = await compile('layer.ts', { device: 'cpu', dims: { ${dims} } });
await session.run({ ${inputs} });
`;

const embedded = (ids: string): string =>
  once('words: 5, d: 8', `ids: Int32Array.of(${ids}), E: new Float32Array(5 * 8)`);

const reflecting = (element: string): string =>
  once('in: 8', `x: new Float32Array(3 * 8), u: new Float32Array(8).fill(${element})`);

export const sizes = {
  OFT3001: {
    title: 'unknown or ambiguous dimension',
    explanation:
      'A size was given for a name that the layer does not use, or a name stands for a size and for a setting of the configuration too.',
    fix: 'Use a name that the message lists; give what has two meanings two names.',
    example: {
      source: OFT,
      run: 'oftc explain layer.ts --dims in=1024,out=1024,B=32',
      mended: { run: 'oftc explain layer.ts --dims in=1024,out=1024,b=32' },
    },
  },
  OFT3002: {
    title: 'sizes contradict',
    explanation: 'The sizes given, the shapes of tensors and where cannot all hold.',
    fix: 'Correct the size that the message traces.',
    example: {
      source: OFT,
      run: 'oftc explain layer.ts --dims in=1024,b=32,r=16',
      mended: { run: 'oftc explain layer.ts --dims in=1024,b=32,r=32' },
    },
  },
  OFT3003: {
    title: 'sizes do not divide',
    explanation: 'A dimension would not be a whole number of elements.',
    fix: 'Choose sizes that divide, such as a block size that divides the input width.',
    example: {
      source: OFT,
      run: 'oftc explain layer.ts --dims in=1000,out=1024,b=32',
      mended: { run: 'oftc explain layer.ts --dims in=1000,out=1024,b=40' },
    },
  },
  OFT3004: {
    title: 'not a size',
    explanation: 'A size is a whole number of at least 1.',
    fix: 'Give such a number.',
    example: {
      source: LINEAR,
      run: script('await session.run({ x, W });', '{ in: 8, out: 0 }'),
      mended: { run: script('await session.run({ x, W });') },
    },
  },
  OFT3005: {
    title: 'wrong rank of a tensor',
    explanation: 'The tensor given has another number of axes than the layer declares.',
    fix: 'Reshape the tensor to the declared shape.',
    example: {
      source: LINEAR,
      run: RUN,
      files: { 'tensors.safetensors': { x: [3, 8], W: [40] } },
      mended: { files: { 'tensors.safetensors': LINEAR_TENSORS } },
    },
  },
  OFT3006: {
    title: 'unbound dimensions',
    explanation: 'Every dimension but tokens must have a size before kernels are made.',
    fix: 'Give the sizes that the message lists.',
    example: {
      source: LINEAR.replaceAll("'in'", "'r*b'"),
      run: RUN,
      files: { 'tensors.safetensors': LINEAR_TENSORS },
      mended: { run: `${RUN} --dims b=4` },
    },
  },
  OFT3007: {
    title: 'no sizes fit',
    explanation: 'oftc check looks for sizes to check at by itself, and found none up to its limit.',
    fix: 'Give sizes with --dims.',
  },
  OFT4001: {
    title: 'missing tensor',
    explanation: 'A tensor that the layer declares was not given.',
    fix: 'Give it under the name that the message states.',
    example: {
      source: LINEAR,
      run: RUN,
      files: { 'tensors.safetensors': { x: [3, 8] } },
      mended: { files: { 'tensors.safetensors': LINEAR_TENSORS } },
    },
  },
  OFT4002: {
    title: 'unknown tensor',
    explanation: 'A tensor was given that the layer does not declare.',
    fix: 'Rename it to the name that the layer declares, or leave it out.',
    example: {
      source: LINEAR,
      run: RUN,
      files: { 'tensors.safetensors': { x: [3, 8], w: [5, 8] } },
      mended: { files: { 'tensors.safetensors': LINEAR_TENSORS } },
    },
  },
  OFT4003: {
    title: 'wrong dtype of a tensor',
    explanation:
      'Values are never rounded silently: a stored tensor has the declared dtype, or only values that it can hold.',
    fix: 'Convert the tensor where it is saved, or declare its dtype.',
    example: {
      source: LINEAR,
      run: RUN,
      files: { 'tensors.safetensors': { x: { dtype: 'I32', shape: [3, 8] }, W: [5, 8] } },
      mended: { files: { 'tensors.safetensors': LINEAR_TENSORS } },
    },
  },
  OFT4004: {
    title: 'wrong shape of a tensor',
    explanation: 'A tensor does not fill the declared shape, or has another number of tokens than the rest.',
    fix: 'Give a tensor of the shape that the message prints; leading axes fold into tokens.',
    example: {
      source: LINEAR,
      run: script('await session.run({ x: { ...x, shape: [2, 8] }, W });'),
      mended: { run: script('await session.run({ x, W });') },
    },
  },
  OFT4005: {
    title: 'number of tokens unknown',
    explanation: 'No array among the inputs shows how many tokens there are; a GPUBuffer has no shape.',
    fix: 'Pass { tokens } as the second argument of run. A layer for PyTorch declares an input with a row for each token.',
    example: {
      source: LINEAR,
      run: onDevice('await session.run({ x: buffer, W });'),
      mended: { run: onDevice('await session.run({ x: buffer, W }, { tokens: 3 });') },
    },
  },
  OFT4006: {
    title: 'device buffer on the CPU',
    explanation: 'The float64 reference takes arrays; a GPUBuffer belongs to a device.',
    fix: 'Give the values as an array, or compile for the device.',
    example: {
      source: LINEAR,
      run: script(`const device = await (await navigator.gpu.requestAdapter()).requestDevice();
const buffer = device.createBuffer({ size: 160, usage: GPUBufferUsage.STORAGE });
await session.run({ x, W: buffer });`),
      mended: { run: script('await session.run({ x, W });') },
    },
  },
  OFT4007: {
    title: 'session disposed',
    explanation: 'dispose() freed what the session held; it cannot run again.',
    fix: 'Compile again, or dispose later.',
    example: {
      source: LINEAR,
      run: script('await session.dispose();\nawait session.run({ x, W });'),
      mended: { run: script('await session.run({ x, W });\nawait session.dispose();') },
    },
  },
  OFT4008: {
    title: 'no such output',
    explanation: 'The layer has no output of this name; a lone output is called y.',
    fix: 'Read one that the message lists.',
    example: {
      source: LINEAR,
      run: script("const outputs = await session.run({ x, W });\nawait outputs.read('Y');"),
      mended: { run: script("const outputs = await session.run({ x, W });\nawait outputs.read('y');") },
    },
  },
  OFT4009: {
    title: 'tensor in two places',
    explanation: 'Two of the files given hold a tensor of this name, and which is meant cannot be known.',
    fix: 'Leave it in one file.',
    example: {
      source: LINEAR,
      run: `${RUN} --input more.safetensors`,
      files: { 'tensors.safetensors': LINEAR_TENSORS, 'more.safetensors': { W: [5, 8] } },
      mended: { run: RUN },
    },
  },
  OFT4010: {
    title: 'no kernels to time',
    explanation: 'The float64 reference interprets the program; only a device runs kernels.',
    fix: 'Compile for a device, with `timing: true`.',
    example: {
      source: LINEAR,
      run: script('const outputs = await session.run({ x, W });\nawait outputs.profile();'),
      mended: {
        run: script(`const timed = await compile('layer.ts', { timing: true, dims: { in: 8, out: 5 } });
await (await timed.run({ x, W })).profile();
await timed.dispose();`),
      },
    },
  },
  OFT4011: {
    title: 'tensor that cannot be held quantised',
    explanation:
      'Only frozen float32 tensors of known sizes can be. int8 and int4 take matrices, and each format has its block sizes.',
    fix: 'Name a frozen tensor of the layer, and a format that its shape can have.',
    example: {
      source: OFT,
      run: 'oftc check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize v=nf4',
      mended: { run: 'oftc check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize W=nf4' },
    },
  },
  OFT4012: {
    title: 'no such format of quantisation',
    explanation:
      'A quantised tensor is nf4, nf4-double, int8 or int4; after a colon, how many weights share a scale.',
    fix: 'Write one of the forms that the message lists.',
    example: {
      source: LINEAR,
      run: 'oftc check layer.ts --device cpu --trials 2 --dims in=8,out=5 --quantize W=nf5',
      mended: { run: 'oftc check layer.ts --device cpu --trials 2 --dims in=8,out=5 --quantize W=nf4:32' },
    },
  },
  OFT4013: {
    title: 'a tensor in 16 bits overflowed',
    explanation:
      'With activations in f16 the device holds tensors that grow with tokens in 16 bits, of which the largest is 65504. A value is larger: one that was given, or one that a kernel computed.',
    fix: 'Scale the named tensor or what it is made of, or compile with activations in f32.',
  },
  OFT4014: {
    title: 'index outside its axis',
    explanation:
      'An integer tensor holds an index that its axis does not have, or positions that their matrix does not have or that are out of order. Integers in a GPUBuffer are not looked at: a device reads 0 there.',
    fix: 'Give indices from 0 to one less than the size of the axis, and positions in row-major order, each once.',
    example: {
      source: EMBEDDING,
      run: embedded('0, 4, 5'),
      mended: { run: embedded('0, 4, 3') },
    },
  },
  OFT4015: {
    title: 'matrix without an inverse',
    explanation:
      'At the values given, what solve, inverse, cayley, householder or reflectSpan divides by is singular. The CPU reference refuses it; a device computes infinities.',
    fix: 'Start from other values: vectors of a reflection are not 0, and a matrix that is inverted is near the identity.',
    example: {
      source: `import { householder, input, layer, trainable } from 'oftc';

export const reflected = layer(
  { x: input('tokens', 'in'), u: trainable('in', 1) },
  ({ x, u }) => x.matmul(householder(u)),
);
`,
      run: reflecting('0'),
      mended: { run: reflecting('1') },
    },
  },
  OFT4016: {
    title: 'argument of the wrong kind',
    explanation:
      'A call was given a value of another kind than it takes, or an array whose elements cannot be read: in memory that is shared between threads, was transferred or became too small.',
    fix: 'Pass what the message says.',
    example: {
      source: LINEAR,
      run: script('await session.run({ x, W: null });'),
      mended: { run: script('await session.run({ x, W });') },
    },
  },
  OFT4017: {
    title: 'tensor in the wrong place',
    explanation:
      'What depends on tokens is given to each run; what does not is bound, or given to a run, but not both.',
    fix: 'Bind parameters, and give inputs to run.',
    example: {
      source: LINEAR,
      run: script('session.bind({ x, W });'),
      mended: { run: script('session.bind({ W });\nawait session.run({ x });') },
    },
  },
  OFT4018: {
    title: 'norm above the stated one',
    explanation:
      'expm(Q, { maxNorm }) squares as often as maxNorm needs. A matrix with a larger norm would get an exponential that is less accurate. Sessions compute the norm on the host; tensors in a GPUBuffer are not looked at.',
    fix: 'State a larger maxNorm, or give smaller values.',
    example: {
      source: `import { expm, input, layer, skew, trainable } from 'oftc';

export const turned = layer(
  { x: input('tokens', 'in'), v: trainable('tri(in)') },
  ({ x, v }) => x.matmul(expm(skew(v), { maxNorm: 1 })),
);
`,
      run: once('in: 3', 'x: new Float32Array(3), v: Float32Array.of(2, 0, 0)'),
      mended: { run: once('in: 3', 'x: new Float32Array(3), v: Float32Array.of(0.5, 0, 0)') },
    },
  },
} as const satisfies Readonly<Record<string, Code>>;
