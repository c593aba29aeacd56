/** The report of `npm run bench -- --gpu` says what was measured, what failed and what is missing. */
import { expect, it } from 'vitest';
import { withoutPaths } from '../../../bench/gpu/children.ts';
import { refusal } from '../../../bench/gpu/device.ts';
import { renderReport } from '../../../bench/gpu/markdown.ts';
import type { GpuReport } from '../../../bench/gpu/type.ts';

const RATES = { flops: 1e13, bandwidth: 5e11, launch: 5e-6, subgroup: 32 };
const summary = (median: number) => ({ median, low: median / 2, high: 2 * median, runs: 15 });
const time = (seconds: number) => ({ seconds, uncached: 2 * seconds });

const REPORT: GpuReport = {
  format: 'oftc-gpu-report',
  version: 1,
  date: '2026-01-01T00:00:00.000Z',
  rounds: 15,
  machine: { system: 'Linux', cpu: 'a processor', node: 'v22.0.0', cores: 8, memoryBytes: 32e9 },
  adapter: {
    vendor: 'nvidia',
    architecture: 'ampere',
    device: '0x2484',
    description: 'NVIDIA: 570.1',
    isSoftware: false,
    subgroups: [32, undefined],
    features: ['subgroups', 'timestamp-query'],
    limits: { maxBufferSize: 4294967295 },
  },
  versions: { oftc: '0.1.0', webgpu: '0.6.2' },
  class: 'gpu',
  example: { ...RATES, onChip: 1e13, name: 'an example' },
  measuredRates: RATES,
  tables: {
    layers: { text: 'as printed\n', figures: {} },
    model: { text: 'begun\n', error: 'its process ended (SIGSEGV): a | b' },
  },
  rows: [
    {
      table: 'layers',
      row: 'OFT',
      tokens: 512,
      launches: 2,
      predicted: time(1e-3),
      onExample: time(3e-3),
      measured: summary(2.5e-3),
      kernels: [
        { kernel: 'fast', limit: 'memory', predicted: time(4e-4), measured: 5e-4 },
        { kernel: 'slow', limit: 'loads', predicted: time(5e-4), measured: 2e-3 },
      ],
    },
    { table: 'layers', row: 'LoRA', error: 'device lost\nwhile running' },
    {
      table: 'beside PEFT',
      row: 'OFT b=32 (512, 1024, 1024)',
      tokens: 512,
      launches: 7,
      predicted: time(1e-3),
      onExample: time(1e-3),
      measured: summary(1.5e-3),
    },
  ],
  peft: { missing: 'No module named torch' },
};

it('has the machine, and each row with its predicted and measured time', () => {
  const text = renderReport(REPORT);
  expect(text).toMatch(/^# oftc on NVIDIA: 570.1\n/);
  expect(text).not.toContain('software device');
  expect(text).toContain('| subgroups | 32 to ? |');
  expect(text).toContain(
    '10.0TFLOP/s in f32, 500GB/s of memory, the rate of workgroup memory and caches unknown, 5.00 µs a launch',
  );
  expect(text).toContain('| layers | OFT | 2 | 3.00 ms | 1.00 ms | 2.00 ms | 2.50 ms | 2.50× |');
  expect(text).toContain('```\nas printed\n```');
});

it('lists first the kernels that lose most time over their prediction', () => {
  const [slow, fast] = ['| slow | layers: OFT | loads |', '| fast | layers: OFT | memory |'].map((row) =>
    renderReport(REPORT).indexOf(row),
  ) as [number, number];
  expect(slow).toBeGreaterThan(0);
  expect(fast).toBeGreaterThan(slow);
  const rows = REPORT.rows.map((row) => ({ ...row, kernels: undefined })) as unknown as GpuReport['rows'];
  expect(renderReport({ ...REPORT, rows })).toContain('no kernel was timed alone');
});

it('names what failed, in one line each, and says where nothing did', () => {
  const text = renderReport(REPORT);
  expect(text).toContain('| model | the whole table | its process ended (SIGSEGV): a \\| b |');
  expect(text).toContain('| layers | LoRA | device lost while running |');
  const well = { ...REPORT, tables: {}, rows: [] };
  expect(renderReport(well)).toContain('## Failures\n\nNone.');
});

it('has PEFT beside the same layer, or the reason why not', () => {
  expect(renderReport(REPORT)).toContain('PEFT was not measured: No module named torch');
  const seconds = { frozen: summary(5e-4), peft: summary(3e-3), derived: summary(1e-3) };
  const size = [512, 1024, 1024];
  const peft = {
    ...{ torch: '2.6.0', device: 'a card', tf32: false },
    rows: [
      { method: 'OFT b=32', size, seconds },
      { method: 'LoRA r=16', size, error: 'ImportError: no such method' },
    ],
  };
  const text = renderReport({ ...REPORT, peft });
  expect(text).toContain('| OFT b=32 (512, 1024, 1024) | 500 µs | 3.00 ms | 1.00 ms | 1.50 ms | 0.500× |');
  expect(text).toContain(
    '| LoRA r=16 (512, 1024, 1024) | – | failed: ImportError: no such method | – | – | – |',
  );
});

it('says of a software device that it is no GPU', () => {
  const adapter = { ...REPORT.adapter, isSoftware: true };
  expect(renderReport({ ...REPORT, adapter })).toContain('**This is a software device.**');
});

it('is not made without a GPU, unless a software device is asked for', () => {
  const software = { isSoftware: true, description: 'llvmpipe' };
  expect(refusal(undefined, false)).toContain('no WebGPU device');
  expect(refusal(undefined, true)).toContain('no WebGPU device');
  expect(refusal(software, false)).toMatch(/software \(llvmpipe\).*--gpu --software/);
  expect(refusal(software, true)).toBeUndefined();
  expect(refusal({ isSoftware: false, description: 'a card' }, false)).toBeUndefined();
});

it('has no paths of the machine', () => {
  const text = 'at file:///home/me/oftc/bench/index.ts, /home/me/oftc/dist and /home/me/.cache';
  expect(withoutPaths(text, '/home/me/oftc/', '/home/me')).toBe('at bench/index.ts, dist and ~/.cache');
});
