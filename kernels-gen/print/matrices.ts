/** Prints operations on subgroup matrices. A matrix is a variable, whose type follows from the products it is in. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { LoopError } from '../loops/error.ts';
import { type MatrixOperation, matrixOperations } from '../loops/matrices.ts';
import type { LoopKernel, Memory, Store } from '../loops/type.ts';

/** The kinds of matrices, which are the names of their types in the code. */
type Kind = 'Left' | 'Right' | 'Sum';

/** The kind of each matrix of a kernel, and the types of the kinds. */
export interface MatrixTypes {
  readonly kinds: ReadonlyMap<number, Kind>;
  readonly types: Readonly<Record<string, string>>;
}

/** Throws LoopError for a matrix that is declared twice or in no product, and for kinds that have several types. */
export function matrixTypes(kernel: LoopKernel): MatrixTypes | undefined {
  const { memories } = kernel;
  const operations = matrixOperations(kernel);
  if (operations.length === 0) return undefined;
  const kinds = new Map<number, Kind>();
  const types: Record<string, string> = {};
  const add = (of: number, kind: Kind) => {
    const type = `subgroup_matrix_${kind === 'Sum' ? 'result' : kind.toLowerCase()}<${shapeOf(memories[of]!)}>`;
    if ((kinds.get(of) ?? kind) !== kind || (types[kind] ?? type) !== type)
      throw new LoopError('form', `matrix ${memories[of]!.name} is not of the type that others are`);
    kinds.set(of, kind);
    types[kind] = type;
  };
  for (const o of operations) {
    if (o.k !== 'multiply') continue;
    add(o.left, 'Left');
    add(o.right, 'Right');
    add(o.to, 'Sum');
  }
  const made = operations.flatMap((o) => (o.k === 'fill' || o.k === 'load' ? [o.to] : []));
  const wrong = made.find((of, n) => made.indexOf(of) !== n || !kinds.has(of));
  if (wrong !== undefined)
    throw new LoopError('form', `matrix ${memories[wrong]!.name} is set twice, or is in no product`);
  return { kinds, types };
}

const shapeOf = ({ dtype, shape }: Memory): string =>
  [
    dtype,
    ...shape
      .slice(-2)
      .toReversed()
      .map((d) => constantOf(d)),
  ].join(', ');

interface Names {
  /** The variable of a matrix. */
  readonly variable: (of: number, index: readonly IntExpr[]) => string;
  /** The position of an element in a memory. */
  readonly position: (of: number, index: readonly IntExpr[]) => string;
  readonly memory: (of: number) => string;
}

/** The statement of an operation, of which `first` is the store for the first element. */
export function matrixText(
  operation: MatrixOperation,
  { kinds }: MatrixTypes,
  first: Pick<Store, 'index' | 'value'>,
  { variable, position, memory }: Names,
): string {
  const { index, value } = first;
  const at = (tile: number, own: readonly IntExpr[]) => `&${memory(tile)}, u32(${position(tile, own)})`;
  const loaded = (e: Expr | undefined) => (e as Expr & { readonly k: 'load' }).index;
  switch (operation.k) {
    case 'fill':
      return `var ${variable(operation.to, index)} = ${kinds.get(operation.to)}();`;
    case 'load': {
      const { to, tile, layout } = operation;
      const from = `${at(tile, loaded(value))}, ${layout.stride}`;
      return `let ${variable(to, index)} = subgroupMatrixLoad<${kinds.get(to)}, ${layout.order}>(${from});`;
    }
    case 'store': {
      const { from, tile, layout } = operation;
      const matrix = variable(from, loaded(value));
      return `subgroupMatrixStore<${layout.order}>(${at(tile, index)}, ${matrix}, ${layout.stride});`;
    }
    case 'multiply': {
      const { args } = value as Expr & { readonly k: 'call' };
      const [left, right] = [operation.left, operation.right].map((m, n) => variable(m, loaded(args[n])));
      const sum = variable(operation.to, index);
      return `${sum} = subgroupMatrixMultiplyAccumulate(${left}, ${right}, ${sum});`;
    }
    default:
      throw new TypeError(`unknown operation ${operation satisfies never}`);
  }
}
