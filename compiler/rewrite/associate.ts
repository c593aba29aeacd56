/** Associates the products of a program. */
import { Associations } from '../associate/associations.ts';
import { intervals } from '../associate/chains.ts';
import { bindCost, type Cost } from '../associate/cost.ts';
import type { Candidate, Joint } from '../associate/group-forms.ts';
import { DEFAULT_PROFILE, type DeviceProfile } from '../devices/index.ts';
import type { Dim } from '../dims/dims.ts';
import { printAttr, printType, reapply } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { structureOf } from '../ir/operator.ts';
import { argsOf } from '../ir/walk.ts';
import { getOrMake } from '../keyed.ts';
import { foldOver } from '../primitives/walk.ts';
import {
  multiply,
  multiplyLast,
  type ProgramChain,
  type ProgramGroup,
  type SubProducts,
  transposeOf,
} from './chains.ts';
import { productCost } from './cost.ts';

/**
 * Finds joint associations of a group. `price` is the cost of one product; with `sizes`, only `tokens` may stay
 * symbolic in it. `solved` holds the answers to equal groups.
 */
export const associate = (
  group: ProgramGroup,
  subs: SubProducts,
  sizes: Readonly<Record<string, Dim>> = {},
  profiles: readonly DeviceProfile[] = [DEFAULT_PROFILE],
  price: (node: OpNode) => Cost = productCost,
  solved?: Solved,
): Candidate<Node>[] => {
  const associations = new Associations<Node, ProgramChain>(group, subs, {
    transposeOf,
    multiply,
    multiplyLast,
    costOf: (product) => bindCost(price(product as OpNode), sizes),
  });
  if (!solved) return associations.candidates(profiles);
  const problem = JSON.stringify(profiles) + problemOf(group, subs, solved.kindOf);
  const front = getOrMake(solved.answers, problem, () => associations.front(profiles));
  return associations.built(front);
};

/** The groups that are solved so far. Many groups are the same problem, such as those of 64 equal layers. */
export interface Solved {
  /** The kind of a factor: factors of one kind cost the same in all products. */
  readonly kindOf: (factor: Node) => number;
  /** The answers, by the printed problems. */
  readonly answers: Map<string, readonly Joint[]>;
}

/**
 * Prints a group as a problem: the kinds of its factors, the parts that each chain needs, and which sub-products are
 * equal or transposes.
 */
function problemOf({ chains }: ProgramGroup, subs: SubProducts, kindOf: Solved['kindOf']): string {
  const numbers = new Map<string, number>();
  const part = (factors: readonly Node[]): string => {
    const { key, flipped } = subs.key(factors);
    const number = getOrMake(numbers, key, () => numbers.size);
    return `${number}${flipped ? 't' : ''}`;
  };
  return chains
    .map(({ factors, projected, site }) => {
      const parts = intervals(factors.length).map(([i, j]) => part(factors.slice(i, j)));
      const projection = projected ? `${site.op} ${printAttr(site.attrs)}` : '';
      return `${projection} ${factors.map(kindOf)} ${parts}`;
    })
    .join('\n');
}

/**
 * No group is solved yet. Dense factors are of one kind where their types are equal, structured ones where they are
 * built alike of arguments of one kind.
 */
export function noneSolved(): Solved {
  const ids = new Map<string, number>();
  const kindOf = foldOver<Node, number>(
    (n) => (structureOf(n) ? argsOf(n) : []),
    (n, of) => {
      const built = n.kind === 'op' && structureOf(n);
      const key = built
        ? `${n.op} ${printAttr(n.attrs)} ${n.args.map(of)} ${printType(n.type)}`
        : printType(n.type);
      return getOrMake(ids, key, () => ids.size);
    },
  );
  return { kindOf, answers: new Map() };
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
