/** Finds the merged weight of a layer y = x·weightᵀ + bias that claims none, from its derivative ∂y/∂x. */
import { differentiate, gradName } from '../../compiler/autodiff/differentiate.ts';
import { ofTokens, printDim, RUNTIME_DIM, substituteDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { substituteProgram } from '../../compiler/ir/bind.ts';
import { apply, reapply, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { fold } from '../../compiler/ir/walk.ts';
import { smallSizes } from '../identity/sizes.ts';
import { checkMerge } from './merge.ts';

/**
 * The program with a weight to merge. This is the claimed weight or, for a layer that is affine in x and leaves its
 * bias as it is, ∂y/∂x. It is checked over the field at small sizes; undefined where it is no merged weight.
 */
export function withWeight(program: Program): Program | undefined {
  if (program.claims?.weight) return program;
  const weight = gradientWeight(program);
  if (weight === undefined) return undefined;
  const bias = program.inputs.find((i) => i.name === 'bias');
  const orthogonal = program.claims?.orthogonal ?? [];
  const claimed = { ...program, claims: { weight, orthogonal, ...(bias ? { bias } : {}) } };
  return holds(claimed) ? claimed : undefined;
}

/** Whether the claimed weight is a merged weight at small sizes; false if no sizes fit the layer. */
function holds(claimed: Program): boolean {
  try {
    return smallSizes(claimed).every((s) => checkMerge(claimed, s, 2, 1).every((f) => f.passed));
  } catch (e) {
    if (e instanceof OftcError) return false;
    throw e;
  }
}

/**
 * The gradient of x where the cotangent of y is the identity, with a row for each output. It is the weight W′ of y =
 * x·W′ᵀ; undefined where it depends on x, since y is then not linear in x, or on another tensor of each call.
 */
function gradientWeight(program: Program): Node | undefined {
  const [y, ...more] = program.outputs;
  const x = program.inputs.find((i) => i.name === 'x');
  if (!x || !y || more.length > 0 || !isRows(x) || !isRows(y.node)) return undefined;
  const out = y.node.type.shape[1]!;
  const gradient = differentiate(program).outputs.find((o) => o.name === gradName('x'));
  if (!gradient) return undefined;
  const { claims: _, ...rest } = program;
  const { outputs } = substituteProgram({ ...rest, outputs: [gradient] }, (d) =>
    substituteDim(d, { [RUNTIME_DIM]: out }),
  );
  const found = outputs[0]!.node;
  const each = program.inputs.filter((i) => i.role === 'input' || i.type.shape.some(ofTokens));
  if (topological([found]).some((n) => n.kind === 'input' && each.some((i) => i.name === n.name)))
    return undefined;
  const identity = apply('identity', [], { shape: [out, out] });
  return fold<Node>((n, of) => {
    if (n.kind === 'op') return reapply(n, n.args.map(of));
    return n.role === 'cotangent' ? identity : (program.inputs.find((i) => i.name === n.name) ?? n);
  })(found);
}

/** Whether a matrix has a row for each token. */
const isRows = ({ type: { shape } }: Node): boolean =>
  shape.length === 2 && printDim(shape[0]!) === RUNTIME_DIM && !ofTokens(shape[1]!);
