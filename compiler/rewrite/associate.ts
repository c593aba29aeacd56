/**
 * Chooses associations for chains that share sub-products. Forward and gradients are decided together, so that g·W is
 * formed once for both dx and dR. For each set of sub-products to form once, a dynamic program over intervals of
 * factors finds the undominated associations: no other is at most as costly in operations, bytes, memory and launches
 * at every token count.
 */
import type { Dim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { reapply } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { argsOf } from '../ir/walk.ts';
import { foldOver } from '../primitives/walk.ts';
import {
  type Chain,
  type Group,
  intervals,
  MAX_CHAIN,
  multiply,
  multiplyLast,
  type SubProducts,
  transposeOf,
} from './chains.ts';
import { addCost, bindCost, type Cost, NO_COST, productCost } from './cost.ts';
import { addCounts, type Counts, countsOf, including, MAX_FRONT, undominated } from './pareto.ts';

/** The most shareable sub-products of which every subset is tried; beyond, a local search grows subsets. */
export const MAX_EXHAUSTIVE_SHARED = 8;
/** How many options the exact search keeps for each part of a group: more than for the group itself. */
const EXACT_FRONT = 4 * MAX_FRONT;
/** How many candidates the local search keeps for each part. */
const SEARCH_FRONT = 8;

/** One way to compute the chains of a group. `roots[i]` replaces the site of chain i. */
export interface Candidate {
  readonly roots: readonly Node[];
  readonly cost: Cost;
}

/** How an interval of a chain's factors is computed. */
type Form =
  | { readonly kind: 'factor'; readonly node: Node }
  | { readonly kind: 'shared'; readonly key: string; readonly flipped: boolean }
  | {
      readonly kind: 'product';
      readonly left: Form;
      readonly right: Form;
      readonly cost: Cost;
      /** Whether the product is the last one of its chain. */
      readonly whole: boolean;
    };

interface Option {
  readonly form: Form;
  readonly counts: Counts;
}

interface Context {
  readonly subs: SubProducts;
  /** The cost of one product whose result is an intermediate. */
  readonly costOf: (node: OpNode) => Cost;
  /** How many options are kept for each part. */
  readonly most: number;
}

const NO_COUNTS = countsOf(NO_COST);

/**
 * The ways to compute each interval of one chain. What it costs to multiply by a product depends on whether the
 * product is structured, and so on its factors but not on their association: every split of an interval has one cost.
 */
class ChainForms {
  readonly chain: Chain;
  readonly #keys = new Map<string, { readonly key: string; readonly flipped: boolean }>();
  readonly #some = new Map<string, Node>();
  readonly #costs = new Map<string, { readonly cost: Cost; readonly counts: Counts }>();
  readonly #fronts = new Map<string, readonly Option[]>();
  readonly #context: Context;

  constructor(chain: Chain, context: Context) {
    this.chain = chain;
    this.#context = context;
    for (const [i, j] of intervals(chain.factors.length)) {
      if (j - i > 1 && !this.#isProjected(i, j)) {
        this.#keys.set(`${i},${j}`, context.subs.key(chain.factors.slice(i, j)));
      }
    }
  }

  /** Whether an interval is all of a projected chain, whose product is never formed. */
  #isProjected(i: number, j: number): boolean {
    return this.chain.projected && j - i === this.chain.factors.length;
  }

  /** The product of an interval, in some association. */
  #product(i: number, j: number): Node {
    if (j - i === 1) return this.chain.factors[i]!;
    const at = `${i},${j}`;
    const node = this.#some.get(at) ?? multiply(this.#product(i, j - 1), this.chain.factors[j - 1]!);
    this.#some.set(at, node);
    return node;
  }

  /** The cost of the product [i, k)·[k, j). A chain's last product is needed anyway, so it is no intermediate. */
  #cost(i: number, k: number, j: number): { readonly cost: Cost; readonly counts: Counts } {
    const at = `${i},${k},${j}`;
    let known = this.#costs.get(at);
    if (!known) {
      const whole = j - i === this.chain.factors.length;
      const [left, right] = [this.#product(i, k), this.#product(k, j)];
      const full = this.#context.costOf(
        whole ? multiplyLast(this.chain, left, right) : multiply(left, right),
      );
      const cost = whole ? { ...full, memory: NO_COST.memory } : full;
      known = { cost, counts: countsOf(cost) };
      this.#costs.set(at, known);
    }
    return known;
  }

  /** The memory that the product of all factors takes as an intermediate. */
  get memory(): Cost {
    const { memory } = this.#context.costOf(this.#product(0, this.chain.factors.length) as OpNode);
    return { ...NO_COST, memory };
  }

  /** All undominated ways to form the chain where the sub-products in `free` cost nothing. */
  front(free: ReadonlySet<string>): readonly Option[] {
    const n = this.chain.factors.length;
    const used = [...this.#keys].filter(([, { key }]) => free.has(key)).map(([at]) => at);
    const known = this.#fronts.get(used.join(' '));
    if (known) return known;
    const table = new Map<string, readonly Option[]>();
    for (const [i, j] of intervals(n)) table.set(`${i},${j}`, this.#interval(i, j, free, table));
    const front = table.get(`0,${n}`)!;
    this.#fronts.set(used.join(' '), front);
    return front;
  }

  #interval(
    i: number,
    j: number,
    free: ReadonlySet<string>,
    table: ReadonlyMap<string, readonly Option[]>,
  ): readonly Option[] {
    const given = this.#given(i, j, free);
    if (given) return [given];
    const options: Option[] = [];
    for (let k = i + 1; k < j; k++)
      for (const l of table.get(`${i},${k}`)!)
        for (const r of table.get(`${k},${j}`)!) options.push(this.#joined(i, k, j, l, r));
    return undominated(options, this.#context.most);
  }

  /** An interval that takes no product: one factor, or a sub-product in `free`. */
  #given(i: number, j: number, free: ReadonlySet<string>): Option | undefined {
    if (j - i === 1) return { form: { kind: 'factor', node: this.chain.factors[i]! }, counts: NO_COUNTS };
    const shared = this.#keys.get(`${i},${j}`);
    return shared && free.has(shared.key)
      ? { form: { kind: 'shared', ...shared }, counts: NO_COUNTS }
      : undefined;
  }

  /** The option that multiplies [i, k) by [k, j). */
  #joined(i: number, k: number, j: number, left: Option, right: Option): Option {
    const { cost, counts } = this.#cost(i, k, j);
    const whole = j - i === this.chain.factors.length;
    return {
      form: { kind: 'product', left: left.form, right: right.form, cost, whole },
      counts: [left.counts, right.counts, counts].reduce(addCounts),
    };
  }

  /** The sub-products that the association from the left forms, as far as they have keys. */
  get prefixes() {
    return this.chain.factors.flatMap((_, i) => this.#keys.get(`0,${i + 1}`) ?? []);
  }

  /** The association from one end, where the sub-products in `free` cost nothing. */
  from(end: 'left' | 'right', free: ReadonlySet<string>): Option {
    const n = this.chain.factors.length;
    const factor = (i: number) => this.#given(i, i + 1, free)!;
    let option = factor(end === 'left' ? 0 : n - 1);
    for (let length = 2; length <= n; length++) {
      const [i, j] = end === 'left' ? [0, length] : [n - length, n];
      const joined = () =>
        end === 'left'
          ? this.#joined(i, j - 1, j, option, factor(j - 1))
          : this.#joined(i, i + 1, j, factor(i), option);
      option = this.#given(i, j, free) ?? joined();
    }
    return option;
  }

  /** Builds the nodes of a form, and adds up what its products cost. */
  build(form: Form, shared: ReadonlyMap<string, Node>): { readonly node: Node; readonly cost: Cost } {
    switch (form.kind) {
      case 'factor':
        return { node: form.node, cost: NO_COST };
      case 'shared': {
        const node = shared.get(form.key)!;
        return { node: form.flipped ? transposeOf(node) : node, cost: NO_COST };
      }
      case 'product': {
        const [left, right] = [this.build(form.left, shared), this.build(form.right, shared)];
        const node = form.whole
          ? multiplyLast(this.chain, left.node, right.node)
          : multiply(left.node, right.node);
        return { node, cost: [left.cost, right.cost, form.cost].reduce(addCost) };
      }
      default:
        return form satisfies never;
    }
  }
}

/** A linked list of forms, from the last one back. */
interface Forms {
  readonly before: Forms | undefined;
  readonly form: Form;
}

/** A choice for a group: which sub-products are formed once, then a form of each of them and of each chain. */
interface Joint {
  readonly once: readonly string[];
  readonly forms: Forms | undefined;
  readonly counts: Counts;
}

/** A group's chains and shareable sub-products, prepared once for every choice of those to form once. */
class GroupForms {
  readonly #chains: readonly ChainForms[];
  readonly #most: number;
  /** Each key's sub-product as a chain, and its memory: none where it is a chain's result, which is needed anyway. */
  readonly #shared = new Map<string, { readonly chain: ChainForms; readonly memory: Cost }>();

  constructor(group: Group, context: Context) {
    const { subs } = context;
    this.#most = context.most;
    this.#chains = group.chains.map((c) => new ChainForms(c, context));
    const results = new Set(group.chains.filter((c) => !c.projected).map((c) => subs.key(c.factors).key));
    for (const { site, factors } of group.chains) {
      for (const [i, j] of intervals(factors.length)) {
        const part = factors.slice(i, j);
        const { key, flipped } = subs.key(part);
        if (this.#shared.has(key) || !group.shareable.includes(key)) continue;
        const upright = flipped ? part.map(transposeOf).reverse() : part;
        const chain = new ChainForms({ site, factors: upright, projected: false }, context);
        this.#shared.set(key, { chain, memory: results.has(key) ? NO_COST : chain.memory });
      }
    }
  }

  /** The undominated ways to compute the group where exactly the keys `once`, shortest first, are formed once. */
  forming(once: readonly string[]): Joint[] {
    const parts = once.map((key, i) => {
      const { chain, memory } = this.#shared.get(key)!;
      return chain
        .front(new Set(once.slice(0, i)))
        .map(({ form, counts }) => ({ form, counts: addCounts(counts, countsOf(memory)) }));
    });
    parts.push(...this.#chains.map((c) => [...c.front(new Set(once))]));
    return parts.reduce<Joint[]>(
      (joint, options) =>
        undominated(
          joint.flatMap((p) =>
            options.map((o) => ({
              once,
              forms: { before: p.forms, form: o.form },
              counts: addCounts(p.counts, o.counts),
            })),
          ),
          this.#most,
        ),
      [{ once, forms: undefined, counts: NO_COUNTS }],
    );
  }

  /** Associates every chain from the left, as it is written. What several chains begin with is formed once. */
  written(): Joint {
    const begun = new Map<string, { flipped: boolean; chains: number }>();
    for (const { key, flipped } of this.#chains.flatMap((c) => c.prefixes))
      begun.set(key, { flipped, chains: (begun.get(key)?.chains ?? 0) + 1 });
    const once = [...this.#shared.keys()].filter((key) => (begun.get(key)?.chains ?? 0) > 1);
    const free = (n: number) => new Set(once.slice(0, n));
    const parts = once.map((key, i) => {
      const { chain, memory } = this.#shared.get(key)!;
      const { form, counts } = chain.from(begun.get(key)!.flipped ? 'right' : 'left', free(i));
      return { form, counts: addCounts(counts, countsOf(memory)) };
    });
    parts.push(...this.#chains.map((c) => c.from('left', free(once.length))));
    return parts.reduce<Joint>(
      (joint, o) => ({
        once,
        forms: { before: joint.forms, form: o.form },
        counts: addCounts(joint.counts, o.counts),
      }),
      { once, forms: undefined, counts: NO_COUNTS },
    );
  }

  build({ once, forms: last }: Joint): Candidate {
    const forms: Form[] = [];
    for (let f = last; f; f = f.before) forms.unshift(f.form);
    const shared = new Map<string, Node>();
    let total = NO_COST;
    once.forEach((key, i) => {
      const { chain, memory } = this.#shared.get(key)!;
      const { node, cost } = chain.build(forms[i]!, shared);
      shared.set(key, node);
      total = [total, cost, memory].reduce(addCost);
    });
    const roots = this.#chains.map((chain, i) => {
      const { node, cost } = chain.build(forms[once.length + i]!, shared);
      total = addCost(total, cost);
      return node;
    });
    return { roots, cost: total };
  }
}

/**
 * Finds the undominated joint associations of a group. `price` is the cost of one product; with `sizes`, only
 * `tokens` may stay symbolic in it. The search is exact up to MAX_EXHAUSTIVE_SHARED shareable sub-products and
 * MAX_FRONT candidates. Beyond, the set formed once grows by one sub-product at a time, while that adds an
 * undominated candidate. Throws OFT2030 for a chain of more than MAX_CHAIN factors.
 */
export function associate(
  group: Group,
  subs: SubProducts,
  sizes: Readonly<Record<string, Dim>> = {},
  price: (node: OpNode) => Cost = productCost,
): Candidate[] {
  const longest = Math.max(...group.chains.map((c) => c.factors.length));
  if (longest > MAX_CHAIN) {
    const { spans } = group.chains.find((c) => c.factors.length === longest)!.site;
    throw new OftcError(
      'OFT2030',
      `a product of ${longest} factors is over the limit of ${MAX_CHAIN}; name a part of it and detach or split the layer`,
      spans,
    );
  }
  const keys = group.shareable;
  const few = keys.length <= MAX_EXHAUSTIVE_SHARED;
  const forms = new GroupForms(group, {
    subs,
    costOf: (node) => bindCost(price(node), sizes),
    most: few ? EXACT_FRONT : SEARCH_FRONT,
  });
  const front = few ? exhaustive(keys, forms) : localSearch(keys, forms);
  // Of many options the search keeps those that are best in one of the counts. The one as written may cost less in all.
  return including(front, forms.written()).map((joint) => forms.build(joint));
}

function exhaustive(keys: readonly string[], forms: GroupForms): Joint[] {
  const subsets = Array.from({ length: 1 << keys.length }, (_, mask) =>
    keys.filter((_, i) => (mask >> i) & 1),
  );
  return undominated(subsets.flatMap((once) => forms.forming(once)));
}

function localSearch(keys: readonly string[], forms: GroupForms): Joint[] {
  let front = forms.forming([]);
  let chosen: readonly string[] = [];
  for (;;) {
    let grown: { once: readonly string[]; front: Joint[] } | undefined;
    for (const key of keys) {
      if (chosen.includes(key)) continue;
      const once = keys.filter((k) => k === key || chosen.includes(k));
      const known = grown?.front ?? front;
      const next = undominated([...known, ...forms.forming(once)]);
      if (next.some((c) => !known.includes(c))) grown = { once, front: next };
    }
    if (!grown) return front;
    ({ once: chosen, front } = grown);
  }
}

/** The program with the sites of a group's chains replaced. */
export function applyCandidate(program: Program, replacements: ReadonlyMap<Node, Node>): Program {
  const targetOf = (n: Node): Node => (n.kind === 'input' ? n : (replacements.get(n) ?? n));
  const visit = foldOver<Node, Node>(
    (n) => argsOf(targetOf(n)),
    (n, of) => {
      const target = targetOf(n);
      return target.kind === 'input' ? target : reapply(target, target.args.map(of));
    },
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
