/** Runs programs on the device and on the interpreter, and compares the results. */
import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import type { InputPrim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { bound, exact, outside } from '../../compiler/semantics/domains/bound.ts';
import type { Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import { Executable } from '../../runtime/executable.ts';
import type { Plan, PlanTensor } from '../../runtime/plan.ts';
import { testDevice } from '../support/device.ts';
import { QUICK } from '../support/schedules.ts';
import { generatePlan } from './generate.ts';

export type Values = Record<string, number[]>;

export const rolesOf = (p: PrimProgram): Record<string, PlanTensor['role']> =>
  Object.fromEntries(p.inputs.map((i) => [i.name, 'input' as const]));

export const planOf = (
  program: PrimProgram,
  strategy?: Strategy,
  devices: readonly DeviceClass[] = CLASSES,
): Plan =>
  generatePlan([{ minTokens: 0, maxTokens: null, program }], {
    name: program.name,
    roles: rolesOf(program),
    devices,
    ...(strategy ? { strategy } : {}),
  });

const shapeAt = (p: InputPrim, binding: Binding) => p.shape.map((d) => evalDim(d, binding));

/** Random integers in [−limit, limit] for all inputs. Sums of a few products of them are exact in f32. */
export function integers(program: PrimProgram, tokens: number, limit = 2, seed = 1): Values {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 8) % (2 * limit + 1)) - limit;
  };
  const values = (p: InputPrim) =>
    Array.from({ length: shapeAt(p, { tokens }).reduce((a, b) => a * b, 1) }, next);
  return Object.fromEntries(program.inputs.map((p) => [p.name, values(p)]));
}

const pack = (p: InputPrim, values: readonly number[]): ArrayBufferView => {
  if (p.dtype === 'i32') return Int32Array.from(values);
  return p.dtype === 'f32' ? Float32Array.from(values) : Uint16Array.from(values, toHalf);
};

/** The f16 bits of a small integer. */
function toHalf(n: number): number {
  if (n === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(n)));
  const mantissa = (Math.abs(n) / 2 ** exponent - 1) * 1024;
  return (n < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | mantissa;
}
function fromHalf(h: number): number {
  const [e, m] = [(h >> 10) & 31, h & 1023];
  const magnitude =
    e === 0 ? m * 2 ** -24 : e === 31 ? (m === 0 ? Infinity : Number.NaN) : (1 + m / 1024) * 2 ** (e - 15);
  return h & 0x8000 ? -magnitude : magnitude;
}

export async function runOnDevice(
  program: PrimProgram,
  plan: Plan,
  tokens: number,
  values: Values,
): Promise<Values> {
  const executable = await Executable.create(await testDevice(), plan);
  const inputs = Object.fromEntries(program.inputs.map((p) => [p.name, pack(p, values[p.name]!)]));
  const result = executable.run(tokens, inputs);
  const out: Values = {};
  for (const o of plan.outputs) {
    const got = await result.read(o.name);
    out[o.name] = got instanceof Uint16Array ? Array.from(got, fromHalf) : Array.from(got);
  }
  executable.dispose();
  return out;
}

/** The reference's outputs of a program, with the error that a device may make. */
export function reference(
  program: PrimProgram,
  tokens: number,
  values: Values,
): Record<string, TensorValue<Pair>> {
  const inputs = program.inputs.map((p) => [p.name, exact(shapeAt(p, { tokens }), values[p.name]!)] as const);
  return interpret(program, bound(), Object.fromEntries(inputs), tokens);
}

/**
 * Runs a program by each strategy (undefined: the device's own choice), and lists outputs that are outside the bound.
 */
export async function violations(
  program: PrimProgram,
  tokens: number,
  values: Values,
  strategies: readonly (Strategy | undefined)[] = QUICK,
  changed: (plan: Plan) => Plan = (plan) => plan,
): Promise<object[]> {
  const expected = reference(program, tokens, values);
  const found: object[] = [];
  for (const strategy of strategies) {
    const actual = await runOnDevice(program, changed(planOf(program, strategy)), tokens, values);
    for (const [name, t] of Object.entries(expected)) {
      const violation = outside(actual[name]!, t);
      if (violation) found.push({ name, strategy, tokens, ...violation });
    }
  }
  return found;
}
