/**
 * The ways that need a WebGPU device: the kernels of each class, within the error bound of the program that they
 * compute, and a built module beside a session, bit for bit.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLASSES, type DeviceClass, portable } from '../../../compiler/devices/index.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { Singular, tensor } from '../../../compiler/semantics/domains/domain.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { Executable } from '../../../runtime/index.ts';
import { wordsOf } from '../../../src/formats/quantized/index.ts';
import { decodeF16, encodeF16 } from '../../../src/formats/safetensors/half.ts';
import { storagesOf } from '../../../src/session/quantized.ts';
import { compile } from '../../../src/session/session.ts';
import { buildModule } from '../../../src/targets/module.ts';
import { project } from '../../src/targets/harness.ts';
import type { Values } from '../../support/evaluate.ts';
import { checkEqual, checkWithin } from '../agree.ts';
import { type Call, valuesOf } from '../calls.ts';
import { type Hosts, isSkipped, type Skipped, skipped, variantFor, type Way, withBounds } from '../way.ts';
import { compiledFor, strategyOf } from './plan.ts';
import { inSession, tensorsOf } from './session.ts';

/** The strategies that this software device runs. It lists no subgroup matrices; the loops of a class have them. */
const RUNS: readonly Strategy[] = ['direct', 'lanes', 'shared', 'split'];

async function onDevice(device: DeviceClass, call: Call, hosts: Hosts): Promise<Skipped | undefined> {
  const gpu = await hosts.device();
  const forced = strategyOf(device, call);
  const strategy = forced && RUNS.includes(forced) ? forced : undefined;
  const { compiled, plan, name } = compiledFor(device, call, strategy);
  const own = plan.classes.find((c) => c.name === name)!;
  if ((own.devices.workgroupBytes ?? 0) > gpu.limits.maxComputeWorkgroupStorageSize)
    return skipped('the device has too little workgroup memory');
  const { primitives } = variantFor(compiled.compilation.variants, call.tokens);
  const expected = boundsOf(call, primitives);
  if (isSkipped(expected)) return expected;
  const executable = await Executable.create(gpu, { ...plan, classes: [{ ...own, devices: {} }] });
  try {
    const result = executable.run(call.tokens, uploads(call, plan.inputs));
    const read = await result.readAll();
    result.destroy();
    const actual = Object.fromEntries(
      Object.entries(read).map(([output, data]) => {
        const values = data instanceof Uint16Array ? decodeF16(data) : data;
        return [output, tensor([values.length], Float64Array.from(values))];
      }),
    );
    checkWithin(expected, actual, `on ${device.name}${strategy ? `, all ${strategy}` : ''}`);
  } finally {
    executable.dispose();
  }
  return undefined;
}

function boundsOf(call: Call, primitives: Parameters<typeof withBounds>[1]) {
  try {
    return withBounds(call, primitives);
  } catch (e) {
    if (e instanceof Singular) return skipped('a matrix has no inverse');
    throw e;
  }
}

/** The arrays of a call as a Plan takes them: integers, words of quantised tensors, halves and floats. */
function uploads(call: Call, inputs: readonly { readonly name: string; readonly dtype: string }[]) {
  const { values, quantized } = valuesOf(call);
  const stored = storagesOf(call.program.bound, call.quantized);
  return Object.fromEntries(
    inputs.map(({ name, dtype }) => {
      const own = values[name]!.values;
      if (quantized[name]) return [name, wordsOf(quantized[name], stored[name]!)];
      return [
        name,
        dtype === 'i32' ? Int32Array.from(own) : dtype === 'f16' ? encodeF16(own) : Float32Array.from(own),
      ];
    }),
  );
}

/** The result of a call; skipped where a value exceeds f16, which is refused. */
async function unlessOverflow(run: () => Promise<Values>): Promise<Values | Skipped> {
  try {
    return await run();
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT4013')
      return skipped('a value exceeds f16, which is refused');
    throw e;
  }
}

async function built(call: Call, hosts: Hosts): Promise<Skipped | undefined> {
  const device = await hosts.device();
  const { program, objective, activations, quantized } = call;
  const options = { objective, activations, quantized };
  const session = await unlessOverflow(async () =>
    inSession(await compile(program.bound, { ...options, device }), call),
  );
  if (isSkipped(session)) return session;
  const module = await unlessOverflow(() => fromModule(call, device));
  if (isSkipped(module)) return module;
  // A module gives elements without their shape.
  const flat = Object.entries(session).map(([name, t]) => [name, tensor([t.values.length], t.values)]);
  checkEqual(Object.fromEntries(flat), module, 'in a built module beside a session');
  return undefined;
}

/** The part of a built module that the way uses. */
interface Module {
  create(device: GPUDevice): Promise<{
    run(inputs: object, options: object): Result;
    gradients(inputs: object, cotangents: object, options: object): Result;
    dispose(): void;
  }>;
}
interface Result {
  readAll(): Promise<Readonly<Record<string, Float32Array | Uint16Array>>>;
  destroy(): void;
}

let folder: string | undefined;
let modules = 0;

/** Builds a module, imports it, and runs the call. */
async function fromModule(call: Call, device: GPUDevice): Promise<Values> {
  const { program, gradients, objective, activations, quantized } = call;
  const { texts } = buildModule(program.bound, {
    ...{ name: 'random', sizes: {}, config: {}, from: { file: 'random.ts', version: '0' } },
    ...{ gradients, objective, activations, quantized },
  });
  folder ??= project();
  const own = join(folder, `${modules++}`);
  mkdirSync(own);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(own, name), text);
  const module = (await import(pathToFileURL(join(own, 'random.js')).href)) as Module;
  rmSync(own, { recursive: true });
  const layer = await module.create(device);
  try {
    const { inputs, cotangents } = tensorsOf(call);
    // A module takes what its Plan declares: the bits of halves, and words.
    const plan = compiledFor(portable, call, undefined).plan;
    const arrays = uploads(call, plan.inputs);
    const data = (of: object, prefix = '') =>
      Object.fromEntries(Object.keys(of).map((name) => [name, arrays[prefix + name]]));
    const options = { tokens: call.tokens };
    const result = gradients
      ? layer.gradients(data(inputs), data(cotangents, 'grad.'), options)
      : layer.run(data(inputs), options);
    const all = await result.readAll();
    result.destroy();
    return Object.fromEntries(
      Object.entries(all).map(([name, data]) => {
        const values = data instanceof Uint16Array ? decodeF16(data) : data;
        return [name, tensor([values.length], Float64Array.from(values))];
      }),
    );
  } finally {
    layer.dispose();
  }
}

/** Removes what built modules left behind. */
export function closeModules(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

export const ON_DEVICE: readonly Way[] = [
  ...CLASSES.map(
    (device): Way => ({
      name: `device as ${device.name}`,
      says: `the kernels for ${device.says}, on the device at hand`,
      ...{ with: 'derived', within: 'the error bound of WGSL’s accuracy', needs: 'a device' },
      check: (call, hosts) => onDevice(device, call, hosts),
    }),
  ),
  {
    ...{ name: 'built', says: '`oftc build`: the module, imported and run' },
    ...{ with: 'a session on the device', within: 'bit for bit', needs: 'a device' },
    check: built,
  },
];
