/** The peer @tensorflow/tfjs-backend-webgpu. */
import { drawn } from '../layer-values.ts';
import { rowsOf } from '../values.ts';
import { browserGlobals } from './dawn.ts';
import { installedVersion, library } from './modules.ts';
import type { Peer, Rows, Task } from './protocol.ts';

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  backend(): {
    readonly device: GPUDevice;
    readonly commandEncoder: GPUCommandEncoder | null;
    endComputePassEncoder(): void;
    submitQueue(): void;
  };
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
}

export async function start(): Promise<Peer> {
  browserGlobals();
  const tf = await library<Tf>('@tensorflow/tfjs-core');
  await library('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('its webgpu backend does not start');
  await tf.ready();
  return { version: installedVersion('@tensorflow/tfjs-backend-webgpu')!, open: async (t) => open(tf, t) };
}

function open(tf: Tf, task: Task) {
  if (task.kind !== 'contraction') throw new Error('not written for tfjs');
  if (task.precision !== 'f32') throw new Error(`tfjs has no ${task.precision} tensors`);
  const { m, k, n } = task;
  const x = tf.tensor2d(drawn('x', m * k), [m, k]);
  const W = tf.tensor2d(drawn('W', k * n), [k, n]);
  const backend = tf.backend();
  const run = async (): Promise<void> => {
    const y = tf.matMul(x, W);
    backend.endComputePassEncoder();
    if (backend.commandEncoder) backend.submitQueue();
    await backend.device.queue.onSubmittedWorkDone();
    y.dispose();
  };
  return {
    run,
    read: async (rows: Rows) => {
      const y = tf.matMul(x, W);
      const all = await y.data();
      y.dispose();
      return { y: rowsOf(all, n, rows.y!) };
    },
    dispose: () => {
      x.dispose();
      W.dispose();
    },
  };
}
