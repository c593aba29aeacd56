/** The checks of the author's own operators and rules that take part in a layer. */
import { defined } from '../../compiler/extend/definitions.ts';
import { definedOperator } from '../../compiler/extend/operators.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { allRules, type Rule } from '../../compiler/rewrite/rule.ts';
import { checkOperator } from './conformance/operator.ts';
import { checkRule } from './conformance/rule.ts';
import type { ConformanceOptions } from './conformance/trials.ts';
import type { Finding } from './report.ts';

/** The rules that authors defined: those with the given names, or all. */
export const authoredRules = (names: readonly string[] = defined('rule')): Rule[] =>
  allRules().filter((r) => names.includes(r.name) && defined('rule').includes(r.name));

/** Checks the conformance of the author's operators among the nodes, and of the rules. */
export function checkDefinitions(
  roots: readonly Node[],
  rules: readonly Rule[],
  options: ConformanceOptions,
  doing: (what: string) => void = () => {},
): Finding[] {
  const names = topological(roots).flatMap((n) => (n.kind === 'op' ? [n.op] : []));
  const operators = [...new Set(names)].flatMap((n) => definedOperator(n)?.definition ?? []);
  if (operators.length + rules.length > 0) doing('own operators and rules');
  return [
    ...operators.flatMap((op) => checkOperator(op, options)),
    ...rules.flatMap((rule) => checkRule(rule, options)),
  ];
}
