/** The ways to associate the chains of a group together, with the sub-products that are formed once for several. */
import { ChainForms, type Context, type Form, NO_COUNTS, type Option } from './chain-forms.ts';
import { type Chain, type Group, intervals } from './chains.ts';
import { addCost, type Cost, NO_COST } from './cost.ts';
import { addCounts, type Counts, countsOf, undominated } from './pareto.ts';
import { Products } from './products.ts';

/** One way to compute the chains of a group. `roots[i]` is the product of chain i. */
export interface Candidate<N> {
  readonly roots: readonly N[];
  readonly cost: Cost;
}

/** A linked list of forms, from the last one back. */
interface Forms {
  readonly before: Forms | undefined;
  readonly form: Form;
}

/**
 * A choice for a group: the ids of the sub-products that are formed once, then a form of each of them and of each
 * chain. It holds for every group that is the same problem.
 */
export interface Joint {
  readonly once: readonly number[];
  readonly forms: Forms | undefined;
  readonly counts: Counts;
}

/** A sub-product as a chain, and its memory: none where it is a chain's result, which is needed anyway. */
interface SubProduct<N, C extends Chain<N>> {
  readonly chain: ChainForms<N, C>;
  readonly cost: Cost;
  readonly memory: Counts;
}

/** A group's chains and shareable sub-products, prepared once for all choices of sub-products to form once. */
export class GroupForms<N, C extends Chain<N> = Chain<N>> {
  readonly chains: readonly ChainForms<N, C>[];
  /** The sub-products that may be formed once, by their keys, shortest first. */
  readonly shared: ReadonlyMap<string, SubProduct<N, C>>;
  /** For each sub-product, what could use it: chains of the group, and longer sub-products by their keys. */
  readonly takers: ReadonlyMap<string, readonly (ChainForms<N, C> | string)[]>;
  /** The ids of the shareable sub-products, by their keys. */
  readonly ids: ReadonlyMap<string, number>;
  readonly #most: number;

  constructor(group: Group<C>, given: Omit<Context<N, C>, 'ids' | 'products'>) {
    const { algebra, subs } = given;
    this.ids = new Map(group.shareable.map((key, id) => [key, id]));
    const context: Context<N, C> = { ...given, ids: this.ids, products: new Products() };
    this.#most = context.most;
    this.chains = group.chains.map((c) => new ChainForms(c, context));
    const results = new Set(group.chains.filter((c) => !c.projected).map((c) => subs.key(c.factors).key));
    const wanted = new Set(group.shareable);
    const shared = new Map<string, SubProduct<N, C>>();
    for (const whole of group.chains) {
      for (const [i, j] of intervals(whole.factors.length)) {
        const part = whole.factors.slice(i, j);
        const { key, flipped } = subs.key(part);
        if (shared.has(key) || !wanted.has(key)) continue;
        const upright = flipped ? part.map(algebra.transposeOf).reverse() : part;
        const chain = new ChainForms<N, C>({ ...whole, factors: upright, projected: false }, context, key);
        const cost = results.has(key) ? NO_COST : chain.memory;
        shared.set(key, { chain, cost, memory: countsOf(cost) });
      }
    }
    this.shared = new Map(group.shareable.map((key) => [key, shared.get(key)!]));
    const takers = new Map(group.shareable.map((key) => [key, [] as (ChainForms<N, C> | string)[]]));
    for (const part of [...this.chains, ...this.shared.keys()])
      for (const key of this.chainOf(part).keys) takers.get(key)?.push(part);
    this.takers = takers;
  }

  /** The chain of a part, which is a chain itself or the key of a sub-product. */
  chainOf(part: ChainForms<N, C> | string): ChainForms<N, C> {
    return typeof part === 'string' ? this.shared.get(part)!.chain : part;
  }

  /** The undominated ways to compute the group where exactly the keys `once`, shortest first, are formed once. */
  forming(once: readonly string[]): Joint[] {
    const parts = once.map((key, i) => {
      const { chain, memory } = this.shared.get(key)!;
      return chain
        .front(new Set(once.slice(0, i)))
        .map(({ form, counts }) => ({ form, counts: addCounts(counts, memory) }));
    });
    parts.push(...this.chains.map((c) => [...c.front(new Set(once))]));
    return parts.reduce<Joint[]>(
      (joint, options) =>
        undominated(
          joint.flatMap((p) =>
            options.map((o) => ({
              once: p.once,
              forms: { before: p.forms, form: o.form },
              counts: addCounts(p.counts, o.counts),
            })),
          ),
          this.#most,
        ),
      [this.#begun(once)],
    );
  }

  /** Associates every chain from the left, as it is written. What several chains begin with is formed once. */
  written(): Joint {
    const begun = new Map<string, { flipped: boolean; chains: number }>();
    for (const { key, flipped } of this.chains.flatMap((c) => c.prefixes))
      begun.set(key, { flipped, chains: (begun.get(key)?.chains ?? 0) + 1 });
    const once = [...this.shared.keys()].filter((key) => (begun.get(key)?.chains ?? 0) > 1);
    return this.joint(once, (c, free, key) =>
      c.from(key !== undefined && begun.get(key)!.flipped ? 'right' : 'left', free),
    );
  }

  /** The joint association with the keys `once`, shortest first, and one option for each part. */
  joint(
    once: readonly string[],
    option: (chain: ChainForms<N, C>, free: ReadonlySet<string>, key?: string) => Option,
  ): Joint {
    const parts = once.map((key, i) => {
      const { chain, memory } = this.shared.get(key)!;
      const { form, counts } = option(chain, new Set(once.slice(0, i)), key);
      return { form, counts: addCounts(counts, memory) };
    });
    parts.push(...this.chains.map((c) => option(c, new Set(once))));
    return parts.reduce<Joint>(
      (joint, o) => ({
        once: joint.once,
        forms: { before: joint.forms, form: o.form },
        counts: addCounts(joint.counts, o.counts),
      }),
      this.#begun(once),
    );
  }

  #begun(once: readonly string[]): Joint {
    return { once: once.map((key) => this.ids.get(key)!), forms: undefined, counts: NO_COUNTS };
  }

  build({ once, forms: last }: Joint): Candidate<N> {
    const forms: Form[] = [];
    for (let f = last; f; f = f.before) forms.unshift(f.form);
    const shared = new Map<string, N>();
    let total = NO_COST;
    const keys = [...this.shared.keys()];
    once.forEach((id, i) => {
      const key = keys[id]!;
      const { chain, cost: memory } = this.shared.get(key)!;
      const { node, cost } = chain.build(forms[i]!, shared);
      shared.set(key, node);
      total = [total, cost, memory].reduce(addCost);
    });
    const roots = this.chains.map((chain, i) => {
      const { node, cost } = chain.build(forms[once.length + i]!, shared);
      total = addCost(total, cost);
      return node;
    });
    return { roots, cost: total };
  }
}
