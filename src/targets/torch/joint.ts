/** Divides a program with gradients into a forward pass and a backward pass. */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import { constantOf, type Dim, equalDim, productDim } from '../../../compiler/dims/dims.ts';
import type { Program, Role } from '../../../compiler/ir/node.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { InputPrim, Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { foldOver } from '../../../compiler/primitives/walk.ts';
import { type Assignment, assignmentsOf, type Computed } from './graph.ts';

/** The assignments of both passes, and the tensors that the first hands to the second. */
export interface Joint {
  readonly forward: readonly Assignment[];
  /** The tensors of the forward pass that the backward pass reads. */
  readonly saved: readonly Prim[];
  /** The assignments of the backward pass. Tensors of parameters alone that are as large as a weight are computed again. */
  readonly backward: readonly Assignment[];
  /** The names of the inputs whose gradients need an assignment of the backward pass. */
  needs(a: Assignment): readonly string[];
  /** Whether a tensor depends on parameters alone. */
  isParameter(p: Prim): boolean;
}

export function jointOf(program: Program, primitives: PrimProgram, isWhole: (p: Prim) => boolean): Joint {
  const all = assignmentsOf(primitives, isWhole);
  const computes = new Map(all.map((s) => [s.tensor, s.computes]));
  const argsOf = (p: Prim) => computes.get(p)?.args ?? [];
  const roles = new Map(program.inputs.map((i) => [i.name, i.role]));
  const dependsOn = (role: Role) =>
    foldOver<Prim, boolean>(argsOf, (p, of) =>
      p.kind === 'input' ? roles.get((p as InputPrim).name) === role : argsOf(p).some(of),
    );
  const [ofCotangent, ofInput] = [dependsOn('cotangent'), dependsOn('input')];
  const isGradient = (name: string) => program.inputs.some((i) => gradName(i.name) === name);
  const gradients = primitives.outputs.filter((o) => isGradient(o.name));
  const results = primitives.outputs.filter((o) => !isGradient(o.name));
  const reached = (roots: readonly Prim[], stops: (p: Prim) => boolean = () => false): Set<Prim> => {
    const seen = new Set<Prim>();
    const visit = (p: Prim): void => {
      if (seen.has(p)) return;
      seen.add(p);
      if (!stops(p)) argsOf(p).forEach(visit);
    };
    roots.forEach(visit);
    return seen;
  };
  const inForward = reached(results.map((o) => o.prim));
  const weights = primitives.inputs
    .filter((i) => roles.get(i.name) === 'frozen')
    .map((i) => productDim(i.shape));
  const isKept = (p: Prim) =>
    argsOf(p).length > 0 && inForward.has(p) && (ofInput(p) || !isAsLarge(productDim(p.shape), weights));
  const roots = gradients.map((o) => o.prim);
  // A tensor that only rearranges inputs of the backward pass is computed again, because that costs less than to keep it.
  const read = reached(roots, isKept);
  const isRearranged = foldOver<Prim, boolean>(argsOf, (p, of) =>
    argsOf(p).length === 0 ? read.has(p) && ofInput(p) : rearranges(p, computes) && argsOf(p).every(of),
  );
  const isSaved = (p: Prim) => isKept(p) && !isRearranged(p);
  const inBackward = reached(roots, isSaved);
  const needing = gradients.map(
    (o) => [o.name.slice(gradName('').length), reached([o.prim], isSaved)] as const,
  );
  return {
    forward: all.filter((s) => inForward.has(s.tensor)),
    saved: all.map((s) => s.tensor).filter((t) => inBackward.has(t) && isSaved(t)),
    backward: parametersEarly(
      all.filter((s) => inBackward.has(s.tensor) && !isSaved(s.tensor)),
      (t) => needing.some(([name, needed]) => roles.get(name) === 'input' && needed.has(t)),
    ),
    needs: (s) => needing.flatMap(([name, all]) => (all.has(s.tensor) ? [name] : [])),
    isParameter: (p) => !ofInput(p) && !ofCotangent(p),
  };
}

/** Whether an assignment gives each element of its tensor one of another tensor, or its negative. */
function rearranges(p: Prim, computes: ReadonlyMap<Prim, Computed>): boolean {
  const c = computes.get(p);
  const isLoad = (e: Expr): boolean =>
    e.k === 'load' ||
    (e.k === 'select' && isLoad(e.then) && isLoad(e.else)) ||
    (e.k === 'call' && e.fn === 'neg' && isLoad(e.args[0]!)) ||
    (e.k === 'call' && e.fn === 'mul' && e.args[0]!.k === 'const' && isLoad(e.args[1]!));
  return c?.kind === 'map' && isLoad(c.body);
}

/**
 * The assignments with those that parameters' gradients alone need as early as what they read allows, so that the
 * tensors of tokens between them are free early. `isForInputs` says which ones the gradients of inputs need.
 */
function parametersEarly(all: readonly Assignment[], isForInputs: (t: Prim) => boolean): Assignment[] {
  const own = new Set(all.map((s) => s.tensor));
  const done = new Set<Prim>();
  const order: Assignment[] = [];
  let waiting = all.filter((s) => !isForInputs(s.tensor));
  const take = (s: Assignment): void => {
    order.push(s);
    done.add(s.tensor);
  };
  const takeReady = (): void => {
    // Assignments come after what they read, so one walk takes all that are ready.
    waiting = waiting.filter((s) => {
      const isReady = s.computes.args.every((a) => done.has(a) || !own.has(a));
      if (isReady) take(s);
      return !isReady;
    });
  };
  takeReady();
  for (const s of all) {
    if (!isForInputs(s.tensor)) continue;
    take(s);
    takeReady();
  }
  return order;
}

/** Whether a tensor has as many elements as a frozen one. Sizes without a number are compared as they are written. */
const isAsLarge = (size: Dim, weights: readonly Dim[]): boolean =>
  weights.some((w) => {
    const [own, weight] = [constantOf(size), constantOf(w)];
    return own !== undefined && weight !== undefined ? own >= weight : equalDim(size, w);
  });
