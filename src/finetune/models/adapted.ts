/**
 * Puts any layer with inputs x and W, the library's or a user's, in place of a model's frozen linear layer. Its body
 * runs on the model's tensors, and its own tensors join the model's under prefixed names.
 */
import {
  type Binding,
  equalDim,
  parseDim,
  printDim,
  RUNTIME_DIM,
  substituteDim,
} from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { bindProgram, solveDims, substituteProgram } from '../../../compiler/ir/bind.ts';
import { printShape, substitute } from '../../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../../compiler/ir/node.ts';
import { madeSquare } from '../../../compiler/ir/size-notes.ts';
import { frozen, input, type Param, type Tensor, trainable } from '../../language/dsl/index.ts';
import { unwrap, wrap } from '../../language/dsl/tensor.ts';

/** An adapter's layer at the sizes of one linear layer. */
export interface Adapted {
  readonly program: Program;
  /** The layer's tensors besides x, W and bias: the trainable ones, and frozen ones that they need. */
  readonly own: readonly InputNode[];
  /** The mask of dropout that the layer takes in training. */
  readonly mask?: Mask;
}

/** A mask of the elements of the layer's input `keep`, or of the blocks that the first axes of a tensor count. */
export type Mask =
  | { readonly of: 'input'; readonly tensor: InputNode }
  | { readonly of: 'blocks'; readonly tensor: InputNode; readonly axes: number };

/** The tensors of a model's linear layer. */
export const GIVEN: readonly string[] = ['x', 'W', 'bias'];

/** The layer's own tensors: all but those of the model's linear layer. */
const ownOf = ({ inputs }: Program): InputNode[] => inputs.filter((i) => !GIVEN.includes(i.name));

/** The layer's own tensors that training leaves unchanged. */
export const frozenOf = (program: Program): InputNode[] => ownOf(program).filter((i) => i.role === 'frozen');

/**
 * The layer at the sizes of a weight (out, in). Throws OFT6001 for a layer that cannot replace x·Wᵀ + bias, and what
 * `solveDims` and `bindProgram` throw if sizes do not fit.
 */
export function adaptedAt(program: Program, weight: readonly [number, number], dims: Binding): Adapted {
  const named = (name: string) => program.inputs.find((i) => i.name === name);
  const [x, W] = [named('x'), named('W')];
  if (x?.role !== 'input' || W?.role !== 'frozen' || program.outputs.length !== 1) {
    throw new OftcError(
      'OFT6001',
      `'${program.name}' cannot take the place of a linear layer: declare x: input('tokens', 'in') and W: frozen('out', 'in'), and return one tensor`,
    );
  }
  if (x.type.shape.length !== 2 || printDim(x.type.shape[0]!) !== RUNTIME_DIM)
    throw new OftcError(
      'OFT6001',
      `'${program.name}' declares x as ${printShape(x.type.shape)}: declare x: input('tokens', 'in'), because all leading axes, such as batch and seq, fold into 'tokens'`,
      x.spans,
    );
  const [out, inner] = W.type.shape;
  if (weight[0] !== weight[1] && out && inner && equalDim(out, inner))
    throw new OftcError(
      'OFT6001',
      `'${program.name}' declares W as square, ${printShape(W.type.shape)}, and this weight is (${weight.join(', ')}): ${madeSquare(program) ?? "declare W: frozen('out', 'in')"}`,
      W.spans,
    );
  if (out && inner && equalDim(out, x.type.shape[1]!) && !equalDim(out, inner))
    throw new OftcError(
      'OFT6001',
      `'${program.name}' declares W as ${printShape(W.type.shape)}, and a model has it as (out, in): declare W: frozen('${printDim(inner)}', '${printDim(out)}'), and in the body write W.T for W, and W for W.T`,
      W.spans,
    );
  const known = Object.fromEntries(Object.entries(dims).filter(([n]) => usesDim(program, n)));
  const bound = bindProgram(program, solveDims(program, known, { W: weight }), '--set');
  const { shape } = bound.outputs[0]!.node.type;
  const wanted = [parseDim(RUNTIME_DIM), parseDim(`${weight[0]}`)];
  if (shape.length !== 2 || !wanted.every((d, i) => equalDim(d, shape[i]!)))
    throw new OftcError(
      'OFT6001',
      `'${program.name}' returns ${printShape(shape)} here, and a linear layer returns ${printShape(wanted)}: return one tensor of tokens and outputs, such as x.matmul(W.T)`,
      bound.outputs[0]!.node.spans,
    );
  return { program: bound, own: ownOf(bound) };
}

/** The layer for an input with another number of rows than `tokens`, such as 'tokens*16'. */
export function ofRows({ program, own, mask }: Adapted, rows: string): Adapted {
  const by = { [RUNTIME_DIM]: parseDim(rows) };
  const changed = substituteProgram(program, (d) => substituteDim(d, by));
  const now = (i: InputNode): InputNode => changed.inputs[program.inputs.indexOf(i)]!;
  return {
    program: changed,
    own: own.map(now),
    ...(mask ? { mask: { ...mask, tensor: now(mask.tensor) } } : {}),
  };
}

/** The prefix of the stored names of an adapter's tensors that follows another one. */
export const FOLLOWING = 'then.';

