/**
 * Trains a small Stable Diffusion 3 on drawings by rectified flow, and then an adapter on it: `npx tsx scripts/flow
 * FOLDER [--steps 800] [--adapter-steps 200] [--device cpu]`.
 *
 * The model learns dark drawings on a light ground, all its weights. Then these are frozen, and OFT on all projections of
 * both blocks learns negatives. FOLDER gets the losses (metrics-*.jsonl), charts, drawings that the models make, and both
 * models' tensors.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { oft } from '../../src/adapters/oft.ts';
import { AdamW } from '../../src/finetune/adamw.ts';
import type { ModuleAdapters } from '../../src/finetune/by-module.ts';
import { jointRanges } from '../../src/finetune/diffusion/mm-dit.ts';
import { type Charted, lossChart } from '../../src/finetune/loop/chart.ts';
import { openPlace, type Place, type PlacedTensor, type Value } from '../../src/finetune/place.ts';
import { Stage } from '../../src/finetune/stage.ts';
import { writeSafetensors } from '../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../src/session/tensors.ts';
import { random } from '../../src/start/random.ts';
import { CONTEXT, draw, indexOf, normal, PATCHES, PIXELS, SIDE, WORDS } from './drawings.ts';
import { adaptersOf, FEATURES, FIRST, LAST, newWeights, programsOf, startsOf } from './model.ts';

const SEED = 1;
const [BATCH, HELD_OUT, EVERY] = [32, 128, 25];
const RATES = { model: 3e-3, adapter: 1e-2 };
/** The block size of OFT. */
const BLOCK = 16;
/** The steps from noise to a drawing, and the drawings made. */
const [EULER, MADE] = [24, 24];

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '800' },
    'adapter-steps': { type: 'string', default: '200' },
    device: { type: 'string', default: 'gpu' },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) throw new Error('name a folder for the results: npx tsx scripts/flow FOLDER');

/** Cosines and sines of the time t in [0, 1], at frequencies from 1000 on downwards. */
const timeFeatures = (t: number): number[] =>
  Array.from({ length: FEATURES }, (_, i) => {
    const half = FEATURES / 2;
    const angle = 1000 * t * 10_000 ** (-(i % half) / half);
    return i < half ? Math.cos(angle) : Math.sin(angle);
  });

type Inputs = Readonly<Record<string, Value>>;

const rangesOf = (samples: number): Inputs => ({
  seen: jointRanges(FIRST, samples).seen!,
  seenByLast: jointRanges(LAST, samples).seen!,
});

/** A batch: x = (1 − t)·drawing + t·noise, whose velocity is noise − drawing. */
function batchOf(next: () => number, samples: number, negative: boolean): Inputs {
  const pixels = PATCHES * PIXELS;
  const [noisy, target] = [new Float32Array(samples * pixels), new Float32Array(samples * pixels)];
  const [time, words] = [new Float32Array(samples * FEATURES), new Int32Array(samples * CONTEXT)];
  for (let n = 0; n < samples; n++) {
    const drawing = draw(next, negative);
    // Times are logit-normal, as Stable Diffusion 3 draws them.
    const t = 1 / (1 + Math.exp(-normal(next)));
    words.set(drawing.words, n * CONTEXT);
    time.set(timeFeatures(t), n * FEATURES);
    for (const [i, x] of drawing.patches.entries()) {
      const noise = normal(next);
      noisy[n * pixels + i] = (1 - t) * x + t * noise;
      target[n * pixels + i] = noise - x;
    }
  }
  return { noisy, target, time, words, ...rangesOf(samples) };
}

/** A model's tensors at a place, of which some are trained. */
class Held {
  readonly place: Place;
  readonly trained = new Map<string, PlacedTensor>();
  readonly #paths: ReadonlyMap<string, string>;
  readonly #frozen: Record<string, Value> = {};

  constructor(place: Place, { inputs }: Program, weights: ReadonlyMap<string, HostTensor>) {
    this.place = place;
    const own = inputs.flatMap(({ name, stored, role }) =>
      stored === undefined ? [] : [{ name, stored, role }],
    );
    for (const { name, stored, role } of own) {
      const held = place.hold(stored, Float32Array.from(weights.get(stored)!.data));
      if (role === 'trainable') this.trained.set(stored, held);
      else this.#frozen[name] = held.value;
    }
    this.#paths = new Map(own.filter(({ role }) => role === 'trainable').map((i) => [i.name, i.stored]));
  }

  get paths(): ReadonlyMap<string, string> {
    return this.#paths;
  }

  replace(path: string, value: PlacedTensor): void {
    this.trained.get(path)!.free();
    this.trained.set(path, value);
  }

