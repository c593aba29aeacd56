/** Checks how parameters start against the layer that declares them. */
import { type Dim, dimConst, equalDim, printDim } from '../dims/dims.ts';
import { quotedDim } from '../dims/scope.ts';
import { triangleSide } from '../dims/triangle.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { printShape } from './build.ts';
import {
  decomposedOf,
  type Init,
  matrixOf,
  OF_PACKED,
  type Positions,
  referencesOf,
  singularOf,
} from './init.ts';
import type { InputNode } from './node.ts';

/**
 * Checks starts and stored names against the layer. Throws OFT1035 for a start that names no earlier parameter or
 * one of another shape, and for two parameters stored under one name.
 */
export function checkInits(inputs: readonly InputNode[]): void {
  const stored = new Map<string, string>();
  inputs.forEach((i, position) => {
    const own = i.name.split('.')[0]!; // the elements of a list come from one file each
    const other = i.stored === undefined ? own : (stored.get(i.stored) ?? own);
    if (other !== own) throw unfit(i, `'${other}' and '${own}' are both stored as '${i.stored}'`);
    if (i.stored !== undefined) stored.set(i.stored, own);
    if (i.init !== undefined) checkInit(i, i.init, inputs, position);
  });
}

const unfit = (i: InputNode, message: string) => new OftcError('OFT1035', message, i.spans);

function checkInit(i: InputNode, init: Init, inputs: readonly InputNode[], position: number): void {
  const { shape, dtype } = i.type;
  checkDType(i, init);
  if (init === 'identity') {
    const [rows, columns] = shape.slice(-2);
    if (!rows || !columns || !equalDim(rows, columns))
      throw unfit(
        i,
        `'${i.name}' starts as the identity, but its last two axes are not a square matrix${triangleSide(shape.at(-1)!) ? `: for a packed triangle write init: 'zeros', ${OF_PACKED}` : ''}`,
      );
  }
  if (init === 'permutation' && shape.length === 0)
    throw unfit(i, `'${i.name}' starts as a permutation, but has no axis`);
  const matrix = matrixOf(init);
  const [of, ...others] = (matrix === undefined ? referencesOf(init) : [matrix]).map((name) =>
    referred(i, name, inputs, position),
  );
  if (!of) return;
  if (typeof init === 'object' && 'product' in init) {
    checkProduct(i, of, others[0]!);
    return;
  }
  if (typeof init === 'object' && 'positions' in init) {
    checkPositions(i, init, of);
    return;
  }
  const decomposed = decomposedOf(init);
  if (decomposed) {
    const known = inputs.slice(0, position).filter((e) => e.role !== 'input');
    checkDecomposed(i, decomposed, of, known);
    return;
  }
  const singular = singularOf(init);
  if (singular) {
    checkSingular(i, singular.factor, of);
    const before = others[0]?.init && singularOf(others[0].init);
    if (others[0] && (before?.of !== of.name || before.factor !== singular.factor)) {
      const starts = (e: InputNode) => e.init && singularOf(e.init);
      const fitting = inputs
        .slice(0, position)
        .find((e) => starts(e)?.of === of.name && starts(e)?.factor === singular.factor);
      throw unfit(
        i,
        `'${i.name}' starts after '${others[0].name}', which does not start as ${singular.factor} of '${of.name}'${fitting ? `: '${fitting.name}' does` : ''}`,
      );
    }
    return;
  }
  const same = typeof init === 'object' && 'same' in init;
  const want = same ? of.type.shape : [of.type.shape[0] ?? dimConst(1)];
  const rest = shape.slice(want.length);
  const fits = want.every((d, axis) => shape[axis] && equalDim(d, shape[axis]));
  if (!fits || of.type.dtype !== dtype || !rest.every((d) => equalDim(d, dimConst(1)))) {
    const what = same
      ? `'${of.name}'`
      : `one number for each row of '${of.name}' ${printShape(of.type.shape)}`;
    const types = of.type.dtype === dtype ? ['', ''] : [`${of.type.dtype} `, `${dtype} `];
    const message = `'${i.name}' starts as ${what}: it must be ${types[0]}${printShape(want)}, and is declared ${types[1]}${printShape(shape)}`;
    throw unfit(i, message);
  }
}

/** The parameter that a start names. Throws OFT1035 for none that is declared before. */
function referred(i: InputNode, name: string, inputs: readonly InputNode[], position: number): InputNode {
  const known = inputs.slice(0, position).filter((e) => e.role !== 'input');
  const of = known.find((e) => e.name === name);
  if (of) return of;
  const names = known.map((e) => e.name);
  const later = inputs.slice(position + 1).find((e) => e.name === name && e.role !== 'input');
  const there = later
    ? `declare '${name}' before '${i.name}'`
    : names.length === 0
      ? 'there is none'
      : `before it are ${names.join(', ')}`;
  const message = `'${i.name}' starts from '${name}', which is no parameter declared before it: ${there}`;
  throw unfit(i, `${message}${didYouMean(name, names)}`);
}

