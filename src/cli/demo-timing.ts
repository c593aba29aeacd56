/** Times a layer as derived against the same layer as written, on one device. */
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import type { Program, TensorType } from '../../compiler/ir/node.ts';
import { interval } from '../../kernels-gen/tune/statistics.ts';
import { temporaryBytes } from '../../runtime/index.ts';
import { STORAGE } from '../../runtime/webgpu-flags.ts';
import { compile, type Session } from '../session/session.ts';
import type { HostTensor } from '../session/tensors.ts';

export interface Sizes {
  readonly tokens: number;
  readonly dims: Binding;
}

/** The seconds of a forward and a backward pass on the device's tensors, and the bytes besides inputs and outputs. */
export interface Measured {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly temporaryBytes: number;
}

/** Times `pairs` runs of each session in turns; `ratio` is the median of written/derived within the pairs. */
export async function measure(program: Program, device: GPUDevice | 'cpu', sizes: Sizes, pairs: number) {
  const options = { device, dims: sizes.dims };
  const sessions = [
    await compile(program, options),
    await compile(program, { ...options, asWritten: true }),
  ] as const;
  try {
    const runs = sessions.map((s) => prepare(s, device, sizes)) as [() => Promise<void>, () => Promise<void>];
    for (const run of runs) await run(); // compiles the kernels
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < pairs; i++) {
      for (const which of i % 2 ? ([1, 0] as const) : ([0, 1] as const)) {
        const start = performance.now();
        await runs[which]();
        times[which].push((performance.now() - start) / 1e3);
      }
    }
    const measured = sessions.map((s, i) => summary(s, times[i]!, sizes.tokens)) as [Measured, Measured];
    const ratios = times[1].map((t, i) => t / times[0][i]!);
    return { derived: measured[0], written: measured[1], ratio: interval(ratios).median };
  } finally {
    for (const s of sessions) await s.dispose();
  }
}

function summary(session: Session, times: readonly number[], tokens: number): Measured {
  const variant = session
    .plan('gradients')
    .classes[0]!.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  return {
    median: interval(times).median,
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    temporaryBytes: temporaryBytes(variant, tokens),
  };
}

/** A function that runs one forward and one backward pass and waits until the device is done. */
function prepare(session: Session, device: GPUDevice | 'cpu', { tokens }: Sizes): () => Promise<void> {
  const tensor = (type: TensorType): HostTensor => {
    const shape = type.shape.map((d) => evalDim(d, { tokens }));
    return { data: values(shape.reduce((p, n) => p * n, 1)), shape };
  };
  const place = (t: HostTensor) => (device === 'cpu' ? t : onDevice(device, t));
  const inputs = Object.fromEntries(session.program.inputs.map((i) => [i.name, place(tensor(i.type))]));
  const cotangents = Object.fromEntries(
    session.program.outputs.map((o) => [o.name, place(tensor(o.node.type))]),
  );
  return async () => {
    const outputs = await session.gradients(inputs, cotangents, { tokens });
    await outputs.done();
    outputs.destroy();
  };
}

/** Small values without a short period. The time does not depend on the values, but overflow would change it. */
const values = (n: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) / 32);

function onDevice(device: GPUDevice, { data }: HostTensor): GPUBuffer {
  const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(data);
  buffer.unmap();
  return buffer;
}
