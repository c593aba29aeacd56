/**
 * Measures how long a kernel's first run takes. That includes creating the pipeline, which compiles the WGSL, and a
 * first dispatch, because some drivers compile only then. Mesa caches compiled kernels on disk, so this runs in a
 * process that disables the cache before a device exists.
 */
import '../../src/node.ts';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { planFor, stepsAt } from '../../runtime/choose.ts';
import { dtypeBytes, Executable, evalExtent, type Plan } from '../../runtime/index.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/webgpu-flags.ts';
import { classOf, openDevice } from '../../src/session/backends/gpu.ts';
import { compileFor, elements, type Job } from '../compiled.ts';
import { timed } from '../interleave.ts';
import { attentionOfWidths } from '../parts.ts';
import type { Table } from '../table.ts';
import { printTable } from '../terminal.ts';
import { bandwidth } from './bandwidth.ts';
import { kernels } from './kernels.ts';
import { layers } from './layers.ts';
import { methods } from './methods.ts';
import { neumann } from './neumann.ts';
import { parts } from './parts.ts';

/** The most seconds that a kernel may take. */
const LIMIT = 2;
const LISTED = 5;
const CHILD = 'MESA_SHADER_CACHE_DISABLE';

interface First {
  readonly kernel: string;
  readonly of: string;
  readonly lines: number;
  /**
   * The seconds of creating the pipeline, and those by which the first dispatch, of one workgroup, exceeds a
   * later one.
   */
  readonly pipelineSeconds: number;
  readonly dispatchSeconds: number;
  readonly seconds: number;
  /** The process's processor time for both: the time on an idle machine if the driver compiles on one thread. */
  readonly cpuSeconds: number;
}

const nameOf = ({ of, kernel }: Pick<First, 'of' | 'kernel'>): string => `${of}: ${kernel}`;

const allPlans = (): Record<string, Job> =>
  Object.assign(
    attentionOfWidths([16, 32, 128]),
    ...[kernels, layers, methods, neumann, bandwidth, parts].map((t) => t.plans()),
  );

/** Makes a Plan of one workgroup from each step that runs. */
function steps(device: GPUDevice, { plan, tokens }: Job): Plan[] {
  const chosen = planFor(device, plan);
  const variant = chosen.variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? tokens))!;
  const runs = variant.steps
    .flatMap((s) => stepsAt(s, tokens))
    .filter((step) => evalExtent(step.workgroups, tokens) > 0);
  return runs.map((step) => ({
    ...plan,
    kernels: [chosen.kernels[step.kernel]!],
    classes: [
      {
        name: chosen.class,
        devices: {},
        variants: [
          { ...variant, minTokens: 0, maxTokens: null, steps: [{ ...step, kernel: 0, workgroups: 1 }] },
        ],
      },
    ],
  }));
}

async function first(device: GPUDevice, plan: Plan, tokens: number, of: string): Promise<First> {
  // An optimizer's inputs and outputs share names.
  const made = (tensors: Plan['inputs']) =>
    Object.fromEntries(
      tensors.map((t) => {
        const size = Math.ceil((dtypeBytes(t.dtype) * elements(t, tokens)) / 4) * 4;
        return [t.name, device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST })];
      }),
    );
  const [inputs, outputs] = [made(plan.inputs), made(plan.outputs)];
  let executable: Executable | undefined;
  const creation = await timed(1, async () => {
    executable = await Executable.create(device, plan);
  });
  const dispatch = () => timed(1, () => executable!.run(tokens, inputs, outputs).done());
  const [one, two, three] = [await dispatch(), await dispatch(), await dispatch()];
  const beyond = (of: 'wall' | 'cpu') => Math.max(0, one[of] - Math.min(two[of], three[of]));
  executable!.dispose();
  for (const b of [...Object.values(inputs), ...Object.values(outputs)]) b.destroy();
  const [{ name, wgsl }] = plan.kernels as [Plan['kernels'][number]];
  return {
    kernel: name,
    of,
    lines: wgsl.split('\n').length,
    pipelineSeconds: creation.wall,
    dispatchSeconds: beyond('wall'),
    seconds: creation.wall + beyond('wall'),
    cpuSeconds: creation.cpu + beyond('cpu'),
  };
}

/**
 * Measures every kernel once, even if several Plans have it. If there are `names`, measures only those
 * kernels.
 */
async function measureAll(names: readonly string[]): Promise<First[]> {
  const device = await openDevice();
  compileFor(classOf(device));
  const seen = new Set<string>();
  const results: First[] = [];
  for (const [of, job] of Object.entries(allPlans())) {
    for (const plan of steps(device, job)) {
      const [{ wgsl, bindings, uniforms }] = plan.kernels as [Plan['kernels'][number]];
      const key = JSON.stringify([wgsl, bindings, uniforms.length > 0]);
      if (seen.has(key)) continue;
      seen.add(key);
      if (names.length > 0 && !names.includes(nameOf({ of, kernel: plan.kernels[0]!.name }))) continue;
      results.push(await first(device, plan, job.tokens, of));
    }
  }
  device.destroy();
  return results;
}

function inChild(names: readonly string[] = []): Promise<First[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), names, {
      env: { ...process.env, [CHILD]: '1' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('message', (results: First[]) => {
      child.kill('SIGKILL');
      resolve(results);
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`measuring first dispatches ended (${signal ?? code})`)),
    );
  });
}

export const firstDispatch: Table = {
  plans: allPlans,
  measure: async () => {
    const once = await inChild();
    // Measure slow kernels again: other load may have delayed them, and the shorter time is the kernel's own.
    const late = once.filter((r) => r.seconds >= LIMIT).map(nameOf);
    const again = new Map((late.length > 0 ? await inChild(late) : []).map((r) => [nameOf(r), r] as const));
    const shorter = (r: First): First => {
      const second = again.get(nameOf(r));
      return second !== undefined && second.seconds < r.seconds ? second : r;
    };
    const results = once.map(shorter).sort((a, b) => b.seconds - a.seconds);
    const slowest = results.slice(0, LISTED);
    const over = results.filter((r) => r.seconds >= LIMIT).length;
    const none = over === 0 ? 'every one' : `${results.length - over}`;
    console.log(
      `first dispatch of ${results.length} kernels, Mesa's cache off: ${none} below ${LIMIT} s; the slowest:`,
    );
    printTable(
      ['kernel', 'of', 'lines', 'pipeline', 'dispatch', 'together', 'CPU'],
      slowest.map((r) => [
        r.kernel,
        r.of,
        `${r.lines}`,
        `${(1e3 * r.pipelineSeconds).toFixed(0)} ms`,
        `${(1e3 * r.dispatchSeconds).toFixed(0)} ms`,
        `${(1e3 * r.seconds).toFixed(0)} ms`,
        `${(1e3 * r.cpuSeconds).toFixed(0)} ms`,
      ]),
    );
    const bars = slowest.map(({ seconds: s }) => ({ median: s, low: s, high: s, runs: 1 }));
    const chart = {
      title: 'First dispatch of the slowest kernels, no cache',
      unit: 's',
      groups: slowest.map((r) => `${r.kernel}\n${r.of}`),
      series: [{ name: 'seconds', values: bars }],
      lines: [{ name: `${LIMIT} s`, at: LIMIT }],
    };
    return { figures: { limitSeconds: LIMIT, over, kernels: results }, charts: [chart], once: true };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send)
  process.send(await measureAll(process.argv.slice(2)));
