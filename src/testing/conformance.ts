/** Tests the promises of one's own operator or rule as a suite. */
import type { Rule } from '../../compiler/rewrite/rule.ts';
import * as operators from '../check/conformance/operator.ts';
import * as rules from '../check/conformance/rule.ts';
import { type ConformanceOptions, type Property, tried } from '../check/conformance/trials.ts';
import { vitest } from './installed.ts';

/**
 * Declares a `describe` with a test for each property of an operator, by its name, or of a rule. Throws OFT9002
 * for an operator that `defineOperator` has not defined: import its file first.
 */
export function conformance(subject: string | Rule, options: ConformanceOptions = {}): void {
  if (typeof subject === 'string') {
    const op = operators.authored(subject);
    suite(`operator ${op.name}: ${op.law}`, operators.propertiesOf(op), op, op.sample, options);
  } else {
    const { name, law, instance } = subject;
    suite(`rule ${name}: ${law}`, rules.propertiesOf(subject), subject, instance, options);
  }
}

function suite<Subject>(
  who: string,
  properties: readonly Property<Subject>[],
  subject: Subject,
  instance: Parameters<typeof tried>[3],
  options: ConformanceOptions,
): void {
  const { describe, it } = vitest.needed('conformance');
  describe(who, () => {
    it.each(properties)('$property', (property) => {
      const { passed, counterexample } = tried(who, property, subject, instance, options);
      if (!passed) throw new Error(counterexample);
    });
  });
}
