/**
 * Random calls: a program, and all that decides how it runs. Every way of the table gets the same calls. A call is data,
 * so that one which disagrees is kept as a file.
 */
import fc, { type Arbitrary } from 'fast-check';
import { type Binding, constantOf } from '../../compiler/dims/dims.ts';
import { input, rebuild } from '../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import { printProgram } from '../../compiler/ir/print.ts';
import { readProgram, type StoredProgram, storeProgram } from '../../compiler/ir/stored.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { tensor } from '../../compiler/semantics/domains/domain.ts';
import { dequantize, type QuantizedTensor, quantize } from '../../src/formats/quantized/index.ts';
import { type Quantization, storageNamed, storagesOf } from '../../src/session/quantized.ts';
import { adapters, atSizes, programs, type RandomProgram, sizes } from '../support/arbitraries/programs.ts';
import { drawInputs, eighth, programOf, type Values } from '../support/evaluate.ts';

export interface Call {
  readonly program: RandomProgram;
  readonly gradients: boolean;
  readonly tokens: number;
  /** The seed of the values. */
  readonly seed: number;
  /** Whether a function of the program has no derivative somewhere, so that float64 and a device may choose otherwise. */
  readonly kinks: boolean;
  readonly objective: 'latency' | 'memory';
  /** The form of tensors that grow with tokens, where a way has one. */
  readonly activations: 'f32' | 'f16';
  /** The formats of frozen tensors that are held quantised, where a way has such. */
  readonly quantized: Readonly<Record<string, Quantization>>;
}

/** Sizes that are no multiples of a tile, a vector or a subgroup. */
const wide = fc.record({
  n: fc.constantFrom(7, 17, 33),
  m: fc.constantFrom(2, 3),
  r: fc.constantFrom(2, 1, 5),
  b: fc.constantFrom(5, 8, 9),
});
const MANY = fc.constantFrom(1, 0, 7, 17, 33);

/** The program with other names of its inputs. */
export function renamed(program: Program, nameOf: (name: string) => string): Program {
  const inputs = new Map<Node, Node>(
    program.inputs.map((i) => [i, input(nameOf(i.name), i.role, i.type)] as const),
  );
  const visit = rebuild(inputs);
  const outputs = program.outputs.map(({ name, node }) => ({ name, node: visit(node) }));
  const found = programOf(Object.fromEntries(outputs.map((o) => [o.name, o.node])));
  return { ...program, inputs: found.inputs, outputs };
}

/** The names of inputs: those of their shapes, plain ones, or lists of all inputs of one shape and role. */
type Naming = 'shapes' | 'plain' | 'lists';

function named(program: Program, naming: Naming): Program {
  if (naming === 'shapes') return program;
  const kinds = new Map<string, InputNode[]>();
  const letter = { input: 'x', frozen: 'w', trainable: 'v', cotangent: 'g' };
  for (const [n, i] of program.inputs.entries()) {
    const own = naming === 'plain' ? `${n}` : `${i.role} ${i.type.dtype} ${i.name.replace(/^[a-z]+/i, '')}`;
    kinds.set(own, [...(kinds.get(own) ?? []), i]);
  }
  const names = new Map<string, string>();
  for (const [n, all] of [...kinds.values()].entries())
    for (const [at, { name, role, type }] of all.entries()) {
      const base = `${type.dtype === 'i32' ? 'p' : letter[role]}${n}`;
      names.set(name, naming === 'lists' && type.dtype !== 'i32' ? `${base}.${at}` : base);
    }
  return renamed(program, (name) => names.get(name)!);
}

/** Whether an input can be held in a format. */
function fits({ bound }: RandomProgram, { name }: InputNode, format: Quantization): boolean {
  try {
    storagesOf(bound, { [name]: format });
    return true;
  } catch {
    return false;
  }
}

const FORMATS: readonly Quantization[] = ['nf4', 'nf4-double', 'int8', 'int4:2'];

