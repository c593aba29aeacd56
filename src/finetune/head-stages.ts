/** Makes the stages after the blocks: the head whole, or in pieces of the vocabulary that the device can hold. */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { OUTPUT_LAYER } from '../formats/config/names.ts';
import type { HostArray } from '../session/tensors.ts';
import type { Batch } from './batch.ts';
import type { Masks } from './dropout/dropout.ts';
import type { Adapted } from './models/adapted.ts';
import * as layers from './models/head.ts';
import { weightName } from './models/linear-layers.ts';
import { logitsBiasOf } from './models/registry.ts';
import type { Place, Value } from './place.ts';
import { type Counts, compileStages, LateStage, type Ran, type StageBytes } from './stage.ts';
import {
  gradientsIn,
  pathOf,
  rowsOf,
  sourceOf,
  type TrainedGradient,
  type Uploads,
  type Weights,
} from './uploads.ts';

/** The parts that a head is built from. */
export interface HeadParts {
  readonly place: Place;
  readonly config: ModelShape;
  readonly weights: Weights;
  readonly uploads: Uploads;
  /** The path before the last norm's name: `model`. */
  readonly root: string;
}

/** A layer that replaces the head's linear layer, and its tensors by path. */
export interface HeadAdapter {
  readonly adapted: Adapted;
  /** The layer in training, which has a mask where there is dropout. */
  readonly trained: Adapted;
  readonly tensors: Weights;
}

/** The loss, and the gradients of the last block's output and of the adapter's tensors, held until freed. */
export interface HeadGradient {
  readonly x: Value;
  readonly trained: ReadonlyMap<string, TrainedGradient>;
  loss(): Promise<number>;
  free(): void;
}

export interface Head {
  /** The logits (tokens, vocabulary). */
  logits(tokens: number, x: Value): Promise<HostArray>;
  loss(batch: Batch, x: Value): Promise<number>;
  /** `masks` has the mask of dropout of the adapter on the head. */
  gradient(batch: Batch, x: Value, masks?: Masks): Promise<HeadGradient>;
  /** Whether the adapter targets the head. */
  readonly trains: boolean;
  /** Whether the head's weight is held in pieces. */
  readonly isPieced: boolean;
  /** The factor of the gradients that follow from `gradient`. */
  readonly scale: number;
  /** Compiles what `gradient` runs on batches of these token counts. */
  compile(tokens: readonly number[]): Promise<void>;
  /** The bytes that `gradient` and its results take. */
  bytes(counts: Counts): Promise<StageBytes>;
  /** The operations of `gradient`. */
  operations(tokens: number): Promise<number>;
  dispose(): void;
}

/**
 * The factor of a loss whose gradient is taken. In f16 a power of two keeps the gradients of single tokens, which are
 * divided by the number of labels, above the least numbers of that format.
 */
const lossScale = ({ activations }: Place): number => (activations === 'f16' ? 1024 : 1);

const lossOf = async (r: Ran): Promise<number> => (await r.read('loss'))[0]!;

export async function wholeHead(
  { place, config: c, weights, uploads, root }: HeadParts,
  adapter?: HeadAdapter,
): Promise<Head> {
  const program = layers.logits(c, adapter?.adapted).trace();
  const logits = new LateStage(place, program);
  const loss = new LateStage(place, layers.loss(c, adapter?.adapted).trace());
  const gradient = new LateStage(place, layers.loss(c, adapter?.trained).trace(), { gradients: true });
  const drops = adapter?.trained.mask !== undefined;
  const slope = Float32Array.of(lossScale(place));
  const { inputs } = program;
  const from = sourceOf(layers.logits(c).trace(), weights, adapter?.tensors);
  const held = await uploads.all(inputs, root, from);
  const paths = new Map(inputs.filter((i) => i.role === 'trainable').map((i) => [i.name, pathOf(i, root)]));
  const tensors = () => ({ ...held, ...uploads.now(paths) });
  return {
    trains: paths.size > 0,
    isPieced: false,
    scale: lossScale(place),
    compile: (tokens) => gradient.compile(tokens),
    bytes: (counts) => gradient.bytes(counts, ['label', 'weight', gradName('loss')]),
    operations: (tokens) => gradient.operations(tokens),
    logits: async (tokens, x) => {
      const run = await logits.run(tokens, { ...tensors(), x });
      try {
        return await run.read('y');
      } finally {
        run.free();
      }
    },
    loss: async ({ tokens, label, weight }, x) => {
      const inputs = { ...tensors(), x, label, weight };
      // If the gradient stage is compiled, use it for the loss too: a loss stage would hold logits of its own.
      const run =
        gradient.isReady && !drops
          ? await gradient.run(tokens, { ...inputs, [gradName('loss')]: slope })
          : await loss.run(tokens, inputs);
      try {
        return await lossOf(run);
      } finally {
        run.free();
      }
    },
    gradient: async ({ tokens, label, weight }, x, masks) => {
      const given = { ...tensors(), ...masks, x, label, weight };
      const run = await gradient.run(tokens, { ...given, [gradName('loss')]: slope });
      const trained = gradientsIn(run, paths);
      return { x: run.values[gradName('x')]!, trained, loss: () => lossOf(run), free: () => run.free() };
    },
    dispose: () => {
      for (const s of [logits, loss, gradient]) s.dispose();
    },
  };
}

