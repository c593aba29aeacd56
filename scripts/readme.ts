/** Renders README.md's parts from the compiler and bench/results: picture, derived program, measured times. */
import '../src/node.ts';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CLASS } from '../compiler/devices/index.ts';
import { solveDims } from '../compiler/ir/bind.ts';
import type { Program } from '../compiler/ir/node.ts';
import { compileProgram } from '../compiler/pipeline.ts';
import { planCost } from '../kernels-gen/index.ts';
import { explain } from '../src/explain/index.ts';
import { Legend } from '../src/explain/legend.ts';
import { loadProgram } from '../src/language/load.ts';
import { planOf } from '../src/session/session.ts';
import { withParts } from './parts-of-page.ts';
import { PICTURED, weightOrInput } from './weight-or-input.ts';

const path = (of: string) => fileURLToPath(new URL(`../${of}`, import.meta.url));
const results = (table: string) => JSON.parse(readFileSync(path(`bench/results/${table}.json`), 'utf8'));

function pictured(program: Program, asWritten: boolean) {
  const sizes = solveDims(program, PICTURED.dims);
  const cost = (gradients: boolean) =>
    planCost(
      planOf(compileProgram(program, { gradients, sizes, asWritten }), { devices: [DEFAULT_CLASS] }),
      PICTURED.tokens,
    );
  return { forward: cost(false), training: cost(true) };
}

/** The training step as `oftc explain` prints it: outputs in the chosen order of products, and the names in them. */
function derivation(program: Program): string {
  const { training, legend } = explain(program, PICTURED);
  const { derived, groups } = training[0]!;
  const ordered = (formula: string): string =>
    groups
      .flatMap(({ chains, chosen }) => chains.map((c, i) => [c.factors, chosen[0]!.forms[i]!] as const))
      .reduce((text, [factors, form]) => text.replace(factors, form), formula);
  const names = new Legend(legend).for(derived);
  return ['```', ...derived.map(ordered), '', ...names.map(ordered), '```'].join('\n');
}

const SHOWN = ['no adapter', 'LoRA r=16', 'OFTv2 b=32', 'OFT as written'];
/** The names in the layers' table that differ from those in the models' table. */
const ALIAS: Readonly<Record<string, string>> = { 'no adapter': 'frozen layer' };

interface Measured {
  readonly contenders: Readonly<Record<string, { readonly seconds: { readonly wall: Interval } }>>;
}
interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const spoken = (s: number) => (s < 0.9995 ? `${(s * 1000).toPrecision(3)} ms` : `${s.toPrecision(3)} s`);
const ratio = ({ median, low, high }: Interval) =>
  `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** Times of a training step, with and without the derivation and beside LoRA. */
function measured(): string {
  const { sizes, machine } = results('layers');
  const { tokens, models } = results('model');
  const [model] = models;
  const { memory, ratios, config } = model;
  const row = (name: string, { contenders }: Measured) => {
    const times = SHOWN.map((s) => spoken((contenders[s] ?? contenders[ALIAS[s]!])!.seconds.wall.median));
    return `| ${[name, ...times].join(' | ')} |`;
  };
  const own = (name: string) => memory[name].allocated - memory['no adapter'].allocated;
  return [
    '| One training step | no adapter | LoRA, rank 16 | OFT, derived | OFT, as written |',
    '|---|--:|--:|--:|--:|',
    ...sizes.map(({ size, ...of }: Measured & { size: Record<string, number> }) =>
      row(`linear layer ${size.in} → ${size.out}, ${size.tokens} tokens`, of as Measured),
    ),
    row(`Llama of ${config.layers} layers, hidden ${config.hiddenSize}, ${tokens} tokens`, model),
    '',
    `Device: ${machine.device.split(':')[0]}${machine.driver === 'mesa software' ? `, which is Vulkan on the processor, ${machine.cores} cores` : ''}. In that Llama, derived OFT takes`,
    `${ratio(ratios['OFTv2 / LoRA'].wall)} of LoRA’s time and ${(own('OFTv2 b=32') / own('LoRA r=16')).toFixed(2)} of its adapter’s memory. Medians; brackets hold 95 % intervals.`,
  ].join('\n');
}

/** The speed of one product beside other libraries'. */
function peers(): string {
  const { shape, overBest } = results('kernels').shapes[0];
  return [
    `Kernels are tuned for processors with vectors of 8 floats. A product of ${shape.m}×${shape.m} matrices runs there`,
    `${ratio(overBest.f32.wall)} times as fast as in the best of onnxruntime, jax-js and tfjs (\`npm run bench -- kernels\`).`,
  ].join('\n');
}

/** Renders README.md with its computed parts, and the picture. */
export function renderReadme(): { readonly readme: string; readonly picture: string } {
  const { program } = loadProgram(path('examples/oft.ts'), {});
  const parts: Readonly<Record<string, string>> = {
    derived: derivation(program),
    measured: measured(),
    peers: peers(),
  };
  const old = readFileSync(path('README.md'), 'utf8');
  const readme = withParts('README.md', old, parts);
  return { readme, picture: weightOrInput(pictured(program, true), pictured(program, false)) };
}
