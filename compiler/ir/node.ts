/**
 * The Program: immutable data that prints. Nodes are applications of registered operators to tensors with
 * symbolic shapes; matrices stay operators (block-diagonal, skew-symmetric, …) until they are lowered to
 * primitives.
 */
import type { Dim } from '../dims/dims.ts';
import type { Rational } from '../dims/rational.ts';
import type { Span } from '../errors/span.ts';
import type { TensorType } from '../primitives/prim.ts';
import type { Init } from './init.ts';

export type { DType, TensorType } from '../primitives/prim.ts';

/** The role of an input in the layer. A cotangent is the gradient of a scalar loss with respect to an output. */
export type Role = 'input' | 'frozen' | 'trainable' | 'cotangent';

/** A value of an attribute: plain data that prints and is part of a node's identity. */
export type Attr =
  | number
  | string
  | boolean
  | readonly Attr[]
  | Dim
  | Rational
  | { readonly [key: string]: Attr };
export type Attrs = Readonly<Record<string, Attr>>;

export interface InputNode {
  readonly kind: 'input';
  readonly name: string;
  readonly role: Role;
  readonly type: TensorType;
  /** The input's name in the checkpoint of PEFT or of the method's authors, below the module's path. */
  readonly stored?: string;
  /** The initial value in a new adapter, by the declaration's `init`. */
  readonly init?: Init;
  readonly spans: readonly Span[];
}

export interface OpNode {
  readonly kind: 'op';
  /** Name of a registered operator; see compiler/ops. */
  readonly op: string;
  readonly args: readonly Node[];
  readonly attrs: Attrs;
  readonly type: TensorType;
  readonly spans: readonly Span[];
  /** A warning for the author: the expression is allowed, and probably not meant. It is no part of the node's identity. */
  readonly note?: string;
}

export type Node = InputNode | OpNode;

export interface Output {
  readonly name: string;
  readonly node: Node;
}

/** The author's statements about a layer, which `oftc check` verifies. */
export interface Claims<T = Node> {
  /** The weight of y = x·weightᵀ + bias: the frozen weight with the adapter merged. The bias may be absent. */
  readonly weight?: T | undefined;
  readonly bias?: T | undefined;
  /** Matrices stated to satisfy RᵀR = I exactly. */
  readonly orthogonal: readonly T[];
}

export interface Program {
  readonly name: string;
  /** Address of the paper or the code that the author follows. */
  readonly source?: string;
  /** The inputs in the author's order, followed by the cotangents. */
  readonly inputs: readonly InputNode[];
  readonly outputs: readonly Output[];
  /** Dimension equalities, name = normal form; already substituted into every shape. */
  readonly where: Readonly<Record<string, Dim>>;
  readonly claims?: Claims;
}