/** Each kind of program is made once: making an arbitrary takes far longer than drawing from it. */
const kinds = [false, true].flatMap((kinks) => [
  {
    kinks,
    weight: kinks ? 4 : 12,
    program: programs({ kinks, sizes }),
    most: fc.integer({ min: 0, max: 6 }),
  },
  { kinks, weight: kinks ? 1 : 4, program: adapters({ kinks, sizes }), most: fc.integer({ min: 0, max: 6 }) },
  { kinks, weight: kinks ? 1 : 2, program: programs({ kinks, sizes: wide }), most: MANY },
  { kinks, weight: 1, program: adapters({ kinks, sizes: wide }), most: MANY },
]);

export const calls: Arbitrary<Call> = fc
  .record({
    drawn: fc.oneof(
      { withCrossShrink: true },
      ...kinds.map(({ kinks, weight, program, most }) => ({
        ...{ weight, arbitrary: fc.record({ kinks: fc.constant(kinks), program, tokens: most }) },
      })),
    ),
    naming: fc.constantFrom<Naming>('plain', 'lists', 'shapes'),
    gradients: fc.boolean(),
    objective: fc.constantFrom<Call['objective']>('latency', 'latency', 'memory'),
    activations: fc.constantFrom<Call['activations']>('f32', 'f32', 'f32', 'f16'),
    format: fc.option(fc.constantFrom(...FORMATS), { freq: 2 }),
    seed: fc.nat(),
  })
  .map(({ drawn: { kinks, program, tokens }, naming, format, ...rest }): Call => {
    const own = atSizes(named(program.symbolic, naming), program.sizes);
    const frozen = format ? own.bound.inputs.filter((i) => fits(own, i, format)) : [];
    const quantized = Object.fromEntries(frozen.map((i) => [i.name, format!]));
    return printed({ ...rest, ...{ program: own, kinks, quantized, tokens } });
  });

/** The call, shown by its options and its program. */
const printed = (call: Call): Call => ({
  ...call,
  ...{ [fc.toStringMethod]: () => textOf(call) },
});

export function textOf({ program, ...options }: Call): string {
  return `${JSON.stringify({ ...program.sizes, ...options })}\n${printProgram(program.symbolic)}`;
}

/** The values of a call's inputs and, with gradients, of the cotangents `grad.…`. Quantised tensors are as decoded. */
export interface Given {
  readonly values: Values;
  readonly quantized: Readonly<Record<string, QuantizedTensor>>;
}

const given = new WeakMap<Call, Given>();

export function valuesOf(call: Call): Given {
  const known = given.get(call);
  if (known) return known;
  const { primitives } = asWritten(call).variants[0]!;
  const values: Record<string, Values[string]> = drawInputs(
    primitives.inputs,
    call.seed,
    call.tokens,
    eighth,
  );
  const quantized = Object.fromEntries(
    Object.entries(call.quantized).map(([name, format]) => {
      const { shape, values: own } = values[name]!;
      return [name, quantize(Float32Array.from(own), shape, storageNamed(`'${name}' is`, format))] as const;
    }),
  );
  for (const [name, held] of Object.entries(quantized))
    values[name] = tensor(values[name]!.shape, Float64Array.from(dequantize(held)));
  const made = { values, quantized };
  given.set(call, made);
  return made;
}

const written = new WeakMap<Call, ReturnType<typeof compileProgram>>();

/** The program as written: dense matrices, products in their order, each operator's own gradient. */
export function asWritten(call: Call): ReturnType<typeof compileProgram> {
  const known = written.get(call);
  if (known) return known;
  const made = compileProgram(call.program.bound, { gradients: call.gradients, asWritten: true });
  written.set(call, made);
  return made;
}

/** Whether an input is an input of the program, and no cotangent. */
export const isOwn = ({ program }: Call, name: string): boolean =>
  program.bound.inputs.some((i) => i.name === name);

/** Whether a dimension of an input is open until the call. */
export const growsWithTokens = ({ type }: InputNode): boolean =>
  type.shape.some((d) => constantOf(d) === undefined);

/** A call as data for JSON. */
export interface StoredCall extends Omit<Call, 'program'> {
  readonly program: StoredProgram;
  readonly sizes: Binding;
}

export const storeCall = ({ program, ...options }: Call): StoredCall => ({
  ...JSON.parse(JSON.stringify(options)),
  ...{ sizes: program.sizes, program: storeProgram(program.symbolic) },
});

export function readCall({ program, sizes, ...options }: StoredCall): Call {
  return printed({ ...options, program: atSizes(readProgram(program), sizes) });
}
