/**
 * The interface of an operator. It states the operator's type, facts, transpose and vjp, how it multiplies without being
 * formed, its meaning in primitives, and how a layer writes it. One file in compiler/ops holds all of an operator. The
 * functions and methods that authors call stand at the end of that file, and surface.ts lists them.
 */
import type { Binding, Dim } from '../dims/dims.ts';
import type { Rational } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import type { Prim } from '../primitives/prim.ts';
import type { Attrs, Node, OpNode, TensorType } from './node.ts';
import { fold } from './walk.ts';

/**
 * `exact`: RᵀR = I in exact arithmetic. `approximate`: only up to a truncation, described by `residual`;
 * no rule that needs RᵀR = I may fire on it.
 */
export type Orthogonality =
  | { readonly kind: 'exact' }
  | { readonly kind: 'approximate'; readonly residual: string };

/** The orthogonality of a product, up to the residuals of all factors; undefined where a factor is not orthogonal. */
export function productOrthogonality(factors: readonly Facts[]): Orthogonality | undefined {
  const residuals = new Set<string>();
  for (const { orthogonal } of factors) {
    if (!orthogonal) return undefined;
    if (orthogonal.kind === 'approximate') residuals.add(orthogonal.residual);
  }
  return residuals.size === 0
    ? { kind: 'exact' }
    : { kind: 'approximate', residual: [...residuals].join(' + ') };
}

export interface Facts {
  readonly orthogonal?: Orthogonality;
  /** Whether Aᵀ = −A for each matrix. */
  readonly skewSymmetric?: boolean;
  /** Whether Aᵀ = A for each matrix. */
  readonly symmetric?: boolean;
  /**
   * A bound of xᵀAx for each x ≠ 0, which the symmetric part ½(A + Aᵀ) decides: at least xᵀx for `unit`, above 0 for
   * `positive`, and at least 0 for `semi`.
   */
  readonly definite?: 'unit' | 'positive' | 'semi';
  /** Whether all elements below the diagonal are 0, or all above. */
  readonly triangular?: boolean;
}

/** Lowers one node; arguments are lowered on demand, so a structured factor need never be formed. */
export interface Lowering {
  /** Whether matrices keep their structure. If not, each operator is formed dense, as `--as-written` runs it. */
  readonly structured: boolean;
  lower(node: Node): Prim;
}

/** The products of a structured matrix with dense ones, for which it need not be formed. */
export interface Structure {
  /** x·M for x (…, rows of M). */
  applyRight(node: OpNode, x: Prim, ctx: Lowering): Prim;
  /** Lowers M·y for y (columns of M, n). */
  applyLeft(node: OpNode, y: Prim, ctx: Lowering): Prim;
  /** The operations for n rows of x, or n columns of y: two for each multiply-add. */
  ops(node: OpNode, n: Dim): Dim;
  /** The number of stored elements that determine the matrix. */
  elements(node: OpNode): Dim;
  /** The product with another structured matrix, where the product keeps the structure. */
  compose?(left: OpNode, right: OpNode): Node | undefined;
}

/** The products of a matrix, expressed in other operators: a diagonal scales elements, a permutation moves them. */
export interface Action {
  /** Whether a node acts in this way; if absent, every node does. */
  acts?(node: OpNode): boolean;
  /** x·M for x (…, rows of M). `sizes` are those of symbolic dimensions, as far as they are known. */
  right(node: OpNode, x: Node, sizes?: Binding): Node;
  /** Builds M·y for y (…, columns of M, n). */
  left(node: OpNode, y: Node, sizes?: Binding): Node;
  /** The operations for one row of x; if absent, the matrix only scales elements and moves them. */
  ops?(node: OpNode, sizes: Binding): Dim;
}

/** Prints the layer that a node is part of. */
export interface LayerPrinter {
  /** A node's name in the layer, or its expression. */
  text(node: Node): string;
  /**
   * A node's text as an operand, for methods and functions that take a tensor or a number. A constant prints as its
   * number.
   */
  operand(node: Node): string;
  /** A dimension, quoted, by the author's name for it. */
  dim(d: Dim): string;
  number(value: Rational): string;
  /** A call of a function of `oftc`, which the layer then imports. */
  call(name: string, args: readonly string[]): string;
}

/** Kinds of attribute values; `numbers` are finite float64s, integers are safe ones. */
export type Attribute = 'boolean' | 'integer' | 'integers' | 'numbers' | 'rational' | 'dim' | 'dims';

/** An operator's number of arguments (`some`: at least one, `several`: at least two) and its attributes by name. */
export interface Takes {
  readonly args: number | 'some' | 'several';
  readonly attrs?: Readonly<Record<string, Attribute>>;
  readonly optional?: Readonly<Record<string, Attribute>>;
}

/** Draws the random parts of an instance. `tensor` makes a new float tensor, whose size `tokens` stays symbolic. */
export interface Draw {
  int(min: number, max: number): number;
  pick<T>(...choices: readonly T[]): T;
  tensor(...shape: readonly (number | 'tokens')[]): Node;
}

