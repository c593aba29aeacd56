/** `npm run demo`: shows the example, its derivation, PEFT's numbers beside its own, and the savings. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Span } from '../../compiler/errors/span.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { type ExplainedDerivation, explain } from '../explain/index.ts';
import { Legend } from '../explain/legend.ts';
import { tokenRanges } from '../explain/token-ranges.ts';
import { duration, short } from '../explain/units.ts';
import { loadProgram, newFrontEnd } from '../language/load.ts';
import { openDevice } from '../session/backends/gpu.ts';
import { report } from './cli.ts';
import { compareWithPeft, TOLERANCE } from './demo-golden.ts';
import { measure, type Sizes } from './demo-timing.ts';
import { EXIT } from './exit.ts';
import { howToInstall } from './install.ts';
import { type Io, print, say, withProgress } from './io.ts';
import { packageRoot } from './package.ts';
import { place } from './place.ts';
import { processStreams } from './streams.ts';

const GPU_SIZES: Sizes = { tokens: 512, dims: { in: 1024, out: 1024, b: 32 } };
/** The CPU sizes are small, because the reference computes every element in JavaScript. */
const CPU_SIZES: Sizes = { tokens: 32, dims: { in: 128, out: 128, b: 16 } };
const PAIRS = 5;

async function demo(on: 'gpu' | 'cpu', io: Io): Promise<number> {
  const device = on === 'cpu' ? 'cpu' : await openDevice();
  try {
    const file = join(packageRoot(), 'examples/oft.ts');
    const frontEnd = newFrontEnd();
    const { program } = loadProgram(file, {}, frontEnd);
    showDerivation(program, (span) => place(frontEnd.locate(span)), io);
    const name = device === 'cpu' ? 'the float64 reference' : device.adapterInfo.description;
    const right = await showNumbers(program, device, name, io);
    await showSavings(program, device, name, on === 'cpu' ? CPU_SIZES : GPU_SIZES, io);
    return right ? EXIT.ok : EXIT.refused;
  } finally {
    if (device !== 'cpu') device.destroy();
  }
}

function showDerivation(program: Program, locate: (span: Span) => string, io: Io) {
  const e = explain(program, { locate, dims: GPU_SIZES.dims, tokens: GPU_SIZES.tokens });
  print(io, ['1. You write (examples/oft.ts)', ...e.formula.map((f) => `     ${f}`), ''].join('\n'));
  print(io, '2. oftc derives, by these laws (`oftc explain examples/oft.ts --full` shows where):');
  const [most] = e.training as [ExplainedDerivation];
  const laws = new Set(most.steps.map((s) => `     ${s.rule}   ${s.law}`));
  for (const law of laws) print(io, law);
  print(io, ['   which gives', ...most.derived.map((d) => `     ${d}`)].join('\n'));
  const names = new Legend(e.legend).for(most.derived);
  print(io, ['   with', ...names.map((l) => `     ${l}`)].join('\n'));
  for (const group of most.groups) {
    print(io, `   Of ${group.associations} ways to associate forward and gradients together, it takes`);
    for (const choice of group.chosen)
      print(io, `     ${choice.forms.join('   ')}   for ${tokenRanges([choice])}`);
  }
}

async function showNumbers(program: Program, device: GPUDevice | 'cpu', name: string, io: Io) {
  const fixture = join(packageRoot(), 'test/fixtures/layers/oft-b32-n5/tensors.safetensors');
  const rows = await withProgress(io, 'Running', () => compareWithPeft(program, fixture, device));
  print(io, `\n3. Forward and backward on ${name}, beside PEFT's own layer`);
  print(io, "   (PEFT's output less its layer's bias, which the example does not have)");
  const number = (n: number) => n.toPrecision(6).padStart(12);
  for (const r of rows) {
    print(
      io,
      `   ${r.name.padEnd(8)} [${r.shape.join(', ')}]   relative difference ${r.difference.toExponential(1)}`,
    );
    print(
      io,
      `     PEFT  ${r.expected.map(number).join('')} …\n     oftc  ${r.actual.map(number).join('')} …`,
    );
  }
  const right = rows.every((r) => r.difference <= TOLERANCE);
  print(
    io,
    right
      ? `   all within ${TOLERANCE.toExponential()}`
      : `   NOT within ${TOLERANCE.toExponential()}: oftc is wrong on this device`,
  );
  return right;
}

async function showSavings(program: Program, device: GPUDevice | 'cpu', name: string, sizes: Sizes, io: Io) {
  const { derived, written, ratio } = await withProgress(io, 'Timing', () =>
    measure(program, device, sizes, PAIRS),
  );
  const at = Object.entries({ tokens: sizes.tokens, ...sizes.dims }).map(([n, v]) => `${n}=${v}`);
  print(io, `\n4. The same source with and without the derivation, ${at.join(', ')}`);
  print(io, `   forward + backward on ${name}, ${PAIRS} interleaved pairs`);
  print(io, '                     median       fastest       slowest   temporary memory');
  for (const [label, m] of [
    ['as written', written],
    ['derived', derived],
  ] as const) {
    const times = [m.median, m.fastest, m.slowest].map((t) => duration(t).padStart(14)).join('');
    print(io, `   ${label.padEnd(12)}${times}${`${short(m.temporaryBytes)}B`.padStart(19)}`);
  }
  print(io, `   as written takes ${ratio.toFixed(2)} times as long (median over pairs)`);
}

const command = new Command('demo')
  .addOption(new Option('--device <device>').choices(['gpu', 'cpu']).default('gpu'))
  .parse();
const io: Io = { ...processStreams(), color: true, json: false };
try {
  process.exitCode = await demo(command.opts<{ device: 'gpu' | 'cpu' }>().device, io);
} catch (error) {
  if (error instanceof OftcRuntimeError && error.code === 'DeviceMissing') {
    const cpu = 'Without one, the whole demo runs on the float64 reference:\n  npm run demo -- --device cpu';
    say(io, `No WebGPU device.\n${howToInstall()}\n${cpu}`);
    process.exitCode = EXIT.device;
  } else process.exitCode = await report(error, io);
}
