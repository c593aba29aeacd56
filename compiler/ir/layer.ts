/**
 * Makes a Program of a layer's declarations and body. Tracing and the front end both end here, so that they can only
 * differ in how they evaluate the author's code.
 */
import { equalDim } from '../dims/dims.ts';
import { matchDims, resolveDim, whereScope, withDims } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { defined, entryOf } from '../records.ts';
import { apply, input, printShape, withinProgram, withSpans } from './build.ts';
import { checkInits } from './check-init.ts';
import { refuseCrossed } from './crossed.ts';
import type { Init } from './init.ts';
import type { Claims, DType, InputNode, Node, Program, Role } from './node.ts';

/** A declared parameter, before its name is known. */
export interface ParamSpec {
  readonly role: Exclude<Role, 'cotangent'>;
  readonly dims: readonly string[];
  readonly dtype: DType;
  /** Maps the stored value before its use. The gradient passes through the map unchanged. */
  readonly project?: ((stored: Node) => Node) | undefined;
  /** The tensor's name in a checkpoint, as in InputNode. */
  readonly stored?: string | undefined;
  readonly init?: Init | undefined;
  readonly spans: readonly Span[];
}

/** Values by the names of parameters: undefined for an absent parameter, an array for a list. */
export type Params<T> = Readonly<Record<string, T | readonly T[] | undefined>>;

export interface LayerSpec {
  readonly name: string;
  readonly source?: string | undefined;
  readonly params: Params<ParamSpec>;
  readonly where: Readonly<Record<string, string>>;
  /** Computes one output, or several by name. */
  readonly body: (tensors: Params<Node>) => Node | Readonly<Record<string, Node>>;
  readonly claims?: ((tensors: Params<Node>) => Params<Node>) | undefined;
}

/** The name of a layer's only output. */
const ONLY_OUTPUT = 'y';

const isList = <T>(v: T | readonly T[] | undefined): v is readonly T[] => Array.isArray(v);

/** Applies `f` to each name and value. Elements of lists are named `name.0`, `name.1`, …. */
function mapParams<A, B>(params: Params<A>, f: (name: string, value: A) => B): Params<B> {
  return Object.fromEntries(
    Object.entries(params).map(([name, v]) => [
      name,
      v === undefined ? undefined : isList(v) ? v.map((e, i) => f(`${name}.${i}`, e)) : f(name, v as A),
    ]),
  );
}

const flat = <T>(params: Params<T>): T[] =>
  Object.values(params).flatMap((v) => (v === undefined ? [] : isList(v) ? [...v] : [v as T]));

const project = (spec: ParamSpec, stored: Node): Node =>
  spec.project ? apply('project', [stored, spec.project(stored)]) : stored;

export function buildProgram(spec: LayerSpec): Program {
  const where = whereScope(spec.where);
  return withDims(
    where,
    () => {
      const inputs: InputNode[] = [];
      const tensors = mapParams(spec.params, (name, p) =>
        withSpans(p.spans, () => {
          const node: InputNode = {
            ...input(name, p.role, { shape: p.dims.map(resolveDim), dtype: p.dtype }),
            ...defined({ stored: p.stored, init: p.init }),
          };
          inputs.push(node);
          return project(p, node);
        }),
      );
      if (inputs.length === 0) throw new OftcError('OFT1012', `layer '${spec.name}' declares no tensors`);
      checkInits(inputs);
      const result = withinProgram(() => spec.body(tensors));
      const outputs =
        'kind' in result && typeof result.kind === 'string' ? { [ONLY_OUTPUT]: result as Node } : result;
      for (const [name, node] of Object.entries(outputs as Record<string, Node>)) refuseCrossed(name, node);
      return {
        name: spec.name,
        ...(spec.source === undefined ? {} : { source: spec.source }),
        inputs,
        outputs: Object.entries(outputs as Record<string, Node>).map(([name, node]) => ({ name, node })),
        where,
        ...(spec.claims ? { claims: readClaims(spec.name, spec.claims(tensors)) } : {}),
      };
    },
    where,
    flat(spec.params).map((p) => p.dims),
  );
}

/** The claims of a layer, checked. Throws OFT1034 for a claim that oftc has no check of. */
function readClaims(layer: string, { weight, bias, orthogonal = [], ...unknown }: Params<Node>): Claims {
  const extra = Object.keys(unknown)[0];
  if (extra !== undefined || isList(weight) || isList(bias)) {
    throw new OftcError(
      'OFT1034',
      extra === undefined
        ? `layer '${layer}' claims a list of tensors where one is meant`
        : `layer '${layer}' claims '${extra}'; what can be claimed is weight, bias and orthogonal`,
    );
  }
  const claimed = orthogonalClaims(orthogonal);
  claimed.forEach(checkOrthogonal);
  return { ...defined({ weight, bias }), orthogonal: claimed.map((c) => c.matrix) };
}

/** A matrix that claims state to be orthogonal, and where in them it stands. */
interface OrthogonalClaim {
  readonly matrix: Node;
  readonly place: string;
}

export const orthogonalClaims = (of: Node | readonly Node[] | undefined): readonly OrthogonalClaim[] =>
  of === undefined
    ? []
    : isList(of)
      ? of.map((matrix, n) => ({ matrix, place: `orthogonal[${n}]` }))
      : [{ matrix: of as Node, place: 'orthogonal' }];

/** Throws OFT2003 where a matrix that is claimed to be orthogonal is not square. */
export function checkOrthogonal({ matrix, place }: OrthogonalClaim): void {
  const { shape } = matrix.type;
  const [rows, cols] = shape.slice(-2);
  if (rows && cols && equalDim(rows, cols)) return;
  const name = matrix.kind === 'input' ? `${matrix.name} ` : '';
  throw new OftcError(
    'OFT2003',
    `claims: ${place}, ${name}${printShape(shape)}, is not square, as every orthogonal matrix is: leave it out`,
  );
}

/** Calls a layer inside another: its body runs on the caller's tensors. Throws OFT1013 and OFT2009. */
export function callLayer(spec: LayerSpec, args: Params<Node>): Node | Readonly<Record<string, Node>> {
  const count = (v: unknown) => (v === undefined ? 0 : Array.isArray(v) ? v.length : 1);
  for (const name of new Set([...Object.keys(spec.params), ...Object.keys(args)])) {
    const [want, have] = [count(entryOf(spec.params, name)), count(entryOf(args, name))];
    if (want !== have) {
      throw new OftcError(
        'OFT1013',
        `layer '${spec.name}' takes ${want} tensor(s) named '${name}' but is given ${have}`,
      );
    }
  }
  const where = whereScope(spec.where);
  const declared = withDims(where, () =>
    flat(mapParams(spec.params, (name, p) => ({ name, shape: p.dims.map(resolveDim) }))),
  );
  // The tensors are in the callee's order of declaration, whatever order the caller wrote.
  const actual = flat(
    Object.fromEntries(Object.keys(spec.params).map((name) => [name, entryOf(args, name)])),
  );
  const scope = matchDims(
    declared,
    actual.map((n) => n.type.shape),
    where,
  );
  let next = 0;
  return withDims(scope, () => spec.body(mapParams(spec.params, (_, p) => project(p, actual[next++]!))));
}
