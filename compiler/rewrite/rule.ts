/**
 * A rule is data: what it matches, the identity it rests on, what it builds, and how to draw an instance of
 * it, so that every rule is documented, explained and property-tested from one place.
 */
import type { Binding } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { Node, OpNode } from '../ir/node.ts';
import type { Draw } from '../ir/operator.ts';

export type { Draw };

/**
 * `exact`: the same float operations. `reassociates`: the same element of every ring, other roundings.
 * `approximates`: another function; never applied unless the program asks for it.
 */
export type Numerics = 'exact' | 'reassociates' | 'approximates';

/**
 * The operators that a node must have for `build` to run on it. Shapes, attributes, and what an operator declares of
 * itself (facts, structure, action) are for `build` to look at.
 */
export interface Pattern {
  /** The node's operator, or several operators of which any will do. */
  readonly op: string | readonly string[];
  /** The patterns of the arguments in order, from the first; further arguments may be anything. */
  readonly args?: readonly (Pattern | 'any')[];
  /** A pattern that at least one argument matches. */
  readonly some?: Pattern;
  /** In an argument's pattern: operators of one argument, such as those of LINEAR, that may stand around a match. */
  readonly through?: readonly string[];
}

/** The operators under which a sum or a product remains one: number times matrix, and transpose. */
export const LINEAR = ['scale', 'transpose'] as const;

export interface RuleContext {
  /** The number of a node's uses in the program; a new node counts as used once. */
  uses(node: Node): number;
  /** The operator of the one node that uses a node; undefined where several do, or none is known. */
  userOf(node: Node): string | undefined;
  /** Sizes of dimensions, as far as they are known. */
  readonly sizes: Binding;
}

export interface Rule {
  readonly name: string;
  /** The identity, as docs and `explain` print it. */
  readonly law: string;
  readonly numerics: Numerics;
  readonly pattern: Pattern;
  /**
   * When the rule starts to run: without a phase, at once. `define`: once rules have used the facts of composite
   * operators (those that other operators define), such as exact orthogonality. `apply`: once composite operators are
   * expanded and products are flat. `form`: last, on matrices that no token has met.
   */
  readonly phase?: 'define' | 'apply' | 'form';
  /**
   * Whether the rule pays only for few tokens or only for many. Each has a derivation, and cost decides between the
   * two.
   */
  readonly tokens?: 'few' | 'many';
  /** Builds the node that replaces `node`; undefined where the rule does not apply. */
  build(node: OpNode, ctx: RuleContext): Node | undefined;
  /** A random expression the rule fires on: the left side of its property test. */
  instance(draw: Draw): Node;
}

/** The names that `op` of a pattern stands for. */
export const opsOf = ({ op }: Pattern): readonly string[] => (typeof op === 'string' ? [op] : op);

export function matches(p: Pattern, node: Node): node is OpNode {
  if (node.kind !== 'op') return false;
  if (p.through?.includes(node.op)) return matches(p, node.args[0]!);
  if (typeof p.op === 'string' ? p.op !== node.op : !p.op.includes(node.op)) return false;
  if (p.args && !p.args.every((a, i) => a === 'any' || (node.args[i] && matches(a, node.args[i]))))
    return false;
  return !p.some || node.args.some((a) => matches(p.some!, a));
}

const registered = new Map<string, Rule>();

/**
 * Registers rules of one topic. Throws OFT9004 where a name repeats. It does not try them on their instances: for the
 * rules of oftc that would take 30 ms of each start, and test/properties/rules.test.ts does it. `defineRule` of
 * compiler/extend tries a user's rule before it is registered.
 */
export function defineRules(...rules: readonly Rule[]): readonly Rule[] {
  for (const rule of rules) {
    if (registered.has(rule.name)) throw new OftcError('OFT9004', `rule '${rule.name}' is registered twice`);
    registered.set(rule.name, rule);
  }
  return rules;
}

export function removeRule(name: string): void {
  registered.delete(name);
}

export const allRules = (): readonly Rule[] => [...registered.values()];

const PHASES = [undefined, 'define', 'apply', 'form'] as const;

/** Whether a rule's phase is `last` or an earlier one. */
export const runsUntil = (rule: Rule, last: Rule['phase']): boolean =>
  PHASES.indexOf(rule.phase) <= PHASES.indexOf(last);
