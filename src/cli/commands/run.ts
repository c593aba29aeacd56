/** `oftc run`: runs a layer on tensors in files. */
import type { Binding } from '../../../compiler/dims/dims.ts';
import { bindProgram, solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { explainedKernels } from '../../explain/index.ts';
import { duration } from '../../explain/units.ts';
import { alone } from '../../formats/alone.ts';
import { decodeF16, type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import { type Loaded, loadProgram, newFrontEnd } from '../../language/load.ts';
import { openDevice } from '../../session/backends/gpu.ts';
import { type Stored, storageNames, storagesOf } from '../../session/quantized.ts';
import { compile } from '../../session/session.ts';
import { foldShape, type HostTensor } from '../../session/tensors.ts';
import { divergences } from '../divergence.ts';
import { type Io, print, printJson, say, warnTo, withProgress } from '../io.ts';
import { allNotFinite, type NotFinite, warningsOf } from '../not-finite.ts';
import {
  checkPlace,
  type DerivationOption,
  derived,
  type SharedOptions,
  type SourceArguments,
} from '../options.ts';
import { versionOf } from '../package.ts';
import { plansFor } from '../plans.ts';
import { profileRuns, type RunProfile, renderProfile, writeTrace } from '../profile.ts';
import { checkReplaceable } from '../replace-file.ts';
import { TensorFiles } from '../tensor-files.ts';
import { tuningOf } from '../tuned.ts';
import { UsageError } from '../usage-error.ts';

export interface RunArguments
  extends SourceArguments,
    Pick<SharedOptions, 'device' | 'activations' | 'quantize' | DerivationOption | 'tuned' | 'table'> {
  readonly input: readonly string[];
  readonly output?: string;
  readonly grad?: boolean;
  readonly profile?: boolean;
  readonly trace?: string;
}

const timed = (args: RunArguments): boolean => (args.profile ?? false) || args.trace !== undefined;

interface Summary {
  readonly layer: string;
  readonly device: string;
  readonly dims: Readonly<Record<string, number>>;
  readonly converted: readonly string[];
  readonly quantized: Readonly<Record<string, string>>;
  readonly seconds: { readonly compile: number; readonly run: number };
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Outputs with elements that are NaN or infinite. */
  readonly notFinite: Readonly<Record<string, NotFinite>>;
  readonly output?: string;
  readonly profile?: RunProfile;
}

/** Runs `oftc run`. It writes nothing unless everything succeeded. */
export async function runCommand(source: string, args: RunArguments, io: Io): Promise<void> {
  if (args.trace !== undefined) await checkReplaceable(args.trace);
  if (args.device === 'cpu' && (timed(args) || args.tuned || args.table !== undefined))
    throw new UsageError(
      'the CPU reference has no kernels: --profile, --trace, --tuned and --table need --device gpu',
    );
  if (args.output === undefined && !timed(args))
    throw new UsageError(
      "required option '--output <file>' not specified: give it, or --profile to time the layer alone",
    );
  checkPlace(args);
  const request = { layer: args.layer, config: args.set ?? {}, dims: args.dims };
  const loaded = await withProgress(io, `Reading ${source}`, () =>
    loadProgram(source, request, newFrontEnd()),
  );
  const { program } = loaded;
  const files = await TensorFiles.open(args.input, program, args.grad ?? false);
  try {
    const summary = await files.locating(() => runOn(loaded, files, args, io));
    if (io.json) printJson(io, summary);
    else print(io, render(summary));
  } finally {
    await files.close();
  }
}

async function runOn(
  { program, locate }: Loaded,
  files: TensorFiles,
  args: RunArguments,
  io: Io,
): Promise<Summary> {
  const dims = solve(program, args.dims ?? {}, files.shapes);
  const bound = bindProgram(program, dims);
  const { inputs, cotangents, converted } = await withProgress(io, 'Reading tensors', () => files.read());
  for (const warning of divergences(bound, inputs)) say(io, `warning: ${warning}`);
  const tuning = tuningOf(args);
  const plans = plansFor(io);
  const start = performance.now();
  const opened = timed(args) ? await openDevice() : undefined;
  const quantized = storagesOf(bound, { ...files.quantized, ...args.quantize });
  const session = await compile(bound, {
    quantized,
    activations: args.activations,
    device: opened ?? args.device,
    timing: timed(args),
    ...(tuning ? { tuning } : {}),
    ...(plans ? { plans } : {}),
    ...derived(args),
  });
  try {
    const kind = files.grad ? 'gradients' : 'forward';
    await withProgress(io, 'Compiling', () => session.plan(kind));
    const compiled = performance.now();
    const device = session.backend.name;
    const run = () => (files.grad ? session.gradients(inputs, cotangents) : session.run(inputs));
    const results = await withProgress(io, `Running on ${device}`, async () => (await run()).readAll());
    const done = performance.now();
    const timing =
      opened &&
      (await withProgress(io, `Timing kernels on ${device}`, () =>
        profileRuns(opened, explainedKernels(session.compilation(kind), session.backend.class, locate), run),
      ));
    const outputs = Object.entries(results).map(([name, tensor]) => storable(name, tensor));
    const found = allNotFinite(outputs);
    const { output } = args;
    if (output !== undefined)
      await alone(output, warnTo(io), () =>
        writeSafetensors(output, outputs, provenance(program.name, device, dims, quantized, args)),
      );
    if (timing && args.trace !== undefined)
      await writeTrace(args.trace, { layer: program.name, device }, timing.profile, timing.timed, io);
    for (const warning of warningsOf(found, { ...inputs, ...cotangents })) say(io, `warning: ${warning}`);
    return {
      layer: program.name,
      device,
      dims,
      converted,
      quantized: storageNames(quantized),
      seconds: { compile: (compiled - start) / 1e3, run: (done - compiled) / 1e3 },
      outputs: Object.fromEntries(outputs.map((t) => [t.name, t.shape])),
      notFinite: found,
      ...(args.output === undefined ? {} : { output: args.output }),
      ...(timing ? { profile: timing.profile } : {}),
    };
  } finally {
    await session.dispose();
    opened?.destroy();
  }
}

/** Solves every size, `tokens` included, from the given sizes and the shapes in the files. */
function solve(program: Program, given: Binding, shapes: Readonly<Record<string, readonly number[]>>) {
  const folded = program.inputs.map((i) => [i.name, foldShape(i.type, shapes[i.name]!).shape] as const);
  return solveDims(program, given, Object.fromEntries(folded));
}

/** An output as a tensor of the file: floats as F32, integers unchanged. The reference's float64 is rounded here. */
function storable(name: string, { data, shape }: HostTensor): TensorData & Pick<HostTensor, 'data'> {
  if (data instanceof Int32Array) return { name, dtype: 'I32', shape, data };
  const floats = data instanceof Uint16Array ? decodeF16(data) : Float32Array.from(data);
  return { name, dtype: 'F32', shape, data: floats };
}

const pairs = (of: Readonly<Record<string, unknown>>): string =>
  Object.entries(of)
    .map(([n, v]) => `${n}=${v}`)
    .join(',');

/** The metadata that say what made the file. */
function provenance(
  layer: string,
  device: string,
  dims: Binding,
  quantized: Stored,
  args: RunArguments,
): Record<string, string> {
  return {
    oftc: versionOf('oftc'),
    layer,
    dims: pairs(dims),
    config: pairs(args.set ?? {}),
    device,
    ...(Object.keys(quantized).length > 0 ? { quantized: pairs(storageNames(quantized)) } : {}),
    ...(args.activations === 'f16' ? { activations: 'f16' } : {}),
    program: args.asWritten ? 'as written' : 'derived',
  };
}

function render(s: Summary): string {
  return [
    `${s.layer} on ${s.device}   ${pairs(s.dims)}`,
    `compiled in ${duration(s.seconds.compile)}, ran in ${duration(s.seconds.run)}`,
    ...s.converted.map((c) => `read ${c}`),
    ...Object.entries(s.quantized).map(([name, format]) => `held ${name} as ${format}`),
    ...Object.entries(s.outputs).map(([name, shape]) => `  ${name.padEnd(12)} [${shape.join(', ')}]`),
    ...(s.output === undefined ? [] : [`wrote ${s.output}`]),
    ...(s.profile ? [renderProfile(s.profile)] : []),
  ].join('\n');
}
