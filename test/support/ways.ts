/**
 * The ways of running a program that a user has. A property compares them on random programs, so a new way is added
 * here alone.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gpu } from '../../compiler/devices/index.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { FrontEnd, formatDiagnostics } from '../../compiler/frontend/index.ts';
import { input, rebuild } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { type Compilation, compileProgram } from '../../compiler/pipeline.ts';
import { hasTokens } from '../../compiler/rewrite/applying.ts';
import { tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { printLayer } from '../../src/language/print-layer.ts';
import { compileOn } from '../../src/session/plan.ts';
import { compile, type Session } from '../../src/session/session.ts';
import type { HostTensor } from '../../src/session/tensors.ts';
import { buildModule } from '../../src/targets/module.ts';
import { project } from '../src/targets/harness.ts';
import type { RandomProgram } from './arbitraries/programs.ts';
import { testDevice } from './device.ts';
import { programOf, type Values } from './evaluate.ts';

/** A program, and the values of its inputs and, where its gradients are computed too, of the cotangents `grad.…`. */
export interface Call {
  readonly program: RandomProgram;
  readonly gradients: boolean;
  readonly tokens: number;
  readonly values: Values;
}

/** The part of a built module that the tests use. */
interface BuiltModule {
  create(device: GPUDevice): Promise<{
    run(inputs: object, options: object): { readAll(): Promise<Record<string, Float32Array>> };
    gradients(
      inputs: object,
      cotangents: object,
      options: object,
    ): { readAll(): Promise<Record<string, Float32Array>> };
    dispose(): void;
  }>;
}

/** A way of running a program. It gives undefined for a program that it does not take. */
type Way = (call: Call) => Promise<Values | undefined>;

/** Interprets the variant for the call's tokens in float64. */
function interpreted({ variants }: Pick<Compilation, 'variants'>, { tokens, values }: Call): Values {
  const { primitives } = variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  return interpret(primitives, float64, values, tokens);
}

const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ overlay });
const PRINTED = fileURLToPath(new URL('./printed.ts', import.meta.url));

/** The program with other names of its inputs. */
function renamed(program: Program, nameOf: (name: string) => string): Program {
  const inputs = new Map<Node, Node>(
    program.inputs.map((i) => [i, input(nameOf(i.name), i.role, i.type)] as const),
  );
  const visit = rebuild(inputs);
  const outputs = program.outputs.map(({ name, node }) => ({ name, node: visit(node) }));
  return {
    ...program,
    inputs: programOf(Object.fromEntries(outputs.map((o) => [o.name, o.node]))).inputs,
    outputs,
  };
}

/** The result of a function; undefined where the function throws this code. */
function unless<T>(code: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (e) {
    if (e instanceof OftcError && e.code === code) return undefined;
    throw e;
  }
}

/** The layer that `oftc rewrite` prints, compiled with its parentheses pinned. Names of inputs are numbered. */
const rewritten: Way = async (call) => {
  const { symbolic, sizes } = call.program;
  // A layer declares at least one tensor.
  if (symbolic.inputs.length === 0) return undefined;
  const names = new Map(symbolic.inputs.map(({ name }, i) => [name, `p${i}`]));
  const numbered = renamed(symbolic, (name) => names.get(name)!);
  const { variants } = compileOn(gpu, numbered, { gradients: false, sizes });
  const { symbolic: best } = variants.find((v) => v.maxTokens === null || call.tokens <= v.maxTokens)!;
  // Some forms that the compiler derives have no name in the language.
  const printed = unless('OFT9020', () => printLayer(best));
  if (printed === undefined) return undefined;
  overlay.set(PRINTED, printed);
  const { program, diagnostics } = frontEnd.lower(PRINTED);
  if (!program)
    throw new Error(`${formatDiagnostics(diagnostics, { color: false })}\n${overlay.get(PRINTED)}`);
  // Where R·Rᵀ became I, nothing depends on R’s parameter any more, and its gradient is refused.
  const again = unless('OFT2020', () =>
    compileProgram(program, { gradients: call.gradients, sizes, pinned: true }),
  );
  if (!again) return undefined;
  const given = Object.entries(call.values).map(([name, value]) => {
    const [, grad = '', own] = /^(grad\.)?(.*)$/.exec(name)!;
    return [grad + (names.get(own!) ?? own), value] as const;
  });
  const results = interpreted(again, { ...call, values: Object.fromEntries(given) });
  const back = new Map([...names].map(([name, number]) => [`grad.${number}`, `grad.${name}`]));
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [back.get(name) ?? name, value]));
};

