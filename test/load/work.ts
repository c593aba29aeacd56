/** One process of the load tests: does a kind of work many times, and prints what memory holds after some and after all. */
import '../../src/node.ts';
import { rmSync } from 'node:fs';
import { solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { nodeGpu } from '../../runtime/node.ts';
import type { Plan } from '../../runtime/plan.ts';
import {
  blockDiag,
  cayley,
  compile,
  frozen,
  input,
  layer,
  type Session,
  skew,
  trainable,
} from '../../src/index.ts';
import { planOf } from '../../src/session/session.ts';
import { BareRun } from './bare.ts';
import { countObjects, type Measured, measured } from './measure.ts';

export interface Work {
  readonly kind: string;
  readonly times: number;
  /** The times after which the first measurement is taken. */
  readonly warmUp: number;
}

export interface Worked extends Work {
  readonly start: Measured;
  readonly end: Measured;
  /** Resident bytes at even steps from the warm-up on. */
  readonly resident: readonly number[];
  readonly slowestMs: number;
  readonly processorSeconds: number;
}

const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' } },
);
const dims = { in: 8, out: 4, b: 4 };
const numbers = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i));
const bound = { W: numbers(32), v: numbers(12) };
const x = numbers(16);

/** A kind of work: opens, and gives what one time does. */
type Opened = () => Promise<(n: number) => Promise<void>>;

const opened = async (device: GPUDevice | 'gpu' = 'gpu'): Promise<Session> => {
  const session = await compile(oft, { dims, device });
  session.bind(bound);
  return session;
};
const trains = async (session: Session) => {
  const outputs = await session.gradients({ x }, { y: numbers(8) });
  await outputs.readAll();
};

const trainingPlan = (): Plan =>
  planOf(compileProgram(oft.trace(), { sizes: solveDims(oft.trace(), dims), gradients: true }));

const KINDS: Readonly<Record<string, Opened>> = {
  sessions: async () => async () => {
    const session = await opened();
    await trains(session);
    await session.dispose();
  },
  runs: async () => {
    const session = await opened();
    await trains(session);
    return async () => {
      // Nobody destroys the results: they are collected.
      await (await session.run({ x })).readAll();
    };
  },
  together: async () => {
    const session = await opened();
    return async () => {
      await Promise.all(Array.from({ length: 50 }, async () => (await session.run({ x })).readAll()));
    };
  },
  steps: async () => {
    const session = await opened();
    let v = bound.v;
    return async () => {
      const outputs = await session.gradients({ x }, { y: numbers(8) });
      const { 'grad.v': g } = await outputs.readAll();
      v = v.map((p, i) => p - 1e-3 * g!.data[i]!);
      session.bind({ v });
    };
  },
  checkpoints: async () => {
    const { argumentsOf, at } = await import('../src/finetune/tiny.ts');
    const { oftc } = await import('../src/cli/harness.ts');
    // Each run trains the adapter of the last one further, saves checkpoints on the way, and reads the model again.
    return async (n) => {
      const before = n > 0 ? ['--init', at(`load-${n - 1}/adapter`)] : [];
      const argv = argumentsOf(`load-${n}`, '--device', 'gpu', '--seed', '1', ...before);
      const { exit, stdout, stderr } = await oftc(...argv);
      if (exit !== 0) throw new Error(`${stdout}${stderr}`);
      if (n > 0) rmSync(at(`load-${n - 1}`), { recursive: true });
    };
  },
  'bare sessions': async () => {
    const plan = trainingPlan();
    return async () => {
      const bare = await BareRun.open(await nodeGpu(), plan, 2);
      await bare.once();
      bare.close();
    };
  },
  'bare runs': async () => {
    const bare = await BareRun.open(await nodeGpu(), trainingPlan(), 2);
    return async () => {
      await bare.once();
    };
  },
};

async function work({ kind, times, warmUp }: Work): Promise<Worked> {
  await countObjects();
  const once = await KINDS[kind]!();
  let slowestMs = 0;
  const range = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const before = performance.now();
      await once(n);
      slowestMs = Math.max(slowestMs, performance.now() - before);
    }
  };
  await range(0, warmUp);
  const start = await measured();
  const resident: number[] = [start.resident];
  const PARTS = 5;
  for (let part = 0; part < PARTS; part++) {
    const at = (p: number) => warmUp + Math.round(((times - warmUp) * p) / PARTS);
    await range(at(part), at(part + 1));
    resident.push((await measured()).resident);
  }
  const end = await measured();
  const { user, system } = process.cpuUsage();
  return { kind, times, warmUp, start, end, resident, slowestMs, processorSeconds: (user + system) / 1e6 };
}

const [kind, times, warmUp] = process.argv.slice(2);
const result = await work({ kind: kind!, times: Number(times), warmUp: Number(warmUp) });
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
