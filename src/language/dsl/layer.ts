/** Makes a layer: declared tensors, a body, and what a caller can do with them. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { type Config, type LayerDefinition, layerSpec } from '../../../compiler/frontend/declare.ts';
import { buildProgram, callLayer, type Params } from '../../../compiler/ir/layer.ts';
import type { Node, Program } from '../../../compiler/ir/node.ts';
import { isNode } from '../../../compiler/ops/arguments.ts';
import { isRecord, PROTOTYPE_ADVICE } from '../../../compiler/records.ts';
import { DeclaredParam, type Param } from './params.ts';
import type { SameRank } from './shape.ts';
import { type Tensor, TracedTensor, wrap } from './tensor.ts';

type Declared = Param | readonly Param[] | undefined;
export type Declarations = Readonly<Record<string, Declared>>;
/** The result of a body: one output, or several by name. */
export type Result = Tensor | Readonly<Record<string, Tensor>>;

type TensorFor<P> =
  P extends Param<infer S>
    ? Tensor<S>
    : P extends readonly Param<infer S>[]
      ? readonly Tensor<S>[]
      : undefined;

/** The tensors that the body receives, one for each declaration. */
export type Tensors<P extends Declarations> = { readonly [K in keyof P]: TensorFor<P[K]> };

/** The result of an inlined layer: the compiler matches the caller's dimension names with the declared ones. */
type Inlined<R> =
  R extends Tensor<infer S> ? Tensor<SameRank<S>> : { readonly [K in keyof R]: Inlined<R[K]> };

type ArgumentFor<P> = P extends readonly Param[] ? readonly Tensor[] : P extends Param ? Tensor : undefined;
type Arguments<P extends Declarations> = {
  readonly [K in keyof P as undefined extends P[K] ? never : K]: ArgumentFor<P[K]>;
} & {
  readonly [K in keyof P as undefined extends P[K] ? K : never]?: ArgumentFor<P[K]>;
};

export interface Layer<P extends Declarations, R extends Result, C extends object> {
  /** Applies this layer's body to the caller's tensors, inside another layer's body. */
  (tensors: Arguments<P>, config?: Partial<C>): Inlined<R>;
  /** The default configuration. */
  readonly defaults: C;
  /** Runs the body as plain TypeScript. Throws OftcError if the language or the algebra refuses it. */
  trace(config?: Partial<C>): Program;
}

/** Claims of a layer about itself, which `oftc check` verifies. */
export interface LayerClaims {
  /**
   * The merged weight (out, in) of a linear layer: y = x·weightᵀ + bias. In another kind of layer, such as an
   * embedding or a convolution, the tensor that replaces the frozen tensor of the same shape.
   */
  readonly weight?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  /** Matrices that satisfy RᵀR = I exactly, not up to a truncation. */
  readonly orthogonal?: Tensor | readonly Tensor[] | undefined;
}

export interface LayerOptions<P extends Declarations = Declarations, C extends object = NoConfig> {
  /** Dimension equalities: `{ in: 'r*b' }`. */
  readonly where?: Readonly<Record<string, string>>;
  /** The layer's name; by default the name it is exported under. */
  readonly name?: string;
  /** The address of the paper or the code that the layer follows. */
  readonly source?: string;
  readonly claims?: (tensors: Tensors<P>, config: C) => LayerClaims;
}

export interface ConfigurableOptions<P extends Declarations, C extends object> extends LayerOptions<P, C> {
  /** Every key of the configuration with its default. */
  readonly config: C;
}

export type NoConfig = Record<never, never>;

interface UntypedOptions extends Pick<LayerOptions, 'where' | 'name' | 'source'> {
  readonly config?: object;
  readonly claims?: (tensors: never, config: never) => LayerClaims;
}

export function layer<P extends Declarations, R extends Result>(
  params: P,
  body: (tensors: Tensors<P>) => R,
  options?: LayerOptions<P>,
): Layer<P, R, NoConfig>;
export function layer<C extends object, P extends Declarations, R extends Result>(
  params: (config: C) => P,
  body: (tensors: Tensors<P>, config: C) => R,
  options: ConfigurableOptions<P, C>,
): Layer<P, R, C>;
export function layer(
  params: Declarations | ((config: Config) => Declarations),
  body: (tensors: never, config: Config) => Result,
  { where = {}, name = 'layer', source, config: defaults = {}, claims }: UntypedOptions = {},
): Layer<Declarations, Result, object> {
  for (const record of [where, defaults]) checkRecord(record);
  const definition: LayerDefinition = {
    name,
    source,
    params: (config) => mapValues(typeof params === 'function' ? params(config) : params, specOf(name)),
    body: (tensors, config) =>
      nodesOf(name, body(mapValues(tensors, (node: Node) => wrap(node)) as never, config)),
    where,
    claims:
      claims &&
      ((tensors, config) =>
        mapValues(
          claims(mapValues(tensors, (node: Node) => wrap(node)) as never, config as never) as Readonly<
            Record<string, unknown>
          >,
          nodeOf(name),
        )),
    defaults: defaults as Config,
  };
  const inline = (tensors: Readonly<Record<string, unknown>>, config: object = {}) => {
    const result = callLayer(layerSpec(definition, config as Config), mapValues(tensors, nodeOf(name)));
    return isNode(result) ? wrap(result) : mapValues(result, (node: Node) => wrap(node));
  };
  return Object.assign(inline as unknown as (...args: unknown[]) => never, {
    defaults,
    trace: (config: object = {}) => buildProgram(layerSpec(definition, config as Config)),
  });
}

function mapValues<A, B>(record: Readonly<Record<string, unknown>>, f: (value: A) => B): Params<B> {
  checkRecord(record);
  const entry = (v: unknown) =>
    v === undefined ? undefined : Array.isArray(v) ? v.map((e) => f(e as A)) : f(v as A);
  return Object.fromEntries(Object.entries(record).map(([k, v]) => [k, entry(v)]));
}

/** Throws OFT1001 for an object whose prototype was set instead of an entry `__proto__`. */
function checkRecord(record: object): void {
  if (!isRecord(record)) throw new OftcError('OFT1001', PROTOTYPE_ADVICE);
}

const specOf = (layer: string) => (declared: unknown) => {
  if (declared instanceof DeclaredParam) return declared.spec;
  throw new OftcError(
    'OFT1032',
    `layer '${layer}' declares its tensors with input, frozen, trainable, list and when`,
  );
};

const nodeOf =
  (name: string) =>
  (value: unknown): Node => {
    if (value instanceof TracedTensor) return value.node;
    throw new OftcError(
      'OFT1033',
      `layer '${name}': tensors go in and come out of a layer, not ${typeof value}`,
    );
  };

function nodesOf(name: string, result: unknown): Node | Readonly<Record<string, Node>> {
  if (result instanceof TracedTensor && Object.hasOwn(result, 'node')) return result.node;
  if (typeof result === 'object' && result !== null) checkRecord(result);
  if (typeof result !== 'object' || result === null || Object.keys(result).length === 0) {
    throw new OftcError('OFT1033', `layer '${name}' must return a tensor, or tensors by name`);
  }
  return Object.fromEntries(Object.entries(result).map(([k, v]) => [k, nodeOf(name)(v)]));
}
