/** Runs `oftc check` inside a test, and bounds what a device may compute. */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { RUNTIME_DIM } from '../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { entryOf } from '../../compiler/records.ts';
import { bound, exact } from '../../compiler/semantics/domains/bound.ts';
import type { Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { type CheckOptions, type CheckReport, check, readGolden, renderCheck } from '../check/index.ts';
import { decodeF16 } from '../formats/safetensors/index.ts';
import { loadProgram, type Source } from '../language/load.ts';
import { foldShape, type HostTensor } from '../session/tensors.ts';
import type { Chosen } from './arbitraries.ts';

export interface CheckLayerOptions extends Omit<CheckOptions, 'golden' | 'against'>, Chosen {
  /** The path of recorded results. */
  readonly golden?: string;
  /** Another layer that must be the same function. */
  readonly against?: Source;
}

/** The error for a layer that fails a check; the message has the counterexamples. */
export class CheckError extends Error {
  readonly report: CheckReport;
  constructor(report: CheckReport) {
    super(renderCheck(report));
    this.name = 'CheckError';
    this.report = report;
  }
}

/** Checks a layer. Rejects with CheckError if a property fails, and with the error of `oftc check` for a refusal. */
export async function checkLayer(source: Source, options: CheckLayerOptions = {}): Promise<CheckReport> {
  const { layer, config, golden, against, ...rest } = options;
  const report = await check(loadProgram(source, { layer, config }).program, {
    ...rest,
    ...(golden === undefined ? {} : { golden: await readGolden(golden) }),
    ...(against === undefined ? {} : { against: loadProgram(against, {}).program }),
  });
  if (!report.passed) throw new CheckError(report);
  return report;
}

/** A result in float64, with a bound on the distance of a device's f32 result, element by element. */
export type Bounded = TensorValue<Pair>;

/**
 * Computes the outputs, and the gradients if `tensors` has a cotangent `grad.<output>`, by the program that `compile`
 * derives. Each element has a bound on the rounding of every device that obeys WGSL.
 */
export function errorBounds(
  source: Source,
  tensors: Readonly<Record<string, HostTensor>>,
  chosen: Chosen = {},
): Readonly<Record<string, Bounded>> {
  const { program } = loadProgram(source, chosen);
  const shapes = program.inputs.flatMap((i) => {
    const given = entryOf(tensors, i.name);
    return given ? [[i.name, foldShape(i.type, given.shape).shape] as const] : [];
  });
  const { [RUNTIME_DIM]: tokens = 1, ...sizes } = solveDims(program, {}, Object.fromEntries(shapes));
  bindProgram(program, sizes);
  const gradients = program.outputs.some((o) => Object.hasOwn(tensors, gradName(o.name)));
  const { variants } = compileProgram(program, { gradients, sizes });
  const variant = variants.find((v) => tokens <= (v.maxTokens ?? tokens))!;
  const values = Object.entries(tensors).map(([name, { data }]) => {
    const v = data instanceof Uint16Array ? decodeF16(data) : data;
    return [name, exact([v.length], v)] as const;
  });
  return interpret(variant.primitives, bound(), Object.fromEntries(values), tokens);
}