  tensors(): Record<string, Value> {
    const now = [...this.#paths].map(([name, path]) => [name, this.trained.get(path)!.value]);
    return { ...this.#frozen, ...Object.fromEntries(now) };
  }
}

interface Training {
  readonly name: 'model' | 'adapter';
  readonly negative: boolean;
  readonly steps: number;
  readonly adapters?: readonly ModuleAdapters[];
}

/** Trains on a place, from the weights given. Writes the results, and returns all weights. */
async function train(
  place: Place,
  weights: ReadonlyMap<string, HostTensor>,
  { name, negative, steps, adapters }: Training,
): Promise<Map<string, HostTensor>> {
  const programs = programsOf(adapters);
  const held = new Held(place, programs.loss, weights);
  const wanted = [...held.paths.keys()].map(gradName);
  const gradient = await Stage.prepare(place, programs.loss, {
    gradients: true,
    only: (output) => output === 'loss' || wanted.includes(output),
  });
  const forward = await Stage.prepare(place, programs.loss);
  const optimizer = await AdamW.prepare(held, { rate: RATES[name], betas: [0.9, 0.99], decay: 0 });
  const heldOut = batchOf(random(SEED + 1000), HELD_OUT, negative);
  const next = random(SEED + (negative ? 1 : 0));
  const metrics: Charted[] = [];
  const evaluate = async (step: number) => {
    const ran = await forward.run(HELD_OUT, { ...held.tensors(), ...heldOut });
    const loss = (await ran.read('loss'))[0]!;
    ran.free();
    metrics.push({ step, heldOut: loss });
    console.log(`${name} after ${step} steps: held-out loss ${loss.toFixed(4)}`);
  };
  await evaluate(0);
  for (let step = 1; step <= steps; step++) {
    const given = { ...held.tensors(), ...batchOf(next, BATCH, negative) };
    const ran = await gradient.run(BATCH, { ...given, [gradName('loss')]: Float32Array.of(1) });
    const loss = (await ran.read('loss'))[0]!;
    const rate =
      RATES[name] * Math.min(1, step / 20) * (0.5 + 0.5 * Math.cos((Math.PI * step) / (steps + 1)));
    const gradients = [...held.paths].map(([n, path]) => [path, ran.values[gradName(n)]!] as const);
    await optimizer.step({ values: new Map(gradients) }, rate);
    await optimizer.done();
    ran.free();
    metrics.push({ step, loss });
    if (step % EVERY === 0 || step === steps) await evaluate(step);
  }
  const trained = new Map(weights);
  for (const [path, t] of held.trained)
    trained.set(path, { data: await t.read(), shape: weights.get(path)!.shape });
  writeFileSync(
    join(folder!, `metrics-${name}.jsonl`),
    metrics.map((m) => `${JSON.stringify(m)}\n`).join(''),
  );
  const title =
    name === 'model' ? 'Rectified flow on drawings, all weights' : 'Rectified flow on negatives, OFT';
  writeFileSync(join(folder!, `${name}.svg`), lossChart(metrics, title));
  const velocity = await Stage.prepare(place, programs.velocity);
  writeFileSync(join(folder!, `${name}-drawings.svg`), await made(velocity, held));
  await writeSafetensors(
    join(folder!, `${name}.safetensors`),
    [...held.paths.values()].map((path) => ({
      name: path,
      dtype: 'F32' as const,
      ...trained.get(path)!,
    })) as never,
  );
  for (const stage of [gradient, forward, velocity]) stage.dispose();
  return trained;
}

/** Drawings made from noise along the velocity, as SVG with their words. */
async function made(velocity: Stage, held: Held): Promise<string> {
  const next = random(SEED + 2);
  const words = Int32Array.from(Array.from({ length: MADE }, () => draw(next, false).words).flat());
  const x = Float32Array.from({ length: MADE * PATCHES * PIXELS }, () => normal(next));
  for (let step = 0; step < EULER; step++) {
    const time = Float32Array.from(Array.from({ length: MADE }, () => timeFeatures(1 - step / EULER)).flat());
    const ran = await velocity.run(MADE, { ...held.tensors(), ...rangesOf(MADE), noisy: x, words, time });
    const v = await ran.read('velocity');
    ran.free();
    for (const i of x.keys()) x[i]! -= v[i]! / EULER;
  }
  const [scale, gap, columns] = [5, 26, 6];
  const cell = SIDE * scale + gap;
  const shown = Array.from({ length: MADE }, (_, n) => {
    const at = [(n % columns) * cell + gap / 2, Math.floor(n / columns) * cell + 4] as const;
    const text = [...words.subarray(n * CONTEXT, (n + 1) * CONTEXT)].map((w) => WORDS[w]).join(' ');
    const drawn = pathsOf(x.subarray(n * PATCHES * PIXELS, (n + 1) * PATCHES * PIXELS), at, scale);
    return `${drawn}<text x="${at[0] + (SIDE * scale) / 2}" y="${at[1] + SIDE * scale + 13}" text-anchor="middle">${text}</text>`;
  });
  const [width, height] = [columns * cell, Math.ceil(MADE / columns) * cell];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="9" shape-rendering="crispEdges">\n<rect width="100%" height="100%" fill="#fff"/>\n${shown.join('\n')}\n</svg>\n`;
}

/** The runs of a drawing's pixels, as a path for each of 16 greys. */
function pathsOf(patches: Float32Array, [left, top]: readonly [number, number], scale: number): string {
  const greyOf = (px: number, py: number) =>
    Math.round(7.5 * (1 - Math.max(-1, Math.min(1, patches[indexOf(px, py)]!)))).toString(16);
  const paths = new Map<string, string>();
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; ) {
      const grey = greyOf(x, y);
      let end = x + 1;
      while (end < SIDE && greyOf(end, y) === grey) end++;
      const run = `M${left + x * scale} ${top + y * scale}h${(end - x) * scale}v${scale}h${(x - end) * scale}z`;
      paths.set(grey, (paths.get(grey) ?? '') + run);
      x = end;
    }
  return [...paths].map(([grey, d]) => `<path fill="#${grey.repeat(3)}" d="${d}"/>`).join('');
}

mkdirSync(folder, { recursive: true });
const place = await openPlace(values.device === 'cpu' ? 'cpu' : 'gpu');
const start = newWeights(programsOf().loss.inputs, random(SEED));
const model = await train(place, start, { name: 'model', negative: false, steps: Number(values.steps) });
const adapters = adaptersOf({ source: oft, dims: { b: BLOCK } });
const starts = await startsOf(adapters, model, SEED);
await train(place, new Map([...model, ...starts]), {
  ...{ name: 'adapter', negative: true, steps: Number(values['adapter-steps']), adapters },
});
place.dispose();
