/**
 * Choosing associations for chains that share sub-products: forward and cotangents together, so that g·W is
 * formed once for dx and dR. For each set of sub-products to form once, an interval dynamic program finds
 * every association no other dominates in operations, bytes, memory and launches at any token count.
 */

import { reapply } from '../ir/build.ts';
import type { Dim } from '../ir/dims.ts';
import { OftcError } from '../ir/error.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import {
  type Chain,
  type Group,
  intervals,
  multiply,
  multiplyLast,
  type SubProducts,
  transposeOf,
} from './chains.ts';
import { addCost, bindCost, type Cost, inTokens, NO_COST, type Poly, productCost } from './cost.ts';

/** Longest chain: associations grow as the Catalan numbers, and no adapter comes near. */
export const MAX_CHAIN = 12;
/** Up to this many shareable sub-products every subset is tried; beyond, subsets grow by local search. */
export const MAX_EXHAUSTIVE_SHARED = 8;
/** Candidates kept per set; beyond, the cheapest at 1, 64 and 4096 tokens by operations and bytes. */
const MAX_FRONT = 32;

/** One way to compute the chains of a group. `roots[i]` replaces the site of chain i. */
export interface Candidate {
  readonly roots: readonly Node[];
  readonly cost: Cost;
}

interface Option {
  readonly node: Node;
  readonly cost: Cost;
}

const vector = (c: Cost): Poly[] => [inTokens(c.ops), inTokens(c.bytes), inTokens(c.memory), [c.launches]];

/** At most as much in every coefficient of every count. */
const covers = (a: readonly Poly[], b: readonly Poly[]): boolean =>
  a.every((p, i) => {
    const q = b[i]!;
    return p.every((c, k) => c <= (q[k] ?? 0)) && q.slice(p.length).every((c) => c >= 0);
  });

