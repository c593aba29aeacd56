/**
 * Reverse-mode differentiation of a Program, by each operator's vjp. The gradient of a structured operator is a
 * projection of a chain of products, so that nothing dense is formed before an association is chosen.
 */
import { OftcError } from '../errors/error.ts';
import { input, topological, withSpans } from '../ir/build.ts';
import type { InputNode, Node, OpNode, Output, Program } from '../ir/node.ts';
import { cotangents, needsGradient } from '../ops/cotangents.ts';
import { scaled, total } from '../ops/nodes.ts';

/** The name of an output's cotangent, or of an input's gradient. */
export const gradName = (name: string): string => `grad.${name}`;

/** Inputs that get a gradient: float inputs that are not frozen. */
export const differentiable = (program: Program): InputNode[] =>
  program.inputs.filter((i) => (i.role === 'input' || i.role === 'trainable') && i.type.dtype !== 'i32');

/**
 * Adds an input `grad.<output>` (role cotangent) for every output and an output `grad.<input>` for every
 * differentiable input: the gradients of Σ ⟨output, grad.output⟩. An input that reaches no output differentiably
 * gets zeros; `checkDifferentiable` refuses an author's program with such an input.
 */
export function differentiate(program: Program): Program {
  const given = program.outputs.map((o) => input(gradName(o.name), 'cotangent', o.node.type));
  const sums = accumulate(program, given);
  const gradients: Output[] = differentiable(program).map((i) => ({
    name: gradName(i.name),
    node: withSpans(i.spans, () => total(sums.get(i) ?? [scaled(0, i)])),
  }));
  return {
    ...program,
    inputs: [...program.inputs, ...given],
    outputs: [...program.outputs, ...gradients],
  };
}

/** Checks that every differentiable input reaches an output differentiably. Throws OFT2020 where one does not. */
export function checkDifferentiable(program: Program): void {
  const outputs = program.outputs.map((o) => o.node);
  const sums = accumulate(program, outputs);
  const lost = differentiable(program).find((i) => !sums.has(i));
  if (lost === undefined) return;
  const frozen = lost.role === 'trainable' ? 'declare it frozen ' : '';
  const stop = detachOf(lost, outputs);
  throw new OftcError(
    'OFT2020',
    stop
      ? `'${lost.name}' has no gradient, because detach stops it here: take detach away${frozen && `, or declare '${lost.name}' frozen`}`
      : `'${lost.name}' has no gradient: no output depends on it differentiably; use it, ${frozen}or leave it out`,
    stop?.spans ?? lost.spans,
  );
}

/** The `detach` through which outputs depend on an input, the first after the input; undefined if there is none. */
function detachOf(input: InputNode, outputs: readonly Node[]): OpNode | undefined {
  const dependent = new Set<Node>([input]);
  for (const node of topological(outputs)) {
    if (node.kind === 'input' || !node.args.some((a) => dependent.has(a))) continue;
    if (node.op === 'detach') return node;
    dependent.add(node);
  }
  return undefined;
}

/** The cotangents that reach each node, given those of the outputs. Their sum is the node's cotangent. */
function accumulate(program: Program, given: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const roots = program.outputs.map((o, i) => [o.node, given[i]!] as const);
  return cotangents(topological(program.outputs.map((o) => o.node)), roots, needsGradient);
}