/**
 * Two layers as one: the second takes the merged weight of the first for W, so that two rotations become R₂·R₁·W, and
 * two additions W + Δ₁ + Δ₂. The first claims its merged weight, and leaves its bias as it is.
 */
export function afterwards(first: Adapted, second: Adapted): Adapted {
  const merged = first.program.claims!.weight!;
  const renamed = new Map<Node, Node>();
  const own = second.own.map((i): InputNode => {
    const stored = `${FOLLOWING}${i.stored ?? i.name}`;
    const next = { ...i, name: `next_${i.name}`, stored };
    renamed.set(i, next);
    return next;
  });
  const of = (name: string, { inputs }: Program) => inputs.find((i) => i.name === name);
  const by = new Map(renamed).set(of('W', second.program)!, merged);
  const [output] = second.program.outputs;
  const { weight, bias } = second.program.claims ?? {};
  const given = GIVEN.flatMap((name) => {
    const input = of(name, name === 'W' ? first.program : second.program);
    return input ? [input] : [];
  });
  const all = [...first.own, ...own];
  return {
    program: {
      name: `${first.program.name} and ${second.program.name}`,
      inputs: [...given, ...all],
      outputs: [{ ...output!, node: substitute(output!.node, by) }],
      where: {},
      ...(weight ? { claims: { weight: substitute(weight, by), bias, orthogonal: [] } } : {}),
    },
    own: all,
  };
}

/** Whether a program uses a dimension; given sizes of others are ignored, so that one set serves different layers. */
const usesDim = (program: Program, name: string): boolean =>
  Object.hasOwn(program.where, name) ||
  program.inputs.some((i) =>
    i.type.shape.some((d) => d.terms.some((t) => t.powers.some(([n]) => n === name))),
  );

/** A tensor's name in the model: `v.0` of the adapter on q is `q_v_0`. */
export const ownName = (prefix: string, { name }: InputNode): string =>
  `${prefix}_${name.replaceAll('.', '_')}`;

/** The input of a layer with dropout that takes the mask. */
const MASK = 'keep';

/** A mask's name in the model. */
export const maskName = (prefix: string): string => `${prefix}_${MASK}`;

/** The layer with a mask for what it drops. */
export function withMask(
  adapted: Adapted,
  dropped:
    | { readonly of: 'input' }
    | { readonly of: 'blocks'; readonly tensor: string; readonly axes: number },
): Adapted {
  const { program, own } = adapted;
  const named = (name: string) => program.inputs.find((i) => i.name === name)!;
  if (dropped.of === 'blocks') return { ...adapted, mask: { ...dropped, tensor: named(dropped.tensor) } };
  const mask = { of: 'input', tensor: named(MASK) } as const;
  return { program, own: own.filter((i) => i !== mask.tensor), mask };
}

/** The declaration of a mask: each run of the program gives it. */
function maskParam(mask: Mask): Param {
  const shape = mask.tensor.type.shape.map(printDim);
  if (mask.of === 'input') return frozen(...shape);
  return input(...shape.map((size, axis) => (axis < mask.axes ? size : '1')));
}

/**
 * Declarations of an adapter's own tensors for the layer that calls it, stored below the module that it adapts. On a layer
 * of experts, each tensor has an axis of these in front.
 */
export const prefixed = (
  prefix: string,
  module: string,
  { own, mask }: Adapted,
  experts?: number,
): Record<string, Param> => ({
  ...Object.fromEntries(
    own.map((i) => {
      const shape = [...(experts === undefined ? [] : [experts]), ...i.type.shape.map(printDim)];
      const { dtype } = i.type;
      const stored = `${module}.${i.stored ?? i.name}`;
      const param =
        i.role === 'trainable' && dtype !== 'i32'
          ? trainable(...shape, { dtype, stored })
          : frozen(...shape, { dtype, stored });
      return [ownName(prefix, i), param];
    }),
  ),
  ...(mask ? { [maskName(prefix)]: maskParam(mask) } : {}),
});

/**
 * The adapter's result in a model. A bias that the layer does not declare is added to its result. Throws OFT6001 if
 * the layer wants a bias and there is none.
 */
export function applyAdapter(
  { program, own, mask }: Adapted,
  prefix: string,
  { x, W, bias }: { readonly x: Tensor; readonly W: Tensor; readonly bias: Tensor | undefined },
  tensors: Readonly<Record<string, Tensor>>,
): Tensor {
  const keep = mask && tensors[maskName(prefix)];
  const given: Readonly<Record<string, Tensor | undefined>> = { x, W, bias, [MASK]: keep };
  const nodeOf = (i: InputNode): Node => {
    if (!own.includes(i)) return unwrap(given[i.name]) as Node;
    const tensor = tensors[ownName(prefix, i)]!;
    return unwrap(keep && mask?.of === 'blocks' && mask.tensor === i ? tensor.mul(keep) : tensor) as Node;
  };
  const y: Tensor = wrap(
    substitute(program.outputs[0]!.node, new Map(program.inputs.map((i) => [i as Node, nodeOf(i)]))),
  );
  const takesBias = program.inputs.some((i) => i.name === 'bias');
  return bias && !takesBias ? y.add(bias) : y;
}
