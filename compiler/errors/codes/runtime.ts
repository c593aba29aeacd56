/** The refusals of the runtime, by the names of their codes. */
import { type Code, EMBEDDING, LINEAR } from '../code.ts';

const HEAD = `import { compile } from 'oftc';
import { Executable, requestDevice } from 'oftc/runtime';

const session = await compile('layer.ts', { device: 'cpu', dims: { in: 8, out: 5 } });
const device = await requestDevice(navigator.gpu);
const plan = session.plan('forward');
`;

const X = 'new Float32Array(3 * 8)';
const W = 'new Float32Array(5 * 8)';
const RIGHT = `executable.run(3, { x: ${X}, W: ${W} });`;

/** An example whose script makes an Executable and then runs `wrong`, mended with `right`. */
const example = (wrong: string, right = RIGHT) => ({
  source: LINEAR,
  run: `${HEAD}const executable = await Executable.create(device, plan);\n${wrong}\n`,
  mended: { run: `${HEAD}const executable = await Executable.create(device, plan);\n${right}\n` },
});

const embedding = (ids: string): string => `${HEAD.replace('in: 8, out: 5', 'words: 5, d: 8')}
const executable = await Executable.create(device, plan);
executable.run(3, { ids: Int32Array.of(${ids}), E: new Float32Array(5 * 8) });
`;

/** An example whose script has a device and a Plan, but no Executable yet. */
const before = (wrong: string, right = 'await Executable.create(device, plan);') => ({
  source: LINEAR,
  run: `${HEAD}${wrong}\n`,
  mended: { run: `${HEAD}${right}\n` },
});

