/** Declares a layer's tensors: inputs, frozen weights and trainable weights. */
import { declareList, declareParam } from '../../../compiler/frontend/declare.ts';
import type { StatedInit } from '../../../compiler/ir/init.ts';
import type { ParamSpec } from '../../../compiler/ir/layer.ts';
import type { DType, Node } from '../../../compiler/ir/node.ts';
import type { Dim, Shape, ShapeOf } from './shape.ts';
import { type Tensor, unwrap, wrap } from './tensor.ts';

declare const shape: unique symbol;

/** A declared tensor of shape S. */
export interface Param<out S extends Shape = Shape> {
  readonly [shape]: S;
}

/** The object that authors see as a `Param`. */
export class DeclaredParam {
  readonly spec: ParamSpec;
  constructor(spec: ParamSpec) {
    this.spec = spec;
  }
}

const asParam = (spec: ParamSpec) => new DeclaredParam(spec) as unknown as Param<never>;

export interface ParamOptions {
  /** The dtype; default `f32`, and `i32` for indices. */
  readonly dtype?: DType;
}

export interface FrozenOptions extends ParamOptions {
  /** The tensor's name in the checkpoint of PEFT or of the method's authors, below the module's path. */
  readonly stored?: string | undefined;
  /** The value in a new adapter, unless the caller gives one; `initialise` makes it. */
  readonly init?: StatedInit | undefined;
}

export interface TrainableOptions<S extends Shape> {
  readonly dtype?: 'f32' | 'f16';
  /** The tensor's name in a checkpoint, as for a frozen parameter. */
  readonly stored?: string | undefined;
  /** The initial value in a new adapter, which `initialise` computes. */
  readonly init?: StatedInit | undefined;
  /** Projects the stored value before use and keeps its shape; gradients pass through it unchanged. */
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

/** Declares a tensor that the layer is applied to. */
export function input<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function input<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: ParamOptions]
): Param<ShapeOf<D>>;
export function input(...args: readonly (Dim | ParamOptions)[]): Param {
  return declare('input', args);
}

/** Declares a weight that training leaves unchanged. */
export function frozen<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function frozen<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: FrozenOptions]
): Param<ShapeOf<D>>;
export function frozen(...args: readonly (Dim | FrozenOptions)[]): Param {
  return declare('frozen', args);
}

/** Declares a weight that training changes. */
export function trainable<const D extends readonly Dim[]>(...dims: D): Param<ShapeOf<D>>;
export function trainable<const D extends readonly Dim[]>(
  ...args: readonly [...dims: D, options: TrainableOptions<ShapeOf<D>>]
): Param<ShapeOf<D>>;
export function trainable(...args: readonly (Dim | Written)[]): Param {
  return declare('trainable', args);
}

/** Declares n parameters of one kind, named `v.0`, `v.1`, … in files and reports. */
export function list<S extends Shape>(n: number, param: Param<S>): readonly Param<S>[] {
  return declareList(n, (param as unknown as DeclaredParam).spec).map(asParam);
}

/** Declares a parameter that exists only if `condition` holds; the body sees `Tensor | undefined`. */
export function when<P extends Param | readonly Param[]>(condition: boolean, param: P): P | undefined {
  return condition ? param : undefined;
}
