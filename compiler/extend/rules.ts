/** Rules that authors define. They take part in all later compilations of the process, after oftc's own. */
import { OftcError } from '../errors/error.ts';
import { printType } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { registered } from '../ir/operator.ts';
import { printNode } from '../ir/print.ts';
import { rewrite } from '../rewrite/engine.ts';
import {
  allRules,
  defineRules,
  type Numerics,
  opsOf,
  type Pattern,
  type Rule,
  removeRule,
} from '../rewrite/rule.ts';
import '../rewrite/rules/index.ts';
import { define } from './definitions.ts';
import { programOf, smallest } from './draw.ts';

const REQUIRED = {
  law: 'the identity, in one line',
  numerics: "'exact', 'reassociates' or 'approximates'",
  pattern: 'what it matches: { op }',
  build: 'what it builds: (node, ctx) => a node, or undefined where it does not apply',
  instance: 'a random expression that it fires on: (draw) => a node',
} as const;

const NUMERICS: readonly Numerics[] = ['exact', 'reassociates', 'approximates'];

/**
 * Registers a rule defined in `file`. Throws OFT5001 for a definition that is not complete, OFT5002 for a name that
 * is taken, OFT5003 where the rule does not fire on its instance, changes its type, or does not end there.
 */
export function defineRule(rule: Rule, file: string | undefined): Rule {
  const { name } = rule;
  if (!/^[A-Za-z][\w-]*$/.test(name))
    throw new OftcError('OFT5001', `rule '${name}': a name has letters, digits and dashes, a letter first`);
  for (const [part, meaning] of Object.entries(REQUIRED)) {
    if (!rule[part as keyof typeof REQUIRED])
      throw new OftcError('OFT5001', `rule '${name}' needs '${part}', ${meaning}`);
  }
  if (!NUMERICS.includes(rule.numerics))
    throw new OftcError(
      'OFT5001',
      `rule '${name}': numerics is ${REQUIRED.numerics}, not '${rule.numerics}'`,
    );
  const unknown = operatorsIn(rule.pattern).find((op) => !registered(op));
  if (unknown !== undefined)
    throw new OftcError('OFT5001', `rule '${name}' matches '${unknown}', which is no operator`);
  const isBuiltIn = (n: string) => allRules().some((r) => r.name === n);
  define('rule', name, file, isBuiltIn, () => {
    const wrong = fault(rule, rule.instance(smallest()));
    if (wrong) throw new OftcError('OFT5003', `rule '${name}' ${wrong}`);
    defineRules(rule);
    return () => removeRule(name);
  });
  return rule;
}

/** All operators that a pattern names. */
function operatorsIn(p: Pattern): readonly string[] {
  const inner = [...(p.args ?? []), ...(p.some ? [p.some] : [])].filter((a) => a !== 'any');
  return [...opsOf(p), ...(p.through ?? []), ...inner.flatMap(operatorsIn)];
}

/** The fault of a rule on its smallest instance: it does not fire, does not end, or changes the type. */
function fault(rule: Rule, instance: Node): string | undefined {
  const shown = `instance ${printNode(instance)}`;
  try {
    const { program, fired } = rewrite(programOf(rule.name, { y: instance }), [rule]);
    if (fired.length === 0) return `does not fire on its own ${shown}`;
    const [was, is] = [instance, program.outputs[0]!.node].map((n) => printType(n.type));
    return was === is ? undefined : `changes the type of its ${shown} from ${was} to ${is}`;
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT9005') return `fires without end on its ${shown}`;
    throw e;
  }
}
