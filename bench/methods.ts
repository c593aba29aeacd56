/**
 * Every method's training step as written against as derived, taking turns on one device. Measures, prints a
 * table, writes bench/results/methods.json. `npx tsx bench/methods.ts [method …]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { solveDims } from '../compiler/ir/bind.ts';
import type { Binding } from '../compiler/ir/dims.ts';
import type { Program } from '../compiler/ir/node.ts';
import { compileProgram } from '../compiler/pipeline.ts';
import { planCost } from '../kernels-gen/index.ts';
import { Executable, evalExtent, type Plan } from '../runtime/index.ts';
import { STORAGE } from '../runtime/webgpu-flags.ts';
import { boft } from '../src/adapters/boft.ts';
import { etherPlus } from '../src/adapters/ether.ts';
import { gsoft } from '../src/adapters/gsoft.ts';
import { hoft } from '../src/adapters/hoft.ts';
import { hra } from '../src/adapters/hra.ts';
import { dora } from '../src/adapters/lora.ts';
import { oft } from '../src/adapters/oft.ts';
import { psoft } from '../src/adapters/psoft.ts';
import { openDevice } from '../src/backends/gpu.ts';
import { planOf } from '../src/session.ts';
import { interval, type Summary } from './statistics.ts';

const TOKENS = 256;
const LAYER = { in: 1024, out: 1024 };
/** Pairs of one method: at least MIN_PAIRS, more while BUDGET seconds last, for what is short is noisy. */
const MIN_PAIRS = 15;
const MAX_PAIRS = 25;
const BUDGET = 20;

const CASES: Readonly<Record<string, readonly [Program, Binding]>> = {
  'BOFT m=2, b=32': [boft.trace({ factors: 2 }), { b: 32 }],
  'BOFT m=4, b=32': [boft.trace({ factors: 4 }), { b: 32 }],
  'HRA r=8': [hra.trace(), { r: 8 }],
  'GSOFT b=32': [gsoft.trace(), { b: 32 }],
  'HOFT r=8': [hoft.trace(), { r: 8 }],
  'ETHER+ 4 blocks': [etherPlus.trace(), { k: 4 }],
  'ETHER+ 32 blocks': [etherPlus.trace(), { k: 32 }],
  'PSOFT r=32': [psoft.trace(), { r: 32 }],
  'DoRA r=16': [dora.trace(), { r: 16 }],
  'OFT b=32': [oft.trace(), { b: 32 }],
};

/**
 * Seconds of one forward and backward. On a software device the process's CPU time is the device's work. Where the
 * device takes timestamps every kernel is a pass of its own, in both forms.
 */
interface Time {
  readonly wall: number;
  readonly cpu: number;
  /** Sum over kernels by the device's timestamps; undefined where it takes none. */
  readonly device?: number;
}

interface Result {
  readonly pairs: number;
  readonly operations: { readonly written: number; readonly derived: number; readonly ratio: number };
  readonly bytes: { readonly written: number; readonly derived: number; readonly ratio: number };
  readonly peakTemporaryBytes: { readonly written: number; readonly derived: number };
  /** Medians, seconds. */
  readonly seconds: { readonly written: Time; readonly derived: Time };
  /** written ÷ derived within pairs. */
  readonly ratio: { readonly wall: Summary; readonly cpu: Summary; readonly device?: Summary };
  /** Of the ratio of operations, by wall time. */
  readonly reached: number;
}

function trainingPlan(program: Program, dims: Binding, asWritten: boolean): Plan {
  const sizes = solveDims(program, { ...LAYER, ...dims });
  return planOf(compileProgram(program, { gradients: true, sizes, asWritten }));
}