/** Options that no other is at most as costly as in every count, at every token count. */
export function paretoFront<T extends { readonly cost: Cost }>(options: readonly T[]): T[] {
  const kept: { option: T; v: Poly[] }[] = [];
  for (const option of options) {
    const v = vector(option.cost);
    if (kept.some((k) => covers(k.v, v))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (covers(v, kept[i]!.v)) kept.splice(i, 1);
    kept.push({ option, v });
  }
  return kept.slice(0, MAX_FRONT).map((k) => k.option);
}

interface Context {
  readonly subs: SubProducts;
  /** Of one product; the result of a whole chain is wanted anyway, so only what lies between is memory. */
  costOf(node: OpNode, whole: boolean): Cost;
}

/** Sub-products formed once: the node to use for a key, as the key stands. */
type Shared = ReadonlyMap<string, Node>;

/** All undominated ways to form one interval or whole chain, `shared` sub-products being free. */
function associateChain(chain: Chain, { subs, costOf }: Context, shared: Shared): Option[] {
  const n = chain.factors.length;
  const table = new Map<string, Option[]>();
  for (const [i, j] of intervals(n)) {
    if (j - i === 1) {
      table.set(`${i},${j}`, [{ node: chain.factors[i]!, cost: NO_COST }]);
      continue;
    }
    const whole = j - i === n;
    if (!(whole && chain.projected)) {
      const { key, flipped } = subs.key(chain.factors.slice(i, j));
      const free = shared.get(key);
      if (free) {
        table.set(`${i},${j}`, [{ node: flipped ? transposeOf(free) : free, cost: NO_COST }]);
        continue;
      }
    }
    const options: Option[] = [];
    for (let k = i + 1; k < j; k++) {
      for (const left of table.get(`${i},${k}`)!) {
        for (const right of table.get(`${k},${j}`)!) {
          const node = whole ? multiplyLast(chain, left.node, right.node) : multiply(left.node, right.node);
          options.push({ node, cost: [left.cost, right.cost, costOf(node, whole)].reduce(addCost) });
        }
      }
    }
    table.set(`${i},${j}`, paretoFront(options));
  }
  return table.get(`0,${n}`)!;
}

/** The factors of a key, as the key stands, found in one of the chains. */
function factorsOfKey(group: Group, subs: SubProducts): Map<string, readonly Node[]> {
  const found = new Map<string, readonly Node[]>();
  for (const chain of group.chains) {
    for (const [i, j] of intervals(chain.factors.length)) {
      const factors = chain.factors.slice(i, j);
      const { key, flipped } = subs.key(factors);
      if (!found.has(key)) found.set(key, flipped ? factors.map(transposeOf).reverse() : factors);
    }
  }
  return found;
}

/** The candidates that form exactly the keys of `once` once. */
function candidatesFor(group: Group, context: Context, once: readonly string[]): Candidate[] {
  const { subs, costOf } = context;
  const factors = factorsOfKey(group, subs);
  let states: { shared: Map<string, Node>; cost: Cost }[] = [{ shared: new Map(), cost: NO_COST }];
  for (const key of once) {
    const chain: Chain = { site: group.chains[0]!.site, factors: factors.get(key)!, projected: false };
    const isResult = group.chains.some((c) => !c.projected && subs.key(c.factors).key === key);
    states = states.flatMap(({ shared, cost }) =>
      associateChain(chain, context, shared).map((o) => {
        // Formed for itself it is an intermediate, unless it is one of the wanted results.
        const own =
          isResult || o.node.kind === 'input'
            ? NO_COST
            : { ...NO_COST, memory: costOf(o.node, false).memory };
        return { shared: new Map(shared).set(key, o.node), cost: [cost, o.cost, own].reduce(addCost) };
      }),
    );
  }
  return states.flatMap(({ shared, cost }) => {
    let partial: Candidate[] = [{ roots: [], cost }];
    for (const chain of group.chains) {
      const options = associateChain(chain, context, shared);
      partial = paretoFront(
        partial.flatMap((p) =>
          options.map((o) => ({ roots: [...p.roots, o.node], cost: addCost(p.cost, o.cost) })),
        ),
      );
    }
    return partial;
  });
}

/**
 * Undominated joint associations of a group, costed at `sizes` (only `tokens` may stay symbolic). Exact up to MAX_EXHAUSTIVE_SHARED shareable sub-products;
 * beyond, subsets are grown one key at a time while the front improves. Throws OFT2030 past MAX_CHAIN.
 */
export function associate(
  group: Group,
  subs: SubProducts,
  sizes: Readonly<Record<string, Dim>> = {},
): Candidate[] {
  const context: Context = {
    subs,
    costOf: (node, whole) => {
      const cost = bindCost(productCost(node), sizes);
      return whole ? { ...cost, memory: NO_COST.memory } : cost;
    },
  };
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
  if (keys.length <= MAX_EXHAUSTIVE_SHARED) {
    const subsets = Array.from({ length: 1 << keys.length }, (_, mask) =>
      keys.filter((_, i) => (mask >> i) & 1),
    );
    return paretoFront(subsets.flatMap((once) => candidatesFor(group, context, once)));
  }
  let front = paretoFront(candidatesFor(group, context, []));
  let chosen: readonly string[] = [];
  for (;;) {
    let grown: { once: readonly string[]; front: Candidate[] } | undefined;
    for (const key of keys) {
      if (chosen.includes(key)) continue;
      const once = keys.filter((k) => k === key || chosen.includes(k));
      const next = paretoFront([...(grown?.front ?? front), ...candidatesFor(group, context, once)]);
      if (next.some((c) => !(grown?.front ?? front).includes(c))) grown = { once, front: next };
    }
    if (!grown) return front;
    ({ once: chosen, front } = grown);
  }
}

/** The program with the sites of a group's chains replaced. */
export function applyCandidate(program: Program, replacements: ReadonlyMap<Node, Node>): Program {
  const done = new Map<Node, Node>();
  const visit = (n: Node): Node => {
    if (n.kind === 'input') return n;
    const old = done.get(n);
    if (old) return old;
    const target = replacements.get(n) ?? n;
    const next = target.kind === 'input' ? target : reapply(target, target.args.map(visit));
    done.set(n, next);
    return next;
  };
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