/** Checks that a parameter that starts as Pᵀ·W is (r, in), where P is (out, r) and W (out, in). */
function checkProduct(i: InputNode, W: InputNode, P: InputNode): void {
  const [of, by] = [W.type.shape, P.type.shape];
  const { shape } = i.type;
  const fits =
    [of, by, shape].every((s) => s.length === 2) &&
    equalDim(of[0]!, by[0]!) &&
    equalDim(shape[0]!, by[1]!) &&
    equalDim(shape[1]!, of[1]!);
  if (fits && [i, W, P].every((e) => e.type.dtype !== 'i32')) return;
  throw unfit(
    i,
    `'${i.name}' ${printShape(shape)} starts as ${P.name}ᵀ·${W.name} of ${printShape(by)} and ${printShape(of)}: it must be (r, in), where '${P.name}' is (out, r) and '${W.name}' (out, in)`,
  );
}

/** Checks that a start fits its parameter's dtype: indices start as indices. */
function checkDType(i: InputNode, init: Init): void {
  const integers = i.type.dtype === 'i32';
  const forIntegers =
    init === 'permutation' ||
    init === 'zeros' ||
    init === 'ones' ||
    (typeof init === 'object' && ('same' in init || 'positions' in init));
  if (integers && !forIntegers)
    throw unfit(
      i,
      `'${i.name}' is of integers, which start as 'permutation', { positions: 'W' }, 'zeros', 'ones' or { same: 'p' }`,
    );
  const what = init === 'permutation' ? 'a permutation, which is' : matrixOf(init) && 'positions, which are';
  if (!integers && what !== undefined)
    throw unfit(i, `'${i.name}' starts as ${what} of integers: { dtype: 'i32' }`);
}

/** Checks that positions are (2, k) or (3, k), and of a matrix, which is square where they leave its diagonal out. */
function checkPositions(i: InputNode, { diagonal }: Positions, of: InputNode): void {
  const [form, ...rest] = i.type.shape;
  if (rest.length !== 1 || ![2, 3].some((n) => equalDim(form!, dimConst(n))))
    throw unfit(
      i,
      `'${i.name}' starts as positions, which are (2, k) or (3, k), not ${printShape(i.type.shape)}`,
    );
  if (of.type.shape.length !== 2)
    throw unfit(i, `'${i.name}' starts as positions of '${of.name}', which is no matrix`);
  const [rows, columns] = of.type.shape as [Dim, Dim];
  if (diagonal && !equalDim(rows, columns))
    throw unfit(
      i,
      `'${i.name}' starts as positions off the diagonal of '${of.name}', which is not square: it is ${printShape(of.type.shape)}`,
    );
}

/** Checks the shape of a factor of a decomposition: (in, in), (out, in) or (in), and that of its basis. */
function checkDecomposed(
  i: InputNode,
  { factor, within }: NonNullable<ReturnType<typeof decomposedOf>>,
  of: InputNode,
  known: readonly InputNode[],
): void {
  const [rows, columns] = of.type.shape;
  if (!rows || !columns || of.type.shape.length !== 2 || of.type.dtype === 'i32')
    throw unfit(i, `'${i.name}' starts as ${factor} of '${of.name}', which is no matrix`);
  const wanted = { basis: [columns, columns], directions: [rows, columns], lengths: [columns] }[factor];
  if (!isOf(i, wanted))
    throw unfit(i, `'${i.name}' starts as ${factor} of '${of.name}', whose shape is ${printShape(wanted)}`);
  const basis = known.find((e) => e.name === within);
  if (within !== undefined && !(basis && isOf(basis, [columns, columns])))
    throw unfit(
      i,
      `'${i.name}' starts as ${factor} in '${within}', which is no basis ${printShape([columns, columns])} declared before it: declare ${within}: frozen(${quotedDim(columns)}, ${quotedDim(columns)}, { init: { basis: '${of.name}' } })`,
    );
}

const isOf = ({ type: { shape } }: InputNode, wanted: readonly Dim[]): boolean =>
  shape.length === wanted.length && wanted.every((d, axis) => equalDim(d, shape[axis]!));

/** Checks the shape of a singular factor of a matrix (out, in): it is (out, k), (k, in) or (k). */
function checkSingular(i: InputNode, factor: 'left' | 'right' | 'singularValues', of: InputNode): void {
  const { shape } = i.type;
  const [rows, columns] = of.type.shape;
  if (of.type.shape.length !== 2 || of.type.dtype === 'i32')
    throw unfit(i, `'${i.name}' starts from singular vectors of '${of.name}', which is no matrix`);
  const [along, wanted] = {
    left: [equalDim(shape[0] ?? dimConst(0), rows!), `(${printDim(rows!)}, k)`] as const,
    right: [equalDim(shape[1] ?? dimConst(0), columns!), `(k, ${printDim(columns!)})`] as const,
    singularValues: [true, '(k)'] as const,
  }[factor];
  if (!along || shape.length !== (factor === 'singularValues' ? 1 : 2)) {
    const across = factor !== 'singularValues' && shape.length === 2;
    const other = across && equalDim(shape[factor === 'left' ? 1 : 0]!, factor === 'left' ? rows! : columns!);
    const transposed = other
      ? `: declare ${i.name}: ${i.role}(${shape.toReversed().map(quotedDim).join(', ')}, …), and in the body write ${i.name} for ${i.name}.T, and ${i.name}.T for ${i.name}`
      : '';
    throw unfit(i, `'${i.name}' starts as ${factor} of '${of.name}', whose shape is ${wanted}${transposed}`);
  }
}
