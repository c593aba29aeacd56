/** AdamW as in torch.optim.AdamW (Loshchilov and Hutter, arXiv 1711.05101): a layer that runs on every tensor. */
import { frozen, input, layer, sqrt } from '../language/dsl/index.ts';
import type { HostArray } from '../session/tensors.ts';
import { type Bucket, bucketsOf, bytesOf, type Joined, joined, joinedBytes } from './buckets.ts';
import type { Gradients, Model } from './model-run.ts';
import { type PlacedTensor, placedOn, type Value } from './place.ts';
import { countsOf, type Ran, Stage } from './stage.ts';

/** The decay rates of the running means of g and g²: at least 0, below 1. */
export type Betas = readonly [first: number, second: number];

export interface AdamWOptions {
  readonly rate: number;
  readonly betas?: Betas;
  /** The ε added to the root, outside of it. */
  readonly epsilon?: number;
  /** The decoupled weight decay: each step shrinks weights by rate·decay, whatever their gradient. */
  readonly decay?: number;
}

/**
 * The update p ← p·(1 − rate·decay) − rate/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε), with m and v the running means of g and
 * g². Factors that depend on the step t are inputs. A tensor's elements are its tokens.
 */
export const adamW = layer(
  (_: { beta1: number; beta2: number; epsilon: number }) => ({
    p: input('tokens'),
    g: input('tokens'),
    m: input('tokens'),
    v: input('tokens'),
    /** The factor of g: below 1 if gradients are clipped. */
    scale: frozen(1),
    /** 1 − rate·decay */
    kept: frozen(1),
    /** rate/(1 − β₁ᵗ) */
    rate: frozen(1),
    /** 1/√(1 − β₂ᵗ) */
    root: frozen(1),
  }),
  ({ p, g: given, m, v, scale, kept, rate, root }, { beta1, beta2, epsilon }) => {
    const g = given.mul(scale);
    const mean = m.mul(beta1).add(g.mul(1 - beta1));
    const square = v.mul(beta2).add(g.mul(g).mul(1 - beta2));
    const direction = mean.div(sqrt(square).mul(root).add(epsilon));
    return { p: p.mul(kept).sub(direction.mul(rate)), m: mean, v: square };
  },
  { name: 'adamW', config: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
);

const SCALARS = ['scale', 'kept', 'rate', 'root'] as const;

/** A bucket's values after its last step; before the first, the means are zero or a checkpoint's. */
interface State {
  readonly p: Value;
  readonly m: Value;
  readonly v: Value;
  /** Reads a mean. */
  read(name: 'm' | 'v'): Promise<HostArray>;
  done(): Promise<void>;
  free(): void;
}

/** The running means of a tensor's g and g². */
export interface Moments {
  readonly m: HostArray;
  readonly v: HostArray;
}

/** Running means whose values by path another function has changed: `changed` gets those of g, and then those of g². */
export function momentsOf(
  moments: ReadonlyMap<string, Moments>,
  changed: (values: ReadonlyMap<string, HostArray>) => ReadonlyMap<string, HostArray>,
): Map<string, Moments> {
  const of = (kind: 'm' | 'v') => changed(new Map([...moments].map(([path, one]) => [path, one[kind]])));
  const v = of('v');
  return new Map([...of('m')].map(([path, m]) => [path, { m, v: v.get(path)! }]));
}

/** The part of a model that the optimiser reads and changes: its trained tensors, and the place that holds them. */
export type Trainee = Pick<Model, 'place' | 'trained' | 'replace'>;

/** The optimiser of every trained tensor of a model's adapter. From its first step on, it alone changes them. */
export class AdamW {
  readonly buckets: readonly Bucket[];
  readonly #model: Trainee;
  readonly #stage: Stage;
  readonly #options: Required<AdamWOptions>;
  readonly #states: State[] = [];
  #taken = 0;

  private constructor(model: Trainee, stage: Stage, options: Required<AdamWOptions>) {
    this.buckets = bucketsOf(model.trained, model.place.joins);
    this.#model = model;
    this.#stage = stage;
    this.#options = options;
  }

  static async prepare(
    model: Trainee,
    { rate, betas = [0.9, 0.999], epsilon = 1e-8, decay = 0.01 }: AdamWOptions,
  ): Promise<AdamW> {
    const program = adamW.trace({ beta1: betas[0], beta2: betas[1], epsilon });
    const stage = await Stage.prepare(model.place, program);
    return new AdamW(model, stage, { rate, betas, epsilon, decay });
  }

  /** Takes one step along scale · gradients; a learning-rate schedule passes `rate`. */
  async step(gradients: Pick<Gradients, 'values'>, rate?: number, scale?: number): Promise<void> {
    const all = await joined(this.#model.place, 'gradients', this.buckets, (p) => gradients.values.get(p)!);
    await this.stepAlong(
      all.map((g) => g.value),
      rate,
      scale,
    );
    for (const g of all) g.free();
  }

  /** Takes one step along scale · gradients, which are joined to buckets. */
  async stepAlong(gradients: readonly Value[], rate = this.#options.rate, scale = 1): Promise<void> {
    const { betas, decay } = this.#options;
    this.#taken++;
    const [first, second] = betas.map((b) => 1 - b ** this.#taken) as [number, number];
    const scalars = {
      scale: Float32Array.of(scale),
      kept: Float32Array.of(1 - rate * decay),
      rate: Float32Array.of(rate / first),
      root: Float32Array.of(1 / Math.sqrt(second)),
    };
    if (this.#states.length === 0) await this.#begin();
    for (const [n, bucket] of this.buckets.entries()) {
      const old = this.#states[n]!;
      const { p, m, v } = old;
      const ran = await this.#stage.run(bucket.elements, { ...scalars, p, g: gradients[n]!, m, v });
      this.#states[n] = after(ran);
      this.#replace(bucket, ran);
      old.free();
    }
  }

  /** Makes the state before the first step; without means of a checkpoint, they are zero. */
  async #begin(moments?: ReadonlyMap<string, Moments>): Promise<void> {
    const { place, trained } = this.#model;
    const all = await joined(place, 'the adapter', this.buckets, (path) => trained.get(path)!.value);
    for (const [n, bucket] of this.buckets.entries()) {
      const mean = (name: 'm' | 'v') => {
        const parts = moments && bucket.parts.map(({ path }) => moments.get(path)![name]);
        return placedOn(place, 'a running mean', concatenated(bucket, parts));
      };
      this.#states.push(before(all[n]!, mean('m'), mean('v')));
    }
    await place.checked();
  }

  /** Gives a bucket's new values to the model. */
  #replace({ parts, elements }: Bucket, ran: Ran): void {
    const { place, trained } = this.#model;
    const p = ran.values.p!;
    const [{ path }, ...others] = parts as [Bucket['parts'][number], ...Bucket['parts']];
    if (others.length === 0)
      this.#model.replace(path, { value: p, elements, read: () => ran.read('p'), free: () => {} });
    else
      place.copy(
        parts.map((t) => ({
          ...{ from: p, first: t.at, count: t.elements },
          ...{ to: trained.get(t.path)!.value, at: 0 },
        })),
      );
  }

  /** The running means by tensor path; none before the first step. */
  async moments(): Promise<ReadonlyMap<string, Moments>> {
    const all = new Map<string, Moments>();
    for (const [n, state] of this.#states.entries()) {
      const [m, v] = [await state.read('m'), await state.read('v')];
      for (const { path, at, elements } of this.buckets[n]!.parts)
        all.set(path, { m: m.slice(at, at + elements), v: v.slice(at, at + elements) });
    }
    return all;
  }

  /** Continues after `taken` steps of a checkpoint, or starts again where it has no means, as before the first step. */
  async restore(taken: number, moments: ReadonlyMap<string, Moments>): Promise<void> {
    this.#taken = taken;
    for (const s of this.#states.splice(0)) s.free();
    await this.#model.place.checked();
    if (moments.size > 0) await this.#begin(moments);
  }

  /** Device memory of what stays between steps, of the stage, and the peak that a step adds. */
  bytes(): { readonly means: number; readonly stage: number; readonly step: number } {
    const sizes = this.buckets.map(bytesOf);
    return {
      // A joined bucket has a copy of the adapter beside its means.
      means: 2 * sizes.reduce((a, b) => a + b, 0) + joinedBytes(this.buckets),
      stage: this.#stage.bytes(countsOf(this.buckets.map((b) => b.elements)), SCALARS).own,
      // A step holds a bucket's new values and means besides the old ones.
      step: 3 * Math.max(0, ...sizes),
    };
  }

  /** The operations of a step. */
  async operations(): Promise<number> {
    const each = await Promise.all(this.buckets.map((b) => this.#stage.operations(b.elements)));
    return each.reduce((a, b) => a + b, 0);
  }

  /** Resolves when the last step is done; rejects with its error. */
  async done(): Promise<void> {
    await Promise.all(this.#states.map((s) => s.done()));
    await this.#model.place.checked();
  }

  /** Frees the running means, and the trained tensors that have a bucket alone: read the adapter first. */
  dispose(): void {
    for (const s of this.#states) s.free();
    this.#stage.dispose();
  }
}

/** The state before a step. */
const before = (p: Joined, m: PlacedTensor, v: PlacedTensor): State => ({
  ...{ p: p.value, m: m.value, v: v.value },
  read: (name) => ({ m, v })[name].read(),
  done: async () => {},
  free: () => {
    for (const held of [p, m, v]) held.free();
  },
});

/** The state after a step, whose results it holds. */
function after(ran: Ran): State {
  const { p, m, v } = ran.values as Record<'p' | 'm' | 'v', Value>;
  return { p, m, v, read: (name) => ran.read(name), done: () => ran.done(), free: () => ran.free() };
}

/** The elements of a bucket's parts, one part after another; zeros if there are none. */
function concatenated({ elements, parts }: Bucket, data: readonly HostArray[] | undefined): HostArray {
  if (data?.length === 1) return data[0]!;
  const all = new Float32Array(elements);
  for (const [n, { at }] of parts.entries()) if (data) all.set(data[n]!, at);
  return all;
}
