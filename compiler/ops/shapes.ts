/** Shape reasoning shared by operator signatures. Codes OFT20xx: the operands do not fit. */
import { type Dim, dimConst, equalDim, mulDim, ofTokens, printDim } from '../dims/dims.ts';
import { hasName, sameSize, shortDim } from '../dims/scope.ts';
import { triangleSide } from '../dims/triangle.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { printShape } from '../ir/build.ts';
import type { TensorType } from '../ir/node.ts';

const one = dimConst(1);

/** The error OFT2002 for shapes that do not broadcast. A caller that sees the source writes the remedy. */
export class UnfitBroadcast extends OftcError {
  readonly unfit: string;
  readonly shapes: readonly (readonly Dim[])[];
  readonly #remedy: string;

  constructor(
    unfit: string,
    shapes: readonly (readonly Dim[])[],
    remedy: string,
    spans: readonly Span[] = [],
  ) {
    super('OFT2002', unfit + remedy, spans);
    this.unfit = unfit;
    this.shapes = shapes;
    this.#remedy = remedy;
  }

  override at(spans: readonly Span[]): UnfitBroadcast {
    return new UnfitBroadcast(this.unfit, this.shapes, this.#remedy, spans);
  }
}

/** The shape that NumPy broadcasting gives, aligned at the last axis. Throws OFT2002. */
export function broadcastShapes(shapes: readonly (readonly Dim[])[], what: string): readonly Dim[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) => {
    let out: Dim = one;
    for (const s of shapes) {
      const d = s[axis - (rank - s.length)];
      if (d === undefined || equalDim(d, one)) continue;
      if (!equalDim(out, one) && !equalDim(out, d)) {
        throw new UnfitBroadcast(
          `${what}: shapes ${shapes.map(printShape).join(' and ')} do not broadcast: '${printDim(out)}' against '${printDim(d)}'`,
          shapes,
          broadcasting(shapes, what, out, d),
        );
      }
      out = d;
    }
    return out;
  });
}

/** Advice for shapes that do not broadcast. */
function broadcasting([a, b]: readonly (readonly Dim[])[], what: string, one: Dim, other: Dim): string {
  const [rows, cols] = a?.slice(-2) ?? [];
  const [size, width] = b ?? [];
  if (rows && cols && b && size) {
    if (b.length === 2 && equalDim(cols, size) && width && equalDim(width, dimConst(1)))
      return `: a number for each column is a vector, (${printDim(size)})`;
    if (what === 'mul' && b.length === 2 && equalDim(cols, size))
      return ': mul is element by element; a product of matrices is matmul';
    if (b.length === 1 && equalDim(rows, size))
      return `: a number for each row is reshape('${printDim(size)}', 1)`;
    const times = [2, 3, 4].find((n) => equalDim(mulDim(dimConst(n), size), cols));
    if (b.length === 1 && times !== undefined)
      return `: a vector v is repeated as concat([${Array(times).fill('v').join(', ')}], -1); for other elements in each part, declare it (${shortDim(cols)})`;
    if (b.length === 1 && hasName(cols) && hasName(size) && !ofTokens(cols))
      return `: declare the vector (${shortDim(cols)}), or use it where the columns are '${shortDim(size)}'`;
  }
  const same = sameSize(one, other);
  return same && `: ${same}`;
}

/** Advice for a vector where a matrix is needed. */
function column({ shape }: TensorType, what: string): string {
  if (shape.length !== 1) return '';
  const scaling = what === 'matmul' ? ', and a vector that scales in a chain of products is diag(…)' : '';
  return `: a vector is one column as reshape('${printDim(shape[0]!)}', 1)${scaling}`;
}

/** The parts of a shape (…batch, rows, cols). Throws OFT2003 when the rank is below 2. */
export function matrixOf(t: TensorType, what: string): { batch: readonly Dim[]; rows: Dim; cols: Dim } {
  const [rows, cols] = t.shape.slice(-2);
  if (rows === undefined || cols === undefined) {
    throw new OftcError(
      'OFT2003',
      `${what} needs a matrix (rank 2 or more) but got shape ${printShape(t.shape)}${column(t, what)}`,
    );
  }
  return { batch: t.shape.slice(0, -2), rows, cols };
}

/** The error OFT2003 for matrices that are not square. */
export class NotSquare extends OftcError {
  readonly operator: string;
  readonly shape: readonly Dim[];

  constructor(operator: string, shape: readonly Dim[], spans: readonly Span[] = []) {
    super('OFT2003', `${operator} needs square matrices but got shape ${printShape(shape)}`, spans);
    this.operator = operator;
    this.shape = shape;
  }

  override at(spans: readonly Span[]): NotSquare {
    return new NotSquare(this.operator, this.shape, spans);
  }
}

/** The parts of a shape of square matrices. Throws OFT2003 for any other shape. */
export function squareOf(t: TensorType, what: string): { batch: readonly Dim[]; size: Dim } {
  const [last, ...more] = t.shape.toReversed();
  if (last && more.length === 0 && triangleSide(last)) throw new NotSquare(what, t.shape);
  const { batch, rows, cols } = matrixOf(t, what);
  if (!equalDim(rows, cols)) throw new NotSquare(what, t.shape);
  return { batch, size: rows };
}

/** The error OFT2005 for operands of f16 and f32. A caller that sees the declarations writes the remedy. */
export class MixedDtypes extends OftcError {
  readonly mixed: string;

  constructor(mixed: string, spans: readonly Span[] = []) {
    super('OFT2005', `${mixed}; declare the operands with one dtype`, spans);
    this.mixed = mixed;
  }

  override at(spans: readonly Span[]): MixedDtypes {
    return new MixedDtypes(this.mixed, spans);
  }
}

/** The common dtype of float operands. Throws OFT2005 for integers, or for two dtypes. */
export function floatDtype(args: readonly TensorType[], what: string): TensorType['dtype'] {
  const dtype = args.find((a) => a.dtype !== 'i32')?.dtype ?? 'f32';
  const wrong = args.find((a) => a.dtype !== dtype);
  if (wrong) {
    if (wrong.dtype !== 'i32') throw new MixedDtypes(`${what} mixes ${dtype} and ${wrong.dtype}`);
    throw new OftcError(
      'OFT2005',
      `${what} needs float tensors but got an i32 tensor of shape ${printShape(wrong.shape)}; integer tensors only index`,
    );
  }
  return dtype;
}
