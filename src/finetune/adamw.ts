/** AdamW as in torch.optim.AdamW (Loshchilov and Hutter, arXiv 1711.05101): a layer that runs on every tensor. */
import { padded } from '../../runtime/schedule.ts';
import { frozen, input, layer, sqrt } from '../language/dsl/index.ts';
import type { HostArray } from '../session/tensors.ts';
import type { Gradients, Model } from './model-run.ts';
import { type PlacedTensor, placedOn } from './place.ts';
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

/** The result of a tensor's last step; before the first, its means, which are zero or a checkpoint's. */
type State = Ran | { readonly first: readonly [m: PlacedTensor, v: PlacedTensor] };

/** The running means of a tensor's g and g². */
export interface Moments {
  readonly m: HostArray;
  readonly v: HostArray;
}

/** The part of a model that the optimiser reads and changes: its trained tensors, and the place that holds them. */
export type Trainee = Pick<Model, 'place' | 'trained' | 'replace'>;

/** The optimiser of every trained tensor of a model's adapter. */
export class AdamW {
  readonly #model: Trainee;
  readonly #stage: Stage;
  readonly #options: Required<AdamWOptions>;
  readonly #states = new Map<string, State>();
  #taken = 0;

  private constructor(model: Trainee, stage: Stage, options: Required<AdamWOptions>) {
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
  async step(gradients: Pick<Gradients, 'values'>, rate = this.#options.rate, scale = 1): Promise<void> {
    const { betas, decay } = this.#options;
    this.#taken++;
    const [first, second] = betas.map((b) => 1 - b ** this.#taken) as [number, number];
    const scalars = {
      scale: Float32Array.of(scale),
      kept: Float32Array.of(1 - rate * decay),
      rate: Float32Array.of(rate / first),
      root: Float32Array.of(1 / Math.sqrt(second)),
    };
    for (const [path, g] of gradients.values) {
      const p = this.#model.trained.get(path)!;
      const old = this.#states.get(path) ?? { first: [this.#zeros(p.elements), this.#zeros(p.elements)] };
      const { m, v } =
        'first' in old
          ? { m: old.first[0].value, v: old.first[1].value }
          : (old.values as Record<'m' | 'v', PlacedTensor['value']>);
      const next = await this.#stage.run(p.elements, { ...scalars, p: p.value, g, m, v });
      this.#states.set(path, next);
      const { elements } = p;
      const read = () => next.read('p');
      this.#model.replace(path, { value: next.values.p!, elements, read, free: () => {} });
      if ('first' in old) for (const h of old.first) h.free();
      else old.free();
    }
  }

  /** The running means by tensor path; none before the first step. */
  async moments(): Promise<ReadonlyMap<string, Moments>> {
    const all = new Map<string, Moments>();
    for (const [path, s] of this.#states) {
      const [m, v] =
        'first' in s
          ? [await s.first[0].read(), await s.first[1].read()]
          : [await s.read('m'), await s.read('v')];
      all.set(path, { m, v });
    }
    return all;
  }

  /** Continues after `taken` steps of a checkpoint; to be called before the first step. */
  restore(taken: number, moments: ReadonlyMap<string, Moments>): void {
    this.#taken = taken;
    const { place } = this.#model;
    for (const [path, { m, v }] of moments)
      this.#states.set(path, { first: [placedOn(place, 'm', m), placedOn(place, 'v', v)] });
  }

  #zeros(elements: number): PlacedTensor {
    return this.#model.place.hold('a running mean', new Float32Array(elements));
  }

  /** Device memory of the running means and of the stage, and the peak that a step adds. */
  bytes(): { readonly means: number; readonly stage: number; readonly step: number } {
    const elements = [...this.#model.trained.values()].map((held) => held.elements);
    const sizes = elements.map((n) => padded(4 * n));
    return {
      means: 2 * sizes.reduce((a, b) => a + b, 0),
      stage: this.#stage.bytes(countsOf(elements), SCALARS).own,
      // A step holds a tensor's new value and means besides the old ones.
      step: 3 * Math.max(0, ...sizes),
    };
  }

  /** The operations of a step. */
  async operations(): Promise<number> {
    const each = [...this.#model.trained.values()].map((t) => this.#stage.operations(t.elements));
    return (await Promise.all(each)).reduce((a, b) => a + b, 0);
  }

  /** Resolves when the last step is done; rejects with its error. */
  async done(): Promise<void> {
    await Promise.all([...this.#states.values()].map((s) => ('first' in s ? undefined : s.done())));
  }

  /** Frees the running means and the trained adapter: read the adapter first. */
  dispose(): void {
    for (const s of this.#states.values()) if (!('first' in s)) s.free();
    this.#stage.dispose();
  }
}