interface Piece {
  readonly first: number;
  readonly rows: number;
  /** The rows of the head's weight, and those of the logits' bias if there is one. */
  readonly tensors: Readonly<Record<string, Value>>;
  readonly logits: LateStage;
  readonly forward: LateStage;
  readonly slope: LateStage;
}

/**
 * A head in pieces of at most `rows` ids. `gradient` computes a piece's logits twice: for log Σ exp over all pieces,
 * and for the gradient of h. So only one piece's logits are stored at a time.
 */
export async function piecedHead(
  { place, config: c, weights, uploads, root }: HeadParts,
  rows: number,
): Promise<Head> {
  const only = (name: string) => (output: string) => output === gradName(name);
  const ends = layers.hasNorm(c) ? layers.lastNorm(c).trace() : undefined;
  const norm = ends && new LateStage(place, ends);
  const normSlope = ends && new LateStage(place, ends, { gradients: true, only: only('x') });
  const joined = new LateStage(place, layers.joined.trace());
  const total = new LateStage(place, layers.total.trace());
  const added = new LateStage(place, layers.added.trace(), { dims: { n: c.hiddenSize } });
  const stages = new Map<number, Pick<Piece, 'logits' | 'forward' | 'slope'>>();
  const stagesFor = (n: number) => {
    return getOrMake(stages, n, () => ({
      logits: new LateStage(place, layers.pieceLogits(c, n).trace()),
      forward: new LateStage(place, layers.piece(c, n).trace()),
      slope: new LateStage(place, layers.pieceSlope(c, n).trace(), {
        gradients: true,
        only: only('h'),
      }),
    }));
  };
  const tensors = await uploads.all(ends?.inputs ?? [], root, () => weights);
  const name = weightName(c, OUTPUT_LAYER);
  const read = await rowsOf(weights, name, c.hiddenSize);
  const stored = logitsBiasOf(c);
  const all = stored === undefined ? undefined : (await weights.read(stored)).data;
  const pieces: Piece[] = [];
  // The pieces are as even as possible, since pieces of one size share their stages.
  const most = Math.ceil(c.vocabSize / Math.ceil(c.vocabSize / rows));
  for (let first = 0; first < c.vocabSize; first += most) {
    const n = Math.min(most, c.vocabSize - first);
    const W = await uploads.hold(`${name}, rows from ${first}`, n * c.hiddenSize, () => read(first, n));
    const bias =
      all && (await uploads.hold(`${stored}, from ${first}`, n, () => all.subarray(first, first + n)));
    pieces.push({ first, rows: n, tensors: { W, ...(bias ? { bias } : {}) }, ...stagesFor(n) });
  }

  const norms = norm && normSlope ? [norm, normSlope] : [];
  const scale = Float32Array.of(lossScale(place));

  /** The labels as indices into a piece, and whether each lies in it. */
  const own = ({ first, rows: n }: Piece, label: Int32Array) => {
    const mine = (id: number) => id >= first && id < first + n;
    return {
      label: label.map((id) => (mine(id) ? id - first : 0)),
      inside: Float32Array.from(label, (id) => (mine(id) ? 1 : 0)),
    };
  };

  /** The loss, and the values that its gradient needs. The caller frees `runs`. */
  const forward = async ({ tokens, label, weight }: Batch, x: Value, runs: Ran[]) => {
    const run = async (stage: LateStage, inputs: Readonly<Record<string, Value>>) => {
      const r = await stage.run(tokens, inputs);
      runs.push(r);
      return r.values;
    };
    const h = norm ? (await run(norm, { ...tensors, x })).y! : x;
    let sums: Readonly<Record<string, Value>> | undefined;
    for (const p of pieces) {
      const next = await run(p.forward, { h, ...p.tensors, ...own(p, label) });
      sums = sums
        ? await run(joined, { a: sums.lse!, b: next.lse!, pickedA: sums.picked!, pickedB: next.picked! })
        : next;
    }
    const [lse, picked] = [sums!.lse!, sums!.picked!];
    await run(total, { lse, picked, weight });
    return { run, h, lse, loss: runs.at(-1)! };
  };

  return {
    trains: false,
    isPieced: true,
    scale: lossScale(place),
    compile: async (tokens) => {
      const sums = pieces.length > 1 ? [joined, added] : [];
      const parts = [...stages.values()].flatMap((s) => [s.forward, s.slope]);
      await compileStages(
        place,
        [total, ...norms, ...sums, ...parts].map((s) => [s, tokens] as const),
      );
    },
    bytes: async (counts) => {
      const own = new Map<LateStage, number>();
      let results = 0;
      const run = async (stage: LateStage, ...uploaded: string[]) => {
        const bytes = await stage.bytes(counts, uploaded);
        own.set(stage, bytes.own);
        results += bytes.results;
      };
      for (const s of norms) await run(s);
      await run(total, 'weight');
      for (const [i, { forward, slope }] of pieces.entries()) {
        await run(forward, 'label', 'inside');
        await run(slope, 'label', 'inside', 'weight', gradName('slope'));
        if (i > 0) for (const two of [joined, added]) await run(two);
      }
      return { own: [...own.values()].reduce((a, b) => a + b, 0), results };
    },
    operations: async (tokens) => {
      const each = await Promise.all(
        [
          ...[total, ...norms],
          ...pieces.flatMap((p, i) => [p.forward, p.slope, ...(i > 0 ? [joined, added] : [])]),
        ].map((s) => s.operations(tokens)),
      );
      return each.reduce((a, b) => a + b, 0);
    },
    logits: async (tokens, x) => {
      const all = new Float64Array(tokens * c.vocabSize);
      const run = await norm?.run(tokens, { ...tensors, x });
      try {
        const h = run?.values.y ?? x;
        for (const p of pieces) {
          const of = await p.logits.run(tokens, { h, ...p.tensors });
          const part = await of.read('y').finally(of.free);
          for (let i = 0; i < tokens; i++)
            all.set(part.subarray(i * p.rows, (i + 1) * p.rows), i * c.vocabSize + p.first);
        }
        return all;
      } finally {
        run?.free();
      }
    },
    loss: async (batch, x) => {
      const runs: Ran[] = [];
      try {
        return await lossOf((await forward(batch, x, runs)).loss);
      } finally {
        for (const r of runs) r.free();
      }
    },
    gradient: async (batch, x) => {
      const runs: Ran[] = [];
      const free = () => {
        for (const r of runs) r.free();
      };
      try {
        const { run, h, lse, loss } = await forward(batch, x, runs);
        const { label, weight } = batch;
        let slope: Value | undefined;
        for (const p of pieces) {
          const inputs = { h, ...p.tensors, ...own(p, label), lse, weight, [gradName('slope')]: scale };
          const next = (await run(p.slope, inputs))[gradName('h')]!;
          slope = slope ? (await run(added, { a: slope, b: next })).y! : next;
        }
        const back = normSlope && (await run(normSlope, { ...tensors, x, [gradName('y')]: slope! }));
        return { x: back?.[gradName('x')] ?? slope!, trained: new Map(), loss: () => lossOf(loss), free };
      } catch (failed) {
        free();
        throw failed;
      }
    },
    dispose: () => {
      const parts = [...stages.values()].flatMap((s) => [s.logits, s.forward, s.slope]);
      for (const s of [...norms, joined, total, added, ...parts]) s.dispose();
    },
  };
}