/** Small values that repeat with no short period: the time does not depend on them, overflow would. */
function inputBuffer(device: GPUDevice, elements: number): GPUBuffer {
  const buffer = device.createBuffer({ size: 4 * elements, usage: STORAGE, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(
    Float32Array.from({ length: elements }, (_, i) => Math.sin(1 + i * 1.7) / 32),
  );
  buffer.unmap();
  return buffer;
}

const inputsOf = (plan: Plan, device: GPUDevice): Record<string, GPUBuffer> =>
  Object.fromEntries(
    plan.inputs.map(({ name, shape }) => [
      name,
      inputBuffer(
        device,
        shape.reduce<number>((p, e) => p * evalExtent(e, TOKENS), 1),
      ),
    ]),
  );

async function time(executable: Executable, inputs: Record<string, GPUBuffer>, timestamps: boolean) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = executable.run(TOKENS, inputs);
  await result.done();
  const wall = (performance.now() - start) / 1e3;
  const used = process.cpuUsage(cpu);
  const steps = timestamps ? await result.profile() : undefined;
  result.destroy();
  return {
    wall,
    cpu: (used.user + used.system) / 1e6,
    ...(steps ? { device: steps.reduce((s, p) => s + p.ns, 0) / 1e9 } : {}),
  };
}

async function measure(device: GPUDevice, written: Plan, derived: Plan): Promise<Result> {
  const timestamps = device.features.has('timestamp-query');
  const create = (plan: Plan) => Executable.create(device, plan, { profile: timestamps });
  const executables = [await create(written), await create(derived)] as const;
  const inputs = inputsOf(derived, device);
  const run = (which: 0 | 1): Promise<Time> => time(executables[which], inputs, timestamps);
  const once = (await run(0)).wall + (await run(1)).wall;
  const pairs = Math.min(MAX_PAIRS, Math.max(MIN_PAIRS, Math.floor(BUDGET / once)));
  const times: [Time[], Time[]] = [[], []];
  for (let i = 0; i < pairs; i++)
    for (const which of i % 2 ? ([1, 0] as const) : ([0, 1] as const)) times[which].push(await run(which));
  for (const e of executables) e.dispose();
  for (const b of Object.values(inputs)) b.destroy();

  const [w, d] = [planCost(written, TOKENS), planCost(derived, TOKENS)];
  const medians = (ts: readonly Time[]): Time => ({
    wall: interval(ts.map((t) => t.wall)).median,
    cpu: interval(ts.map((t) => t.cpu)).median,
    ...(timestamps ? { device: interval(ts.map((t) => t.device!)).median } : {}),
  });
  const ratio = (of: (t: Time) => number) => interval(times[0].map((t, i) => of(t) / of(times[1][i]!)));
  const wall = ratio((t) => t.wall);
  const operations = w.flops / d.flops;
  return {
    pairs,
    operations: { written: w.flops, derived: d.flops, ratio: operations },
    bytes: { written: w.bytes, derived: d.bytes, ratio: w.bytes / d.bytes },
    peakTemporaryBytes: { written: w.peakTemporaryBytes, derived: d.peakTemporaryBytes },
    seconds: { written: medians(times[0]), derived: medians(times[1]) },
    ratio: { wall, cpu: ratio((t) => t.cpu), ...(timestamps ? { device: ratio((t) => t.device!) } : {}) },
    reached: wall.median / operations,
  };
}

const device = await openDevice();
const { description, vendor, architecture } = device.adapterInfo;
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  device: description || [vendor, architecture].filter(Boolean).join(' '),
  loadBefore: loadavg()[0]!,
};
console.log(
  `forward and backward at tokens = ${TOKENS}, ${LAYER.in} → ${LAYER.out}; ${machine.device}, ${machine.cores} cores`,
);
const COLUMNS = [18, 10, 10, 24, 7, 7, 9, 9, 8, 17, 8] as const;
const print = (cells: readonly string[]): void =>
  console.log(cells.map((c, i) => (i === 0 ? c.padEnd(COLUMNS[i]!) : c.padStart(COLUMNS[i]!))).join(''));
print([
  'method',
  'written',
  'derived',
  'ratio, 95%',
  'CPU',
  'device',
  'ops',
  'bytes',
  'reached',
  'peak MB',
  'pairs',
]);
const chosen = process.argv.slice(2);
const results: Record<string, Result> = {};
for (const [name, [program, dims]] of Object.entries(CASES)) {
  if (chosen.length > 0 && !chosen.some((c) => name.startsWith(c))) continue;
  const r = await measure(device, trainingPlan(program, dims, true), trainingPlan(program, dims, false));
  results[name] = r;
  const x = (n: number | undefined) => (n === undefined ? '–' : `${n.toFixed(n < 10 ? 2 : 1)}×`);
  const ms = (s: number) => `${(s * 1e3).toFixed(0)} ms`;
  const { wall } = r.ratio;
  print([
    name,
    ms(r.seconds.written.wall),
    ms(r.seconds.derived.wall),
    `${x(wall.median)} [${x(wall.low)}, ${x(wall.high)}]`,
    x(r.ratio.cpu.median),
    x(r.ratio.device?.median),
    x(r.operations.ratio),
    x(r.bytes.ratio),
    `${(100 * r.reached).toFixed(0)} %`,
    [r.peakTemporaryBytes.written, r.peakTemporaryBytes.derived].map((b) => (b / 1e6).toFixed(1)).join(' → '),
    `${r.pairs}`,
  ]);
}
device.destroy();
if (chosen.length === 0) {
  const folder = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const report = {
    machine: { ...machine, loadAfter: loadavg()[0]! },
    tokens: TOKENS,
    layer: LAYER,
    methods: results,
  };
  writeFileSync(`${folder}methods.json`, `${JSON.stringify(report, null, 2)}\n`);
}