export const runtime = {
  DeviceMissing: {
    title: 'no GPU device',
    explanation: 'WebGPU is not available here, has no adapter, or its adapter gave no device.',
    fix: 'Install what the message says, or run on the reference with --device cpu; `oftc doctor` tells more.',
    example: {
      source: LINEAR,
      run: `import { requestDevice } from 'oftc/runtime';\n\nawait requestDevice(undefined);\n`,
      mended: {
        run: `import { requestDevice } from 'oftc/runtime';\n\nawait requestDevice(navigator.gpu);\n`,
      },
    },
  },
  DeviceLost: {
    title: 'the GPU device is lost',
    explanation: 'The driver reset the device, or it was destroyed; everything on it is gone.',
    fix: 'Request a new device, create the Executable again and upload its tensors again.',
    example: example(`device.destroy();\nawait device.lost;\n${RIGHT}`),
  },
  FeatureMissing: {
    title: 'the device lacks a feature',
    explanation: 'A kernel or a profile needs a WebGPU feature that the device was not given.',
    fix: 'Request the device with requestDevice(), or compile without the dtype that needs the feature.',
    example: before(
      `const plain = await requestDevice(navigator.gpu, { features: [] });
await Executable.create(plain, plan, { profile: true });`,
    ),
  },
  DeviceClassMissing: {
    title: 'a Plan for other devices',
    explanation:
      'The Plan holds kernels for some classes of devices, and this device belongs to none of them. A session makes its Plan for the class of its own device; `oftc build --devices` chooses classes.',
    fix: 'Build again without --devices, or with `portable` among them, which runs on every device.',
    example: before(
      `const classes = plan.classes.map((c) => ({ ...c, devices: { vendors: ['nobody'] } }));
await Executable.create(device, { ...plan, classes });`,
    ),
  },
  LimitExceeded: {
    title: 'larger than the device allows',
    explanation: 'A buffer, a binding or a kernel is above a limit of the device.',
    fix: 'Run fewer tokens at a time, compile for this device, or request its own limits with requestDevice().',
    example: example(`const few = await requestDevice(navigator.gpu, { limits: 'default' });
const small = await Executable.create(few, plan);
small.run(2 ** 24, { x: ${X}, W: ${W} });`),
  },
  OutOfMemory: {
    title: 'out of memory',
    explanation: 'The device, or Node, has no memory left for a buffer.',
    fix: 'Destroy results that are no longer needed, or run fewer tokens at a time.',
  },
  ShaderError: {
    title: 'generated code that the device refuses',
    explanation: 'The kernel made for the place that the message shows does not compile on this device.',
    fix: 'This is a defect of oftc: please report it, with the command and its files.',
    example: before(
      `const kernels = plan.kernels.map((k) => ({ ...k, wgsl: 'fn main() { nope(); }' }));
await Executable.create(device, { ...plan, classes: plan.classes.slice(-1), kernels });`,
    ),
  },
  KernelMismatch: {
    title: 'a kernel that computes something else on this device',
    explanation:
      'Code that only some devices can run is compared with the portable kernel before its first use. Here they differ by more than rounding, so that none of its results is given.',
    fix: 'Request the device without the features that the message names, and report it with the device’s name.',
  },
  ValidationError: {
    title: 'WebGPU refused a call',
    explanation: 'The browser or driver found an error in what the runtime asked for.',
    fix: 'Where buffers are the caller’s own, check their device and usage. Otherwise please report it.',
  },
  InvalidPlan: {
    title: 'not a Plan of this version',
    explanation: 'The Plan was changed, or made by another version of oftc.',
    fix: 'Compile it again.',
    example: before('await Executable.create(device, { ...plan, variants: [] });'),
  },
  InvalidArgument: {
    title: 'an argument of the wrong kind',
    explanation: 'A call was given a value of another kind than it takes, such as null in place of a device.',
    fix: 'Pass what the message says.',
    example: before('await Executable.create(null, plan);'),
  },
  InvalidTokens: {
    title: 'not a number of tokens',
    explanation:
      'Tokens are counted by a whole number from 0 to 4294967295. A layer whose slices or sizes depend on it takes only those at which each slice is within its axis and each size is a whole number.',
    fix: 'Pass such a number.',
    example: example(`executable.run(-1, { x: ${X}, W: ${W} });`),
  },
  MissingTensor: {
    title: 'missing tensor',
    explanation: 'A tensor of the Plan is neither bound nor passed to the run.',
    fix: 'Pass it to run(), or bind() it once.',
    example: example(`executable.run(3, { x: ${X} });`),
  },
  UnexpectedTensor: {
    title: 'unexpected tensor',
    explanation:
      'A tensor was given that the Plan does not have, that is bound already, or that cannot be bound.',
    fix: 'Use the names that the message lists; bind only what does not depend on tokens.',
    example: example(`executable.run(3, { x: ${X}, w: ${W} , W: ${W} });`),
  },
  ShapeMismatch: {
    title: 'wrong number of elements',
    explanation: 'An array does not have as many elements as the tensor.',
    fix: 'Pass an array of the tensor’s size at this number of tokens.',
    example: example(`executable.run(4, { x: ${X}, W: ${W} });`),
  },
  DTypeMismatch: {
    title: 'wrong kind of array',
    explanation: 'An f32 tensor is a Float32Array, an i32 an Int32Array, an f16 its bits in a Uint16Array.',
    fix: 'Pass the array that the message names.',
    example: example(`executable.run(3, { x: new Float64Array(3 * 8), W: ${W} });`),
  },
  IndexOutOfRange: {
    title: 'index outside its axis',
    explanation:
      'An array of integers holds an index that its axis does not have, or positions that their matrix does not have or that are out of order. Integers in a GPUBuffer are not looked at: a kernel reads 0 there.',
    fix: 'Give indices from 0 to one less than the size of the axis, and positions in row-major order, each once.',
    example: {
      source: EMBEDDING,
      run: embedding('0, 4, 5'),
      mended: { run: embedding('0, 4, 3') },
    },
  },
  BufferMismatch: {
    title: 'a buffer that does not fit',
    explanation: 'A GPUBuffer is too small, lacks a usage, or is given twice.',
    fix: 'Create it with the size and usage that the message states.',
    example: example(`const buffer = device.createBuffer({ size: 64, usage: GPUBufferUsage.STORAGE });
executable.run(3, { x: buffer, W: ${W} });`),
  },
  NotFinite: {
    title: 'a result in 16 bits overflowed',
    explanation:
      'A built module read a result that it holds in f16, and an element is infinite or NaN. The largest f16 is 65504. Buffers that stay on the device are not looked at.',
    fix: 'Scale the named tensor or what it is made of, or build with activations in f32.',
  },
  NotProfiled: {
    title: 'no times were taken',
    explanation: 'Only an Executable made for profiling measures its steps.',
    fix: 'Create it with { profile: true }.',
    example: example(
      `const result = ${RIGHT}\nawait result.profile();`,
      `const result = ${RIGHT}\nawait result.done();`,
    ),
  },
  Disposed: {
    title: 'used after it was freed',
    explanation: 'The Executable was disposed, or the result destroyed.',
    fix: 'Create it again, or free it later.',
    example: example(`executable.dispose();\n${RIGHT}`, `${RIGHT}\nexecutable.dispose();`),
  },
} as const satisfies Readonly<Record<string, Code>>;
