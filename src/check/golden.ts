/** Checks a layer against recorded results: the outputs and gradients that another implementation computed. */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { RUNTIME_DIM } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { openSafetensors, type SafetensorsDtype } from '../formats/safetensors/index.ts';
import { printSizes } from '../identity/sizes.ts';
import { relativeError } from '../identity/values.ts';
import { foldShape } from '../session/tensors.ts';
import { FLOAT64_LIMIT } from './equivalence.ts';
import type { Finding } from './report.ts';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** The relative Frobenius error that a result may have against this tensor. */
  readonly limit: number;
}

export interface Golden {
  /** The path of the file, for messages. */
  readonly name: string;
  /** The layer's tensors, its outputs, cotangents `grad.<output>` and gradients `grad.<input>`. */
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
}

/** The unit roundoff of each stored dtype. */
const ROUNDOFF: Partial<Readonly<Record<SafetensorsDtype, number>>> = {
  F64: 2 ** -53,
  F32: 2 ** -24,
  F16: 2 ** -11,
  BF16: 2 ** -8,
};
/** The error of recorded results, in units of roundoff, that passes: they were computed in their own dtype. */
const UNITS = 32;

/** The name that PyTorch users give to the cotangent of the only output. */
const LONE_COTANGENT = 'grad_output';

/** Reads a file of recorded results. Throws SafetensorsError for a file that cannot be read. */
export async function readGolden(path: string): Promise<Golden> {
  const file = await openSafetensors(path);
  try {
    const tensors = emptyRecord<GoldenTensor>();
    for (const { name, shape, dtype } of file.tensors.values()) {
      const values = Float64Array.from(await file.array(name), Number);
      tensors[name] = { shape, values, limit: Math.max(UNITS * (ROUNDOFF[dtype] ?? 0), FLOAT64_LIMIT) };
    }
    return { name: path, tensors };
  } finally {
    await file.close();
  }
}

/**
 * Runs the derived program on the recorded inputs in float64: a finding for each recorded output and gradient. Throws
 * OFT4001 for a missing tensor, OFT4002 for a tensor that the layer does not have, OFT4004 for a wrong shape.
 */
export function checkGolden(source: Program, golden: Golden): Finding[] {
  const { inputs, cotangents, expected } = sorted(source, golden);
  const shapeOf = (i: InputNode) => foldShape(i.type, inputs[i.name]!.shape).shape;
  const { [RUNTIME_DIM]: tokens = 1, ...sizes } = solveDims(
    source,
    {},
    Object.fromEntries(source.inputs.map((i) => [i.name, shapeOf(i)])),
  );
  const gradients = Object.keys(cotangents).length > 0;
  const { variants } = compileProgram(source, { gradients, sizes });
  const variant = variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? tokens))!;
  const at = Object.entries({ ...inputs, ...cotangents }).map(([name, g]): [string, TensorValue<number>] => {
    const declared = variant.program.inputs.find((i) => i.name === name)!;
    return [name, tensor(foldShape(declared.type, g.shape).shape, g.values)];
  });
  const actual = interpret(variant.primitives, float64, Object.fromEntries(at), tokens);
  return Object.entries(expected).map(([name, g]) => {
    const computed = actual[name];
    if (!computed)
      throw new OftcError('OFT4002', `${golden.name}: '${name}' is not a gradient of '${source.name}'`);
    if (computed.values.length !== g.values.length)
      throw new OftcError(
        'OFT4004',
        `${golden.name}: '${name}' has shape [${g.shape.join(', ')}] where the layer gives [${computed.shape.join(', ')}]`,
      );
    const recorded = tensor(computed.shape, g.values);
    const error = relativeError(recorded, computed);
    return compared(`${name} ≡ ${golden.name}`, `${printSizes(sizes, tokens)}, in float64`, {
      expected: recorded,
      actual: computed,
      error,
      limit: g.limit,
    });
  });
}

interface Comparison {
  readonly expected: TensorValue<number>;
  readonly actual: TensorValue<number>;
  readonly error: number;
  readonly limit: number;
}

/** A finding that two results agree; if they do not, it names the element that is furthest off. */
export function compared(property: string, where: string, c: Comparison): Finding {
  const finding = { property, where, trials: 1, observed: c.error, limit: c.limit };
  if (c.error <= c.limit) return { ...finding, passed: true };
  let worst = 0;
  const off = (i: number) => Math.abs(c.actual.values[i]! - c.expected.values[i]!);
  c.expected.values.forEach((_, i) => {
    if (!(off(i) <= off(worst))) worst = i;
  });
  const counterexample = `${where}: element ${worst} is ${c.actual.values[worst]} and should be ${c.expected.values[worst]}`;
  return { ...finding, passed: false, counterexample };
}

interface Sorted {
  readonly inputs: Golden['tensors'];
  readonly cotangents: Golden['tensors'];
  readonly expected: Golden['tensors'];
}

function sorted(source: Program, golden: Golden): Sorted {
  const [inputs, cotangents, expected]: Record<string, GoldenTensor>[] = [{}, {}, {}];
  const takes = source.inputs.map((i) => i.name);
  const gives = source.outputs.map((o) => o.name);
  const [takesGrad, givesGrad] = [takes, gives].map((names) => names.map(gradName));
  const known = [...takes, ...gives, ...givesGrad!, ...takesGrad!];
  for (const [stored, g] of Object.entries(golden.tensors)) {
    const name = stored === LONE_COTANGENT && givesGrad!.length === 1 ? givesGrad![0]! : stored;
    if (takes.includes(name)) inputs![name] = g;
    else if (givesGrad!.includes(name)) cotangents![name] = g;
    else if (gives.includes(name) || takesGrad!.includes(name)) expected![name] = g;
    else
      throw new OftcError(
        'OFT4002',
        `${golden.name}: layer '${source.name}' has no '${name}'; recorded results are ${known.join(', ')}${didYouMean(name, known)}`,
      );
  }
  const wantsGradients = Object.keys(expected!).some((n) => takesGrad!.includes(n));
  const needed = [...takes, ...(wantsGradients ? givesGrad! : [])];
  const missing = needed.find((n) => !Object.hasOwn(inputs!, n) && !Object.hasOwn(cotangents!, n));
  if (missing !== undefined)
    throw new OftcError('OFT4001', `${golden.name} has no '${missing}', which '${source.name}' needs`);
  if (Object.keys(expected!).length === 0)
    throw new OftcError('OFT4001', `${golden.name} has no result to compare with, such as '${gives[0]}'`);
  return { inputs: inputs!, cotangents: wantsGradients ? cotangents! : {}, expected: expected! };
}
