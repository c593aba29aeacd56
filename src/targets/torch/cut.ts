/**
 * Cuts a layer at its frozen linear layer: into what comes before it, x → z, and what comes after it, base(z) → y. The
 * frozen layer itself stays what it is: quantised, nested in other adapters, or spread over devices.
 */
import { derive } from '../../../compiler/derive.ts';
import { apply, input, reapply, rebuild, topological } from '../../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../../compiler/ir/node.ts';
import { fold } from '../../../compiler/ir/walk.ts';
import { isOp, product } from '../../../compiler/ops/nodes.ts';

export interface CutLayer {
  /** Computes z from x and the parameters; undefined where the frozen layer takes x itself. */
  readonly before: Program | undefined;
  /** Computes y from `base`, x and the parameters; undefined where y is the frozen layer's result. */
  readonly after: Program | undefined;
}

/** The name of the frozen layer's result, without its bias. */
export const BASE = 'base';

/** Whether a node depends on activations. */
const ofActivations = fold<boolean>((n, of) => (n.kind === 'input' ? n.role === 'input' : n.args.some(of)));

/** Whether a node is Wᵀ: the frozen layer multiplies by the transpose of the weight that it stores. */
const isTransposed = (n: Node, weight: InputNode | undefined): boolean =>
  isOp(n, 'transpose') && n.args[0] === weight;

/**
 * Cuts the forward pass of a layer at the product of activations with the frozen tensor named `weight`; undefined
 * where there is not exactly one such product.
 */
export function cutAtBase(source: Program, weight: string): CutLayer | undefined {
  const { program } = derive(source, { gradients: false });
  const W = program.inputs.find((i) => i.name === weight);
  const roots = program.outputs.map((o) => o.node);
  const products = topological(roots).flatMap((n) => {
    if (!isOp(n, 'matmul')) return [];
    const at = n.args.findIndex((a) => isTransposed(a, W));
    return at > 0 && ofActivations(product(n.args.slice(0, at))) ? [{ node: n, at }] : [];
  });
  const [only, another] = products;
  if (!only || another) return undefined;
  const { node, at } = only;
  const h = product(node.args.slice(0, at));
  const base = input(BASE, 'input', apply('matmul', node.args.slice(0, at + 1)).type);
  const rest: Node = product([base, ...node.args.slice(at + 1)]);
  const outputs = program.outputs.map((o) => ({
    name: o.name,
    node: rebuild(new Map<Node, Node>([[node, rest]]), reapply)(o.node),
  }));
  return {
    before: h.kind === 'input' ? undefined : withInputs({ ...program, outputs: [{ name: 'z', node: h }] }),
    after: outputs.every((o) => o.node === base) ? undefined : withInputs({ ...program, outputs }, base),
  };
}

/** The program with the inputs that it reads, in order. */
function withInputs({ claims: _, ...program }: Program, ...more: readonly InputNode[]): Program {
  const read = new Set<Node>(topological(program.outputs.map((o) => o.node)));
  return { ...program, inputs: [...more, ...program.inputs].filter((i) => read.has(i)) };
}
