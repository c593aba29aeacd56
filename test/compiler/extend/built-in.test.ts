/** The checks of authors’ operators and rules pass for oftc’s own: they raise no false alarm. */
import { describe, expect, it } from 'vitest';
import type { OperatorDefinition } from '../../../compiler/extend/operators.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import { builtIn } from '../../../compiler/rewrite/rules/index.ts';
import { checkOperator } from '../../../src/check/conformance/operator.ts';
import { checkRule } from '../../../src/check/conformance/rule.ts';
import { INSTANCES } from '../../support/operator-instances.ts';

const failures = (findings: ReturnType<typeof checkRule>) => findings.filter((f) => !f.passed);

/** Operators that the checks do not fit: instances reach poles, or the operator changes gradients on purpose. */
const OTHERWISE = new Set(['div', 'sqrt', 'log', 'detach', 'straightThrough', 'project']);
const names = Object.keys(INSTANCES).filter(
  (n) => !OTHERWISE.has(n) && INSTANCES[n]!.above === undefined && !INSTANCES[n]!.once,
);

describe('operators', () => {
  it.each(names)('%s', (name) => {
    const definition: OperatorDefinition = { ...operator(name), sample: INSTANCES[name]!.draw };
    expect(failures(checkOperator(definition, { trials: 10 }))).toEqual([]);
  });
});

describe('rules', () => {
  it.each(builtIn.map((rule) => ({ rule, name: rule.name })))('$name', ({ rule }) => {
    expect(failures(checkRule(rule, { trials: 20 }))).toEqual([]);
  });
});
