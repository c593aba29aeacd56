/** Checks a rule's promises: it fires on its instances, keeps their value and type, and ends. */
import { programOf } from '../../../compiler/extend/draw.ts';
import { printType } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { rewrite } from '../../../compiler/rewrite/engine.ts';
import { type Rule, runsUntil } from '../../../compiler/rewrite/rule.ts';
import { applicable } from '../../../compiler/rewrite/rules/index.ts';
import type { Finding } from '../report.ts';
import { difference, inField, inFloat64 } from './evaluate.ts';
import { applying, type ConformanceOptions, type Property, tried } from './trials.ts';

/** The difference that another order of operations may make in float64, relative to 1 + the element. */
const REASSOCIATION = 1e-10;

const by = (rules: readonly Rule[], left: Node) => {
  const { program, fired } = rewrite(programOf('conformance', { y: left }), rules);
  return { right: program.outputs[0]!.node, fired };
};

type Wrong = Property<Rule>['wrong'];

export const fires: Wrong = (rule, left) => {
  const { right, fired } = by([rule], left);
  if (fired.length === 0) return 'it does not fire';
  const [was, is] = [left, right].map((n) => printType(n.type));
  return was === is ? undefined : `${printNode(right)} has type ${is}, not ${was}`;
};

export const identity: Wrong = (rule, left, _draw, next) => {
  const { right } = by([rule], left);
  const { dense, structured } = inField({ left, right }, next);
  const wrong = difference(dense.right!, dense.left!) ?? difference(structured.right!, dense.left!);
  return wrong && `${printNode(right)} (mod p): ${wrong}`;
};

const numerics: Wrong = (rule, left, _draw, next) => {
  const { right } = by([rule], left);
  const { dense } = inFloat64({ left, right }, next);
  const differ =
    rule.numerics === 'exact'
      ? undefined
      : (a: number, e: number) => !(Math.abs(a - e) <= REASSOCIATION * (1 + Math.abs(e)));
  const wrong = difference(dense.right!, dense.left!, differ);
  return wrong && `${printNode(right)}: ${wrong}`;
};

export const ends: Wrong = (rule, left) => {
  const tokens = rule.tokens ?? 'many';
  const rules = applicable(['approximates']).filter(
    (r) => runsUntil(r, rule.phase) && (r.tokens ?? tokens) === tokens,
  );
  const { right } = by(rules.includes(rule) ? rules : [...rules, rule], left);
  const [again] = by(rules, right).fired;
  return again && `its normal form ${printNode(right)} is changed again by ${again.rule}`;
};

const isIdentity = (rule: Rule): boolean => rule.numerics !== 'approximates';

const properties: readonly Property<Rule>[] = [
  { property: 'fires on its instances and keeps their type', wrong: fires },
  { property: 'left ≡ right, exactly', applies: isIdentity, wrong: identity },
  {
    property: 'left ≡ right in float64, to the bit where it is exact',
    applies: isIdentity,
    wrong: numerics,
  },
  { property: 'ends, with all other rules that run with it', wrong: ends },
];

export const propertiesOf = (rule: Rule) => applying(properties, rule);

export function checkRule(rule: Rule, options: ConformanceOptions = {}): Finding[] {
  return propertiesOf(rule).map((p) => tried(`rule ${rule.name}`, p, rule, rule.instance, options));
}
