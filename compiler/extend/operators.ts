/** Operators that authors define: the same data as those of compiler/ops, and a function that layers call. */
import { OftcError } from '../errors/error.ts';
import { apply } from '../ir/build.ts';
import type { Attrs, Node, OpNode } from '../ir/node.ts';
import { type Operator, operators, register, unregister } from '../ir/operator.ts';
import { type SurfaceArg, tensor } from '../ops/arguments.ts';
import { isOp } from '../ops/nodes.ts';
import { type Draw, defineRules, removeRule } from '../rewrite/rule.ts';
import { transposeRule } from '../rewrite/rules/transposes.ts';
import { define } from './definitions.ts';
import { smallest } from './draw.ts';

/** An operator as an author defines it. Callers may pass Options after the tensors. */
export interface OperatorDefinition<Options = never> extends Omit<Operator, 'takes'> {
  /** Makes attributes of the given options, which are `{}` by default. If absent, the operator takes no options. */
  options?(given: Options): Attrs;
  /** Draws a well-typed application of this operator, on which its conformance is checked. */
  sample(draw: Draw): OpNode;
}

type Call = (...args: readonly SurfaceArg[]) => Node;

interface Known {
  readonly definition: OperatorDefinition;
  readonly call: Call;
}
const known = new Map<string, Known>();

/** The operator of this name, if an author defined it. */
export const definedOperator = (name: string): Known | undefined => known.get(name);

const REQUIRED = {
  law: 'the formula, in one line',
  type: 'its signature: (args, attrs) => the type of the result',
  vjp: 'the cotangents of its arguments: (node, g) => [...]',
  lower: 'its meaning in primitives: (node, ctx) => a primitive',
  sample: 'a random instance: (draw) => apply(name, …); its conformance is checked on it',
} as const;

/**
 * Registers an operator defined in `file`. Throws OFT5001 for a definition that is not complete, OFT5002 for a name
 * that is taken, OFT5003 where the sample is no application of the operator.
 */
export function defineOperator(definition: OperatorDefinition<never>, file: string | undefined): Call {
  const { name } = definition;
  if (!/^[A-Za-z]\w*$/.test(name))
    throw new OftcError('OFT5001', `operator '${name}': a name has letters and digits, a letter first`);
  for (const [part, meaning] of Object.entries(REQUIRED)) {
    if (!definition[part as keyof typeof REQUIRED])
      throw new OftcError('OFT5001', `operator '${name}' needs '${part}', ${meaning}`);
  }
  const isBuiltIn = (n: string) => operators().some((o) => o.name === n);
  let call: Call | undefined;
  define('operator', name, file, isBuiltIn, () => {
    const rule = transposeRule(definition, 'reassociates');
    if (rule) defineRules(rule);
    register(definition);
    const remove = () => {
      unregister(name);
      if (rule) removeRule(rule.name);
      known.delete(name);
    };
    try {
      call = caller(definition, instance(definition).args.length);
    } catch (e) {
      remove();
      throw e;
    }
    known.set(name, { definition, call });
    return remove;
  });
  return call!;
}

function instance({ name, sample }: OperatorDefinition): OpNode {
  const node: Node = sample(smallest());
  if (isOp(node, name)) return node;
  throw new OftcError('OFT5003', `operator '${name}': sample must return apply('${name}', …)`);
}

const isOptions = (v: SurfaceArg): v is { readonly [option: string]: unknown } =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !('kind' in v && 'type' in v);

/** The function that layers call. Throws OFT1020 unless it gets `arity` tensors, OFT1022 for unknown options. */
function caller({ name, options }: OperatorDefinition, arity: number): Call {
  return (...args) => {
    const last = args[arity];
    const tensors = args.slice(0, arity);
    if (args.length > arity + 1 || (last !== undefined && !isOptions(last)) || args.length < arity) {
      throw new OftcError(
        'OFT1020',
        `${name} takes ${arity} tensor${arity === 1 ? '' : 's'}${options ? ' and options' : ''}, got ${args.length} arguments`,
      );
    }
    if (last !== undefined && !options)
      throw new OftcError('OFT1022', `${name} has no options, got ${Object.keys(last).join(', ')}`);
    const attrs = options?.((last ?? {}) as never) ?? {};
    return apply(
      name,
      tensors.map((a) => tensor(a, name)),
      attrs,
    );
  };
}
