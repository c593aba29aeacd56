/** Rules that authors define; they take part in every later compilation of the process, after oftc's own. */
import { OftcError } from '../errors/error.ts';
import { operators } from '../ir/operator.ts';
import { printNode } from '../ir/print.ts';
import { rewrite } from '../rewrite/engine.ts';
import { allRules, defineRules, type Numerics, type Rule, removeRule } from '../rewrite/rule.ts';
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
 * Registers a rule defined in `file`. Throws OFT5001 for a definition that is not complete, OFT5002 for a name
 * that is taken, OFT5003 where it does not fire on its instance, changes its type, or does not end there.
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
  if (!operators().some((o) => o.name === rule.pattern.op))
    throw new OftcError('OFT5001', `rule '${name}' matches '${rule.pattern.op}', which is no operator`);
  const isBuiltIn = (n: string) => allRules().some((r) => r.name === n);
  define('rule', name, file, isBuiltIn, () => {
    fires(rule);
    defineRules(rule);
    return () => removeRule(name);
  });
  return rule;
}

function fires(rule: Rule): void {
  const left = programOf(rule.name, { y: rule.instance(smallest()) });
  const shown = printNode(left.outputs[0]!.node);
  try {
    if (rewrite(left, [rule]).fired.length > 0) return;
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT9005')
      throw new OftcError('OFT5003', `rule '${rule.name}' fires without end on its instance ${shown}`);
    throw e;
  }
  throw new OftcError('OFT5003', `rule '${rule.name}' does not fire on its own instance ${shown}`);
}
