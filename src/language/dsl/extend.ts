/** Defines operators and rules of an author's own. `oftc/extend` has what their definitions are built from. */
import * as operators from '../../../compiler/extend/operators.ts';
import * as rules from '../../../compiler/extend/rules.ts';
import type { Rule } from '../../../compiler/rewrite/rule.ts';
import { callingFile } from './caller.ts';
import { type Tensor, unwrap, wrap } from './tensor.ts';

type Signature = (...args: never[]) => Tensor;
type Last<P extends readonly unknown[]> = P extends readonly [...unknown[], infer L] ? L : never;
/** The options of a signature: its last parameter, unless that is a tensor or a number. */
type OptionsOf<F extends Signature> = Exclude<Last<Required<Parameters<F>>>, Tensor | number>;

export type OperatorDefinition<F extends Signature> = operators.OperatorDefinition<OptionsOf<F>>;

/**
 * Defines an operator. Call it at module level. F is the operator's signature in a layer: tensors, then options. A file
 * that runs again replaces its own definition. Throws OftcError OFT5001 for a definition that is not complete, OFT5002
 * for a name that is taken, OFT5003 for a sample that does not apply the operator.
 *
 * ```ts
 * export const circulant = defineOperator<<S extends string>(c: Tensor<[S]>) => Tensor<[S, S]>>({ … });
 * ```
 */
export function defineOperator<F extends Signature>(definition: OperatorDefinition<F>): F {
  const call = operators.defineOperator(definition, callingFile());
  return ((...args: unknown[]) => wrap(call(...args.map(unwrap)))) as unknown as F;
}

/**
 * Defines a rewrite rule. Call it at module level. The rule takes part in every later compilation of the process,
 * after oftc's own rules. Throws OftcError OFT5001 to OFT5003, as `defineOperator`; a rule must fire on its instance.
 */
export function defineRule(rule: Rule): Rule {
  return rules.defineRule(rule, callingFile());
}