/** The tensors of a call as a session takes them. */
function tensorsOf({ program, values }: Call): {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly cotangents: Readonly<Record<string, HostTensor>>;
} {
  const integers = new Set(program.bound.inputs.filter((i) => i.type.dtype === 'i32').map((i) => i.name));
  const tensors = Object.entries(values).map(([name, { shape, values }]) => {
    const data = integers.has(name) ? Int32Array.from(values) : Float32Array.from(values);
    return [name, { shape, data }] as const;
  });
  const isCotangent = (name: string) => !program.bound.inputs.some((i) => i.name === name);
  return {
    inputs: Object.fromEntries(tensors.filter(([name]) => !isCotangent(name))),
    cotangents: Object.fromEntries(
      tensors.filter(([name]) => isCotangent(name)).map(([name, t]) => [name.replace('grad.', ''), t]),
    ),
  };
}

async function inSession(session: Session, call: Call): Promise<Values> {
  const { inputs, cotangents } = tensorsOf(call);
  const { tokens } = call;
  const outputs = await (call.gradients
    ? session.gradients(inputs, cotangents, { tokens })
    : session.run(inputs, { tokens }));
  const all = await outputs.readAll();
  await session.dispose();
  return Object.fromEntries(
    Object.entries(all).map(([name, { data, shape }]) => [
      name,
      tensor(shape, Float64Array.from(data as Float32Array)),
    ]),
  );
}

/** A session after `merge`, which computes once all that depends on parameters alone. These may have no tokens. */
const merged: Way = async (call) => {
  const { inputs: all } = call.program.bound;
  if (call.gradients || all.some((i) => i.role !== 'input' && hasTokens(i))) return undefined;
  const session = await compile(call.program.bound, { device: 'cpu' });
  const { inputs } = tensorsOf(call);
  const isOpen = (name: string) => all.some((i) => i.name === name && i.role === 'input');
  session.bind(Object.fromEntries(Object.entries(inputs).filter(([name]) => !isOpen(name))));
  const open = Object.entries(call.values).filter(([name]) => isOpen(name));
  return inSession(await session.merge(), { ...call, values: Object.fromEntries(open) });
};

/** The module that `oftc build` writes, on the device. */
const built: Way = async (call) => {
  const { bound } = call.program;
  const { texts } = buildModule(bound, {
    name: 'random',
    sizes: {},
    config: {},
    gradients: call.gradients,
    from: { file: 'random.ts', version: '0' },
  });
  const folder = project();
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  const module = (await import(pathToFileURL(join(folder, 'random.js')).href)) as BuiltModule;
  const layer = await module.create(await testDevice());
  const { inputs, cotangents } = tensorsOf(call);
  const data = (of: Readonly<Record<string, HostTensor>>) =>
    Object.fromEntries(Object.entries(of).map(([name, t]) => [name, t.data]));
  const options = { tokens: call.tokens };
  const result = call.gradients
    ? layer.gradients(data(inputs), data(cotangents), options)
    : layer.run(data(inputs), options);
  const all = await result.readAll();
  layer.dispose();
  rmSync(folder, { recursive: true });
  return Object.fromEntries(
    Object.entries(all).map(([name, d]) => [name, tensor([d.length], Float64Array.from(d))]),
  );
};

/** The ways that compute in float64. All of them agree up to rounding. */
export const EXACT: Readonly<Record<string, Way>> = {
  'as written': async (call) =>
    interpreted(compileProgram(call.program.bound, { gradients: call.gradients, asWritten: true }), call),
  derived: async (call) =>
    interpreted(compileOn(gpu, call.program.bound, { gradients: call.gradients }), call),
  'rewritten and read again': rewritten,
  merged,
  reference: async (call) => inSession(await compile(call.program.bound, { device: 'cpu' }), call),
};

/** The ways that run the kernels of one Plan. All of them give the same bits. */
export const ON_DEVICE: Readonly<Record<string, Way>> = {
  device: async (call) => inSession(await compile(call.program.bound, { device: await testDevice() }), call),
  built,
};
