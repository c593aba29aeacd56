/**
 * Lists every joint association. `explain` shows them as a table where they are few, and tests compare the dynamic
 * program with them.
 */
import { addCost, type Cost, NO_COST } from '../associate/cost.ts';
import type { Candidate } from '../associate/group-forms.ts';
import { Identity } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { multiply, multiplyLast, type ProgramChain, type ProgramGroup, transposeOf } from './chains.ts';
import { productCost } from './cost.ts';

/** A parenthesisation of one chain: the products it forms, each with its signature up to transposition. */
interface Tree {
  readonly node: Node;
  readonly text: string;
  /** The signatures of the product as it stands and transposed: equal products have the same pair. */
  readonly forward: string;
  readonly backward: string;
  readonly products: ReadonlyMap<string, { readonly cost: Cost; readonly result: boolean }>;
}

/** The number of ways to parenthesise n factors. */
const catalan = (n: number): number => (n <= 2 ? 1 : sum(n, (k) => catalan(k) * catalan(n - k)));
const sum = (n: number, f: (k: number) => number): number => {
  let total = 0;
  for (let k = 1; k < n; k++) total += f(k);
  return total;
};

/** The number of joint associations of a group. */
export const countAssociations = (group: ProgramGroup): number =>
  group.chains.reduce((n, c) => n * catalan(c.factors.length), 1);

export interface Enumerated extends Candidate<Node> {
  /** The formula of each chain, with the association as parentheses. */
  readonly forms: readonly string[];
}

/** All joint associations and their costs; equal products count once. */
export function enumerate(group: ProgramGroup, name: (n: Node) => string): Enumerated[] {
  const identity = new Identity();
  const perChain = group.chains.map((chain) => trees(chain, 0, chain.factors.length, identity, name));
  let tuples: Tree[][] = [[]];
  for (const options of perChain) tuples = tuples.flatMap((t) => options.map((o) => [...t, o]));
  return tuples.map((tuple) => {
    const distinct = new Map<string, { cost: Cost; result: boolean }>();
    for (const tree of tuple) {
      for (const [key, p] of tree.products) {
        distinct.set(key, { cost: p.cost, result: p.result || (distinct.get(key)?.result ?? false) });
      }
    }
    const cost = [...distinct.values()]
      .map((p) => (p.result ? { ...p.cost, memory: NO_COST.memory } : p.cost))
      .reduce(addCost, NO_COST);
    return { roots: tuple.map((t) => t.node), cost, forms: tuple.map((t) => t.text) };
  });
}

function trees(
  chain: ProgramChain,
  i: number,
  j: number,
  identity: Identity,
  name: (n: Node) => string,
): Tree[] {
  if (j - i === 1) {
    const node = chain.factors[i]!;
    const [forward, backward] = [`${identity.of(node)}`, `${identity.of(transposeOf(node))}`];
    return [{ node, text: name(node), forward, backward, products: new Map() }];
  }
  const whole = j - i === chain.factors.length;
  const out: Tree[] = [];
  for (let k = i + 1; k < j; k++) {
    for (const l of trees(chain, i, k, identity, name)) {
      for (const r of trees(chain, k, j, identity, name)) {
        const node = whole ? multiplyLast(chain, l.node, r.node) : multiply(l.node, r.node);
        const forward = `(${l.forward} ${r.forward})`;
        const backward = `(${r.backward} ${l.backward})`;
        const up = forward <= backward ? forward : backward;
        const key = whole && chain.projected ? `blocks ${identity.of(node)} ${up}` : up;
        const products = new Map([...l.products, ...r.products]).set(key, {
          cost: productCost(node),
          result: whole,
        });
        const text = whole ? `${l.text}·${r.text}` : `(${l.text}·${r.text})`;
        out.push({
          node,
          text: whole && chain.projected ? `blocks(${text})` : text,
          forward,
          backward,
          products,
        });
      }
    }
  }
  return out;
}
