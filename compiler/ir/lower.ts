/** Lowers a bound Program to primitives: the structured way, or every operator dense as written. */
import { axesOf, indices, load, map } from '../primitives/build.ts';
import type { InputPrim, Prim, PrimProgram } from '../primitives/prim.ts';
import type { Storage } from '../primitives/storage.ts';
import { foldOver } from '../primitives/walk.ts';
import { Identity, topological } from './build.ts';
import type { Node, OpNode, Program } from './node.ts';
import { actionOf, factsOf, type Lowering, operator, structureOf } from './operator.ts';
import { argsOf, fold } from './walk.ts';

export interface LoweringOptions {
  /**
   * Whether matrices keep their structure. If not, each is formed and multiplied dense, in the order that the program
   * has, as PyTorch would run it.
   */
  readonly structured: boolean;
  /** The encodings of inputs that a device does not hold as one element after another. */
  readonly stored?: Readonly<Record<string, Storage>>;
  /**
   * The formula of a primitive. `node` is the outermost node that the primitive computes; undefined for a primitive
   * that computes an intermediate result within a node.
   */
  readonly formula?: (prim: Prim, node: OpNode | undefined) => string;
  /** Whether an operator that has an argument's value, such as `detach`, copies it, so that a primitive stands for it. */
  readonly copies?: boolean;
}

/** Lowers a bound program to primitives. */
export function lowerProgram(program: Program, options: LoweringOptions): PrimProgram {
  const { stored = {}, formula, copies = false } = options;
  // Nodes are compared by structure, because lowering may build a node that the program has already. An eager system
  // would compute it twice.
  const identity = new Identity();
  const done = new Map<Node | number, Prim>();
  const made = new Set<Prim>();
  const computed = new Map<Prim, OpNode>();
  const ctx: Lowering = {
    structured: options.structured,
    lower: (node) => {
      const id = options.structured ? identity.of(node) : node;
      let prim = done.get(id);
      if (!prim) {
        prim = node.kind === 'input' ? inputPrim(node.name, node, stored) : lowerOperator(node, ctx);
        if (copies && node.kind === 'op') prim = copyOf(prim, node, ctx) ?? prim;
        // An operator that gives back an argument has made no new tensor.
        if (node.kind === 'op' && !made.has(prim)) prim = withMirror(prim, node);
        made.add(prim);
        done.set(id, prim);
        if (node.kind === 'op') computed.set(prim, node);
      }
      return prim;
    },
  };
  const inputs = program.inputs.map((i) => ctx.lower(i) as InputPrim);
  lowerDeep(
    program.outputs.map((o) => o.node),
    ctx,
  );
  const outputs = program.outputs.map((o) => ({ name: o.name, prim: ctx.lower(o.node) }));
  if (!formula) return { name: program.name, inputs, outputs };
  const told = withFormulas((prim) => formula(prim, computed.get(prim)));
  return { name: program.name, inputs, outputs: outputs.map((o) => ({ ...o, prim: told(o.prim) })) };
}

/** Gives each primitive but the inputs its formula. */
const withFormulas = (formula: (prim: Prim) => string): ((prim: Prim) => Prim) =>
  foldOver<Prim, Prim>(
    (prim) => prim.args,
    (prim, of) =>
      prim.kind === 'input' ? prim : { ...prim, args: prim.args.map(of), formula: formula(prim) },
  );

/** The number of nodes that may wait for their arguments at once. */
const DEPTH = 200;

/**
 * Lowers every node at each DEPTH-th level before the nodes that use it. Operators lower their arguments on demand,
 * which would fill the call stack in a deep graph. A matrix that is never formed is left to the operator that applies
 * it.
 */
function lowerDeep(roots: readonly Node[], ctx: Lowering): void {
  const level = fold<number>((n, of) => argsOf(n).reduce((most, a) => Math.max(most, of(a) + 1), 0));
  for (const n of topological(roots)) {
    if (level(n) % DEPTH === DEPTH - 1 && !structureOf(n) && !actionOf(n)) ctx.lower(n);
  }
}

/** Lowers one operator. Unless matrices keep their structure, every operator but a view runs alone and is stored. */
function lowerOperator(node: OpNode, ctx: Lowering): Prim {
  const op = operator(node.op);
  const prim = op.lower(node, ctx);
  return ctx.structured || op.view || prim.kind === 'input' || prim.stored ? prim : { ...prim, stored: true };
}

/** A copy of the argument whose value a node has; undefined where it computes its own. */
function copyOf(result: Prim, node: OpNode, ctx: Lowering): Prim | undefined {
  const { passes } = operator(node.op);
  if (passes === undefined) return undefined;
  const args = node.args.map((a) => ctx.lower(a));
  const axes = axesOf(result.shape);
  return map(node, axes, args, load(passes, indices(axes)), result.shape);
}

function withMirror(prim: Prim, node: OpNode): Prim {
  const { symmetric, skewSymmetric } = factsOf(node);
  return symmetric || skewSymmetric ? { ...prim, mirrored: symmetric ? 1 : -1 } : prim;
}

const inputPrim = (name: string, node: Node, stored: Readonly<Record<string, Storage>>): InputPrim => ({
  kind: 'input',
  name,
  shape: node.type.shape,
  dtype: node.type.dtype,
  args: [],
  spans: node.spans,
  label: name,
  ...(Object.hasOwn(stored, name) ? { storage: stored[name]! } : {}),
});