export interface Operator {
  readonly name: string;
  /** The operator's formula, in one line. */
  readonly law: string;
  /** The number of arguments and the attributes. Only operators that state them can be stored: see ir/stored.ts. */
  readonly takes?: Takes;
  /**
   * The type of the result. Throws OftcError (OFT2xxx) when shapes or dtypes do not fit. It sees sizes by name first, and
   * again as numbers once they are bound.
   */
  type(args: readonly TensorType[], attrs: Attrs): TensorType;
  facts?(node: OpNode, of: (n: Node) => Facts): Facts;
  /**
   * The transpose of the last two axes, pushed into the arguments. If absent, the transpose is a view. A rule of the
   * operator's own applies it.
   */
  transpose?(node: OpNode): Node;
  /** The formula of the transpose, in one line. */
  readonly transposeLaw?: string;
  /**
   * Draws a well-typed application. If the operator has a `transpose`, the result is a matrix and the instance of its
   * rule.
   */
  sample?(draw: Draw): OpNode;
  /** The cotangents of the arguments for cotangent g of the output; undefined for an argument that has none. */
  vjp(node: OpNode, g: Node): readonly (Node | undefined)[];
  /** The node's dense meaning in primitives. */
  lower(node: OpNode, ctx: Lowering): Prim;
  readonly structure?: Structure;
  /** The products x·M and M·y of the operator's matrix M, expressed in other operators. */
  readonly action?: Action;
  /** Whether the operator only reads its argument by other indices: even an eager system runs no kernel for it. */
  readonly view?: true;
  /** The size of the matrix whose positions the second argument has: rows above columns (see sparse.ts). */
  positions?(node: OpNode): readonly [rows: Dim, columns: Dim];
  /**
   * Whether the operator keeps only parts of its argument. The other parts of an argument that is a product are not
   * computed.
   */
  readonly projects?: true;
  /** Whether the arguments broadcast: the operator computes each element from one of each argument. */
  readonly broadcasts?: true;
  /** The axis of which the second argument has indices. */
  indexes?(node: OpNode): Dim;
  /** The place of the argument whose value the operator has, where it changes only the gradient. */
  readonly passes?: number;
  /**
   * Whether the operator's elements are numbers that no tensor gives. They are f32, and f16 beside operands of f16, as a
   * number of Python is.
   */
  readonly weak?: true;
  /** Whether the operator makes an orthogonal matrix of one that is not. */
  readonly rotates?: true;
  /** Whether the inverse of the operator's matrix takes a smaller elimination than its size, or none. */
  readonly invertsByParts?: true;
  /**
   * The text of a node in a layer: `call` is name(arguments…). If absent, a layer with the operator is not printed
   * (OFT9020).
   */
  readonly print?: 'call' | ((node: OpNode, printer: LayerPrinter) => string);
  /**
   * The PyTorch expression of a node, from those of its arguments; `dim` prints a dimension. If absent, PyTorch code is
   * printed from the node's primitives.
   */
  readonly torch?: (args: readonly string[], node: OpNode, dim: (d: Dim) => string) => string;
  /**
   * Advice by the names that PyTorch, NumPy or Python have for the operator: a function of `oftc`, or a sentence.
   * Names are in lower case, without underscores. The operator's own name gives the advice for `x.name()` and
   * `name(x, { … })`.
   */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

const registry = new Map<string, Operator>();

export function register(op: Operator): Operator {
  if (registry.has(op.name)) throw new OftcError('OFT9001', `operator '${op.name}' is registered twice`);
  registry.set(op.name, op);
  return op;
}

export function unregister(name: string): void {
  registry.delete(name);
}

/** The operator of this name, where there is one. */
export const registered = (name: string): Operator | undefined => registry.get(name);

export function operator(name: string): Operator {
  const op = registered(name);
  if (!op) throw new OftcError('OFT9002', `unknown operator '${name}'`);
  return op;
}

export const operators = (): readonly Operator[] => [...registry.values()];

/** Structural facts of a node, which never change; inputs have none. */
export const factsOf: (node: Node) => Facts = fold(
  (node, of) => (node.kind === 'input' ? {} : (operator(node.op).facts?.(node, of) ?? {})),
  new WeakMap<Node, Facts>(),
);

/** Whether a node is made of constants alone, so that it takes the float type of what it meets. */
export const isConstant: (node: Node) => boolean = fold(
  (node, of) =>
    node.kind === 'op' && (operator(node.op).weak === true || (node.args.length > 0 && node.args.every(of))),
  new WeakMap<Node, boolean>(),
);

export function actionOf(node: Node): Action | undefined {
  const action = node.kind === 'op' ? operator(node.op).action : undefined;
  return action?.acts?.(node as OpNode) === false ? undefined : action;
}

/** The argument of which a node keeps only parts, as `projects` says of its operator. */
export const projectedBy = (node: Node): Node | undefined =>
  node.kind === 'op' && operator(node.op).projects ? node.args[0] : undefined;

/** The structure of a node whose operator multiplies without being formed. */
export const structureOf = (node: Node): Structure | undefined =>
  node.kind === 'op' ? operator(node.op).structure : undefined;
