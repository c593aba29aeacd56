/** Finds in a layer what PEFT needs to know: its frozen linear layer, and what the adapter computes before and after. */
import { differentiate, gradName } from '../../../../compiler/autodiff/differentiate.ts';
import { derive } from '../../../../compiler/derive.ts';
import { type Dim, equalDim, printDim } from '../../../../compiler/dims/dims.ts';
import { OftcError } from '../../../../compiler/errors/error.ts';
import { topological } from '../../../../compiler/ir/build.ts';
import type { InputNode, Node, OpNode, Program } from '../../../../compiler/ir/node.ts';
import { operator } from '../../../../compiler/ir/operator.ts';
import { isOp, total } from '../../../../compiler/ops/nodes.ts';
import { cutAtBase } from '../cut.ts';

export interface Adaptation {
  readonly x: InputNode;
  /** The frozen weight (out, in). */
  readonly weight: InputNode;
  /** The frozen layer's bias, where the layer declares it. */
  readonly bias: InputNode | undefined;
  /** Computes z from x; undefined where the frozen layer takes x itself. */
  readonly before: Program | undefined;
  /** Computes y, from `base` if it is an input; undefined where y is the frozen layer's result. */
  readonly after: Program | undefined;
  /** Whether the frozen layer is called. Else `after` computes y from the frozen weight. */
  readonly callsBase: boolean;
  /** Whether the adapter changes the bias, which `after` then reads. Else the bias is added last. */
  readonly mixesBias: boolean;
  /** Whether y is linear in x, or affine. */
  readonly isLinear: boolean;
}

const refusal = (program: Program, problem: string) =>
  new OftcError('OFT1047', `'${program.name}' is no adapter of a linear layer: ${problem}`);

/** The adaptation that a layer declares. Throws OFT1047 for a layer that adapts no linear layer. */
export function adaptationOf(source: Program): Adaptation {
  const x = activation(source);
  const [out, ...others] = source.outputs;
  const features = out && rowLength(out.node.type.shape);
  if (!features || others.length > 0)
    throw refusal(source, 'PEFT takes one result with a row for each token');
  const weight = weightOf(source, x, features);
  const bias = source.inputs.find((i) => isBias(i) && equalDim(i.type.shape[0]!, features));
  for (const i of source.inputs) checkHeld(source, i, [x, weight, bias]);
  const { program } = derive(source, { gradients: false });
  const bare = bias && withoutLast(program, bias);
  const adapter = bare ?? program;
  const cut = cutAtBase(adapter, weight.name);
  return {
    x,
    weight,
    bias,
    before: cut?.before,
    after: cut ? cut.after : adapter,
    callsBase: cut !== undefined,
    mixesBias: bias !== undefined && bare === undefined,
    isLinear: isLinear(program, x),
  };
}

/** The length of a row, of a shape (tokens, length). */
const rowLength = (shape: InputNode['type']['shape']) =>
  shape.length === 2 && printDim(shape[0]!) === 'tokens' ? shape[1] : undefined;

function activation(source: Program): InputNode {
  const [x, another] = source.inputs.filter((i) => i.role === 'input');
  if (!x || another)
    throw refusal(source, `PEFT gives it one activation, and it takes ${another ? 'several' : 'none'}`);
  if (x.type.dtype === 'i32' || !rowLength(x.type.shape))
    throw refusal(source, `'${x.name}' is not a matrix of floats with a row for each token`);
  return x;
}

/** The frozen weight of a layer with so many outputs. */
function weightOf(source: Program, x: InputNode, outputs: Dim): InputNode {
  const matrices = source.inputs.filter((i) => isGivenFloat(i) && i.type.shape.length === 2);
  const [only, another] = matrices;
  const weight = matrices.find((i) => i.stored === 'weight') ?? (another ? undefined : only);
  if (!weight)
    throw refusal(
      source,
      another
        ? `${matrices.map((i) => `'${i.name}'`).join(' and ')} could each be the frozen weight: declare one with { stored: 'weight' }`
        : 'it declares no frozen weight (out, in)',
    );
  const [rows, columns] = weight.type.shape as [Dim, Dim];
  const inputs = rowLength(x.type.shape)!;
  if (!equalDim(rows, outputs) || !equalDim(columns, inputs))
    throw refusal(
      source,
      `'${weight.name}' has shape (${printDim(rows)}, ${printDim(columns)}), and a linear layer from ${printDim(inputs)} to ${printDim(outputs)} stores (${printDim(outputs)}, ${printDim(inputs)})`,
    );
  return weight;
}

const isGivenFloat = (i: InputNode): boolean =>
  i.role === 'frozen' && i.init === undefined && i.type.dtype !== 'i32';

const isBias = (i: InputNode): boolean =>
  isGivenFloat(i) && i.type.shape.length === 1 && (i.stored ?? i.name) === 'bias';

/** Throws OFT1047 for a tensor that neither PEFT nor a start gives. */
function checkHeld(source: Program, i: InputNode, known: readonly (InputNode | undefined)[]): void {
  if (known.includes(i) || i.init !== undefined) return;
  throw refusal(
    source,
    i.role === 'trainable'
      ? `'${i.name}' declares no init, and PEFT makes every adapter anew: declare how it starts, such as { init: 'zeros' }`
      : `nothing gives the frozen tensor '${i.name}': declare how it starts with init, or declare it trainable`,
  );
}

/** The program without the bias that it adds last; undefined where the bias stands elsewhere too. */
function withoutLast(program: Program, bias: InputNode): Program | undefined {
  const { name, node } = program.outputs[0]!;
  if (!isOp(node, 'add')) return undefined;
  const rest = node.args.filter((a) => a !== bias);
  if (rest.length + 1 !== node.args.length || topological(rest).includes(bias)) return undefined;
  return { ...program, outputs: [{ name, node: total(rest) }] };
}

/** Whether the gradient of x does not depend on x, and no value of x is kept out of it. */
function isLinear(program: Program, x: InputNode): boolean {
  const { claims: _, ...forward } = program;
  const nodes = topological(program.outputs.map((o) => o.node));
  const detaches = (n: Node): n is OpNode => n.kind === 'op' && operator(n.op).passes !== undefined;
  if (nodes.some((n) => detaches(n) && topological([n]).includes(x))) return false;
  const own = differentiate(forward).outputs.find((o) => o.name === gradName(x.name))!;
  return !topological([own.node]).includes(x);
}
