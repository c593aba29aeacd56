/**
 * Splits a layer for inference with fixed parameters, so that all that depends on parameters alone is computed once.
 * Each product has the association that costs least for each token. The time to form its weights does not count.
 */
import { NO_COST } from './associate/cost.ts';
import { select } from './associate/select.ts';
import { type CompileOptions, derive } from './derive.ts';
import { DEFAULT_PROFILE } from './devices/index.ts';
import { type Dim, ofTokens, sizeDims } from './dims/dims.ts';
import { input, reapply, topological } from './ir/build.ts';
import type { InputNode, Node, OpNode, Program } from './ir/node.ts';
import { actionOf, operator, structureOf } from './ir/operator.ts';
import { argsOf, fold } from './ir/walk.ts';
import { getOrMake } from './keyed.ts';
import { isOp } from './ops/nodes.ts';
import { chainGroups } from './pipeline.ts';
import { foldOver } from './primitives/walk.ts';
import { hasTokens } from './rewrite/applying.ts';
import { applyCandidate, associate } from './rewrite/associate.ts';
import { productCost } from './rewrite/cost.ts';
import { share } from './rewrite/engine.ts';

export interface Merged {
  /** The part of the layer that computes `merged.0`, `merged.1`, … from the parameters. No token flows through it. */
  readonly prepare: Program;
  /** The layer with `merged.0`, `merged.1`, … as inputs, and without the parameters that it no longer reads. */
  readonly run: Program;
}

/** Splits a layer. `options.sizes` binds all dimensions but `tokens`. */
export function mergeOnce(
  source: Program,
  options: Pick<CompileOptions, 'sizes' | 'profile' | 'allow'>,
): Merged {
  const program = cheapestPerToken(source, options);
  const places = new Map<Node, InputNode>();
  const taken = (n: Node): boolean => n.kind === 'op' && isFixed(n) && isWork(n);
  const visit = foldOver<Node, Node>(
    (n) => (taken(n) ? [] : argsOf(n)),
    (n, of) => {
      if (n.kind === 'input') return n;
      return taken(n) ? place(n, places) : reapply(n, n.args.map(of));
    },
  );
  const outputs = program.outputs.map((o) => ({ name: o.name, node: visit(o.node) }));
  const read = (roots: readonly Node[]) => {
    const reached = new Set(topological(roots));
    return program.inputs.filter((i) => reached.has(i));
  };
  const running = read(outputs.map((o) => o.node));
  const { name, where } = program;
  return {
    prepare: {
      name: `${name}.prepare`,
      inputs: read([...places.keys()]),
      outputs: [...places].map(([node, { name }]) => ({ name, node })),
      where,
    },
    run: {
      name,
      inputs: [
        ...program.inputs.filter((i) => i.role === 'input' || running.includes(i)),
        ...places.values(),
      ],
      outputs,
      where,
    },
  };
}

/** The layer associated as if products of parameters were free. A sum of matrices stays one factor. */
function cheapestPerToken(
  source: Program,
  options: Pick<CompileOptions, 'sizes' | 'profile' | 'allow'>,
): Program {
  const { program } = derive(source, { ...options, gradients: false, disable: ['apply'] });
  const sizes = sizeDims(options.sizes ?? {});
  const { groups, subs } = chainGroups(program);
  const perToken = (node: OpNode) => (hasTokens(node) ? productCost(node) : NO_COST);
  const replacements = new Map<Node, Node>();
  for (const group of groups) {
    const candidates = associate(group, subs, sizes, undefined, perToken);
    const { candidate } = select(candidates, options.profile ?? DEFAULT_PROFILE, 'latency', 0).at(-1)!;
    group.chains.forEach((chain, i) => {
      replacements.set(chain.site, candidate.roots[i]!);
    });
  }
  return share(applyCandidate(program, replacements));
}

/** Whether a node depends only on parameters and on sizes other than `tokens`. */
const isFixed: (n: Node) => boolean = fold((n, of) => {
  if (n.kind === 'input') return n.role === 'frozen' || n.role === 'trainable';
  const counts = isOp(n, 'size') && ofTokens(n.attrs.dim as Dim);
  return !counts && !hasTokens(n) && n.args.every(of);
}, new WeakMap<Node, boolean>());

/** Whether a node takes a kernel. A view takes none, nor does a matrix that multiplies without being formed. */
const isWork = (n: OpNode): boolean =>
  n.args.length > 0 && !operator(n.op).view && !structureOf(n) && !actionOf(n);

function place(n: OpNode, places: Map<Node, InputNode>): InputNode {
  return getOrMake(places, n, () => input(`merged.${places.size}`, 'frozen', n.type));
}
