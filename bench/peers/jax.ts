/** The peer @jax-js/jax. Its arrays are reference-counted by hand: using one consumes it, and `.ref` keeps it. */
import { drawn } from '../layer-values.ts';
import { rowsOf } from '../values.ts';
import { browserGlobals } from './dawn.ts';
import { installedVersion, library } from './modules.ts';
import type { Contraction, Job, OftStep, Peer } from './protocol.ts';

interface Jarray {
  readonly ref: Jarray;
  readonly shape: readonly number[];
  reshape(shape: readonly number[]): Jarray;
  transpose(axes?: readonly number[]): Jarray;
  astype(dtype: unknown): Jarray;
  add(other: Jarray): Jarray;
  mul(other: Jarray | number): Jarray;
  sum(): Jarray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Outputs = Readonly<Record<string, Jarray>>;

interface Jax {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): void;
  jit<A extends readonly Jarray[], R>(f: (...args: A) => R): (...args: A) => R;
  valueAndGrad(
    f: (...args: Jarray[]) => [loss: Jarray, y: Jarray],
    options: { argnums: number[]; hasAux: true },
  ): (...args: Jarray[]) => [[loss: Jarray, y: Jarray], [dx: Jarray, dv: Jarray]];
  blockUntilReady<T>(tree: T): Promise<T>;
  readonly numpy: {
    readonly float16: unknown;
    readonly float32: unknown;
    array(values: Float32Array): Jarray;
    matmul(a: Jarray, b: Jarray): Jarray;
    eye(n: number): Jarray;
  };
}

export async function start(): Promise<Peer> {
  browserGlobals();
  const jax = await library<Jax>('@jax-js/jax');
  const devices = await jax.init('webgpu');
  if (!devices.includes('webgpu')) throw new Error(`it has no webgpu device, only ${devices.join(', ')}`);
  jax.defaultDevice('webgpu');
  const open = async (task: Contraction | OftStep) =>
    task.kind === 'contraction' ? contraction(jax, task) : oftStep(jax, task);
  return { version: installedVersion('@jax-js/jax')!, open };
}

const input = ({ numpy: np }: Jax, name: string, shape: readonly number[]): Jarray =>
  np
    .array(
      drawn(
        name,
        shape.reduce((p, s) => p * s, 1),
      ),
    )
    .reshape(shape);

/** Makes a job of `step`, which calls a jitted function. `kept` has the arrays that `dispose` frees. */
function job({ blockUntilReady, numpy: np }: Jax, kept: readonly Jarray[], step: () => Outputs): Job {
  const free = (outputs: Outputs) => {
    for (const o of Object.values(outputs)) o.dispose();
  };
  return {
    run: async () => {
      const outputs = step();
      await blockUntilReady(Object.values(outputs));
      free(outputs);
    },
    read: async (rows) => {
      const values: Record<string, Float32Array> = {};
      for (const [name, array] of Object.entries(step())) {
        const width = array.shape.at(-1) ?? 1;
        const all = await array.astype(np.float32).data();
        if (rows[name]) values[name] = rowsOf(all, width, rows[name]);
      }
      return values;
    },
    dispose: () => {
      for (const a of kept) a.dispose();
    },
  };
}

function contraction(jax: Jax, { m, k, n, precision }: Contraction): Job {
  const { numpy: np } = jax;
  const dtype = precision === 'f16' ? np.float16 : np.float32;
  const x = input(jax, 'x', [m, k]).astype(dtype);
  const W = input(jax, 'W', [k, n]).astype(dtype);
  const f = jax.jit((a: Jarray, b: Jarray) => np.matmul(a, b));
  return job(jax, [x, W], () => ({ y: f(x.ref, W.ref) }));
}

function oftStep(jax: Jax, { tokens, in: columns, out, b }: OftStep): Job {
  const { numpy: np } = jax;
  const r = columns / b;
  const tri = (b * (b - 1)) / 2;
  const x = input(jax, 'x', [tokens, columns]);
  const v = input(jax, 'v', [r, tri]);
  const W = input(jax, 'W', [out, columns]);
  const g = input(jax, 'grad.y', [tokens, out]);
  const eye = np.eye(b);
  const unpacking = np.array(unpack(b)).reshape([tri, b * b]);
  const loss = (...args: Jarray[]): [Jarray, Jarray] => {
    const [x, v, W, g, unpacking, eye] = args as [Jarray, Jarray, Jarray, Jarray, Jarray, Jarray];
    // Unpack by a product: `np.take` is no faster once compiled, and its gradient takes a minute to compile.
    const Q = np.matmul(v, unpacking).reshape([r, b, b]);
    const Q2 = np.matmul(Q.ref, Q.ref);
    const S = eye.ref.add(Q.mul(2)).add(Q2.ref);
    const R = np.matmul(S, eye.add(Q2));
    const rows = x.reshape([tokens, r, b]).transpose([1, 0, 2]);
    const xR = np.matmul(rows, R).transpose([1, 0, 2]).reshape([tokens, columns]);
    const y = np.matmul(xR, W.transpose());
    return [y.ref.mul(g).sum(), y];
  };
  const f = jax.jit(jax.valueAndGrad(loss, { argnums: [0, 1], hasAux: true }));
  const kept = [x, v, W, g, unpacking, eye];
  return job(jax, kept, () => {
    const [[value, y], [dx, dv]] = f(...kept.map((a) => a.ref));
    return { value, y, 'grad.x': dx, 'grad.v': dv };
  });
}

/** The matrix U with vec(Q) = v·U: +1 for an element of the strict upper triangle, −1 for its mirror image. */
function unpack(b: number): Float32Array {
  const U = new Float32Array(((b * (b - 1)) / 2) * b * b);
  let p = 0;
  for (let i = 0; i < b; i++)
    for (let j = i + 1; j < b; j++, p++) {
      U[p * b * b + i * b + j] = 1;
      U[p * b * b + j * b + i] = -1;
    }
  return U;
}
