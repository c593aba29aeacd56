/** The peer onnxruntime-node with its `webgpu` execution provider, which brings its own Dawn. */
import { decodeF16, encodeF16 } from '../../src/formats/safetensors/half.ts';
import { drawn } from '../layer-values.ts';
import { sampledRows } from '../values.ts';
import { installedVersion, library } from './modules.ts';
import { productModel } from './onnx-model.ts';
import type { Job, Peer, Task } from './protocol.ts';

interface OnnxTensor {
  readonly data: Float32Array | Uint16Array;
}

interface Session {
  run(feeds: object): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

export async function start(): Promise<Peer> {
  const ort = await library<OnnxRuntime>('onnxruntime-node');
  return { version: installedVersion('onnxruntime-node')!, open: (task) => open(ort, task) };
}

async function open(ort: OnnxRuntime, task: Task): Promise<Job> {
  if (task.kind !== 'contraction') throw new Error('ONNX Runtime does not train here');
  const { m, k, n, precision } = task;
  const stored = (values: Float32Array) => (precision === 'f16' ? encodeF16(values) : values);
  const model = productModel({
    ...{ m, k, n, precision },
    x: stored(drawn('x', m * k)),
    W: stored(drawn('W', k * n)),
    rows: sampledRows(m),
  });
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [{ name: 'webgpu' }],
    // Optimisation would compute the product of two constants once, on the CPU.
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  return {
    run: async () => {
      await session.run({});
    },
    read: async () => {
      const { data } = (await session.run({})).sampled!;
      const y = data instanceof Float32Array ? Float32Array.from(data) : decodeF16(Uint16Array.from(data));
      return { y };
    },
    dispose: () => void session.release(),
  };
}
