/** Tells whether two layers compute the same function. */
import { derive } from '../../compiler/derive.ts';
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, freeDims, solveDims } from '../../compiler/ir/bind.ts';
import { reapply, rebuild } from '../../compiler/ir/build.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import { random } from '../start/random.ts';
import { fits, smallSizes, tokensFrom } from './sizes.ts';
import { tryOverField } from './trial.ts';

/** The number of random points at which two layers are compared, and the least token count. */
const TRIALS = 3;
const TOKENS = 5;

/**
 * Whether a layer has the inputs, outputs and gradients of another one, at random points of a small size. `paired` has
 * the input of the other layer that each input stands for.
 */
export function isSameFunction(
  program: Program,
  other: Program,
  paired: ReadonlyMap<InputNode, InputNode>,
): boolean {
  const [least, apart = least] = smallSizes(other);
  const bound = bindProgram(other, apart!);
  const tokens = tokensFrom(other, apart!, TOKENS);
  const shapes = Object.fromEntries(
    bound.inputs.map((i) => [i.name, i.type.shape.map((d) => evalDim(d, { tokens }))]),
  );
  const own = renamed(program, other, paired);
  return bindings(own, shapes, Object.values(apart!)).some((sizes) => {
    const sides = [bindProgram(own, sizes), bound].map((p) => {
      const { program: whole } = derive(p, { gradients: true, asWritten: true });
      return { whole, primitives: lowerProgram(whole, { structured: false }) };
    });
    const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const next = random(1);
    return Array.from({ length: TRIALS }).every(() => {
      const trial = tryOverField(b.whole, a.primitives, b.primitives, tokens, next);
      return trial.failure === undefined && trial.empty === undefined;
    });
  });
}

/** The sizes at which a program has these shapes. One that no shape gives, such as a group's, is one of `sizes`. */
function bindings(
  program: Program,
  shapes: Readonly<Record<string, readonly number[]>>,
  sizes: readonly number[],
): Binding[] {
  const solved = (given: Binding) => {
    try {
      return [solveDims(program, given, shapes)];
    } catch (error) {
      if (error instanceof OftcError) return [];
      throw error;
    }
  };
  const isWhole = (known: Binding) => freeDims(program).every((n) => Object.hasOwn(known, n));
  const [alone] = solved({});
  if (!alone || isWhole(alone)) return alone ? [alone] : [];
  const open = freeDims(program).filter((n) => !Object.hasOwn(alone, n));
  return open
    .flatMap((n) => sizes.flatMap((size) => solved({ [n]: size })))
    .filter((b) => isWhole(b) && fits(program, b));
}

/** The program with the names of the other one. */
function renamed(program: Program, other: Program, paired: ReadonlyMap<InputNode, InputNode>): Program {
  const inputs = new Map<Node, InputNode>(
    program.inputs.map((i) => [i, { ...i, name: paired.get(i)!.name }]),
  );
  const visit = rebuild(inputs, reapply);
  const { claims: _, ...rest } = program;
  return {
    ...rest,
    inputs: program.inputs.map((i) => inputs.get(i)!),
    outputs: program.outputs.map((o, n) => ({ name: other.outputs[n]?.name ?? o.name, node: visit(o.node) })),
  };
}
