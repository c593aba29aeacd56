/** Declarations of a layer's tensors: what flows in, what is frozen, what is trained. */
import { declareList, declareParam } from '../../../compiler/frontend/declare.ts';
import type { Init } from '../../../compiler/ir/init.ts';
import type { ParamSpec } from '../../../compiler/ir/layer.ts';
import type { DType, Node } from '../../../compiler/ir/node.ts';
import type { Dim, Shape, ShapeOf } from './shape.ts';
import { type Tensor, unwrap, wrap } from './tensor.ts';

declare const shape: unique symbol;

/** A declared tensor of shape S. */
export interface Param<out S extends Shape = Shape> {
  readonly [shape]: S;
}

/** What stands behind `Param`. */
export class DeclaredParam {
  readonly spec: ParamSpec;
  constructor(spec: ParamSpec) {
    this.spec = spec;
  }
}

const asParam = (spec: ParamSpec) => new DeclaredParam(spec) as unknown as Param<never>;

export interface ParamOptions {
  /** Default `f32`; `i32` for indices. */
  readonly dtype?: DType;
}

export interface FrozenOptions extends ParamOptions {
  /** Its tensor in the checkpoint of PEFT or of the method's authors: the name below the module's path. */
  readonly stored?: string | undefined;
  /** What a new adapter has, where the caller does not give it; `initialise` makes it. */
  readonly init?: Init | undefined;
}

export interface TrainableOptions<S extends Shape> {
  readonly dtype?: 'f32' | 'f16';
  /** As of a frozen parameter. */
  readonly stored?: string | undefined;
  /** How a new adapter starts; `initialise` draws it. */
  readonly init?: Init | undefined;
  /** Applied to the stored value before use; gradients pass it unchanged. Keeps the shape. */
  readonly project?: ((stored: Tensor<S>) => Tensor) | undefined;
}

interface Written extends FrozenOptions {
  readonly project?: ((stored: Tensor) => Tensor) | undefined;
}

function declare(role: ParamSpec['role'], args: readonly (Dim | Written)[]): Param<never> {
  const last = args.at(-1);
  const { project, ...options } = typeof last === 'object' ? last : ({} as Written);
  const dims = typeof last === 'object' ? args.slice(0, -1) : args;
  const projectNode = project && ((stored: Node) => unwrap(project(wrap(stored))) as Node);
  return asParam(declareParam(role, dims, { ...options, project: projectNode }, []));
}

/** What the layer is applied to. */
export function input<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function input<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: ParamOptions]
): Param<ShapeOf<D>>;
export function input(...args: readonly (Dim | ParamOptions)[]): Param {
  return declare('input', args);
}

/** A weight that training leaves as it is. */
export function frozen<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function frozen<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: FrozenOptions]
): Param<ShapeOf<D>>;
export function frozen(...args: readonly (Dim | FrozenOptions)[]): Param {
  return declare('frozen', args);
}

/** A weight that training changes. */
export function trainable<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function trainable<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: TrainableOptions<ShapeOf<D>>]
): Param<ShapeOf<D>>;
export function trainable(...args: readonly (Dim | Written)[]): Param {
  return declare('trainable', args);
}

/** n parameters of one kind, named `v.0`, `v.1`, … in files and reports. */
export function list<S extends Shape>(n: number, param: Param<S>): readonly Param<S>[] {
  return declareList(n, (param as unknown as DeclaredParam).spec).map(asParam);
}

/** A parameter that exists only under `condition`; the body sees `Tensor | undefined`. */
export function when<P extends Param | readonly Param[]>(condition: boolean, param: P): P | undefined {
  return condition ? param : undefined;
}
