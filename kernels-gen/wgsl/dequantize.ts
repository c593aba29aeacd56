/**
 * Prints an element of a quantised tensor as WGSL. Its word, scale and zero are each loaded in the outermost scope
 * that knows their address: once for all steps of a loop that reads the same word. The values are bit for bit those
 * of src/formats/quantized.
 */
import { constantOf, type Dim } from '../../compiler/dims/dims.ts';
import { fromNumber } from '../../compiler/dims/rational.ts';
import {
  addPoly,
  constPoly,
  divPoly,
  modPoly,
  type Poly,
  type Ranges,
  scalePoly,
  subPoly,
} from '../../compiler/primitives/affine.ts';
import { type Layout, layoutOf, NF4_VALUES, type Storage } from '../../compiler/primitives/storage.ts';
import { rowMajor } from '../../compiler/primitives/substitute.ts';

import { f32Literal } from './literal.ts';
import type { Shuffles } from './registers.ts';
import type { Value } from './value.ts';

/** The functions of the emitter that decoding uses. */
export interface Words {
  readonly ranges: Ranges;
  /** Shuffles that give NF4's values. Where undefined, each invocation selects among literals. */
  readonly shuffles: Shuffles | undefined;
  /** Loads the word at an address, with a name. */
  word(at: Poly): Value;
  int(p: Poly): Value;
  name(text: string, depth: number, prefix: string): Value;
  /** A loaded integer as a term of an address. */
  atom(v: Value): Poly;
}

export function dequantized(
  storage: Storage,
  shape: readonly Dim[],
  index: readonly Poly[],
  w: Words,
): Value {
  const sizes = shape.map((d) => constantOf(d)!);
  const layout = layoutOf(storage, sizes);
  const at = rowMajor(shape, index);
  const row = rowMajor(shape.slice(0, -1), index.slice(0, -1));
  switch (storage.format) {
    case 'nf4': {
      const block = divPoly(at, storage.block, w.ranges);
      const scale =
        storage.nested === undefined
          ? float(w, layout.scales, block)
          : nestedScale(w, layout, block, storage.nested);
      return times(w, nf4Value(w, field(w, layout.codes, at, 4)), scale);
    }
    case 'int8':
      return times(w, signed(w, layout.codes, at), float(w, layout.scales, row));
    case 'int4': {
      const rows = sizes.slice(0, -1).reduce((n, d) => n * d, 1);
      const column = index.at(-1)!;
      const group = storage.indexed
        ? w.atom(i32(w, w.word(addPoly(constPoly(layout.groups), column))))
        : divPoly(column, storage.group, w.ranges);
      const entry = addPoly(scalePoly(group, rows), row);
      const code = float32(w, field(w, layout.codes, at, 4));
      const zero = float32(w, field(w, layout.zeros, entry, 8));
      const steps = w.name(`${code.text} - ${zero.text}`, Math.max(code.depth, zero.depth), 'f');
      return times(w, steps, float(w, layout.scales, entry));
    }
    default:
      throw new TypeError(`unknown storage ${storage satisfies never}`);
  }
}

/**
 * The scale codeBook[code]·absmax + offset. An operation between the product and the sum keeps compilers from
 * fusing them into one operation, which rounds once.
 */
function nestedScale(w: Words, { scales, nested, book, offset }: Layout, block: Poly, by: number): Value {
  const code = field(w, scales, block, 8);
  const entry = w.atom(w.name(`i32(${code.text})`, code.depth, 'i'));
  const product = times(w, float(w, book, entry), float(w, nested, divPoly(block, by, w.ranges)));
  const mean = float(w, offset, []);
  // `group` is never below 0, so the exclusive or is with 0 and changes nothing. Compilers do not know that.
  const rounded = `bitcast<f32>(bitcast<u32>(${product.text}) ^ (u32(group) >> 31))`;
  return w.name(`${rounded} + ${mean.text}`, product.depth, 'f');
}

/** A number of 4 or 8 bits, as u32, from the words that begin at `first`. */
function field(w: Words, first: number, at: Poly, bits: 4 | 8): Value {
  const { word, shift } = placed(w, first, at, bits);
  const low = shift.text === '0' ? word.text : `(${word.text} >> u32(${shift.text}))`;
  return w.name(`${low} & ${2 ** bits - 1}u`, Math.max(word.depth, shift.depth), 'u');
}

/** A signed number of 8 bits, as f32: a shift to the top and back extends the sign. */
function signed(w: Words, first: number, at: Poly): Value {
  const { word, shift } = placed(w, first, at, 8, true);
  return w.name(
    `f32(bitcast<i32>(${word.text} << u32(${shift.text})) >> 24)`,
    Math.max(word.depth, shift.depth),
    'f',
  );
}

function placed(
  w: Words,
  first: number,
  at: Poly,
  bits: 4 | 8,
  fromTop = false,
): { word: Value; shift: Value } {
  const per = 32 / bits;
  const word = w.word(addPoly(constPoly(first), divPoly(at, per, w.ranges)));
  const up = scalePoly(modPoly(at, per, w.ranges), bits);
  return { word, shift: w.int(fromTop ? subPoly(constPoly(32 - bits), up) : up) };
}

function float(w: Words, first: number, at: Poly): Value {
  const word = w.word(addPoly(constPoly(first), at));
  return w.name(`bitcast<f32>(${word.text})`, word.depth, 'f');
}

const i32 = (w: Words, v: Value): Value => w.name(`i32(${v.text})`, v.depth, 'i');
const float32 = (w: Words, v: Value): Value => w.name(`f32(${v.text})`, v.depth, 'f');

const times = (w: Words, a: Value, b: Value): Value =>
  w.name(`${a.text} * ${b.text}`, Math.max(a.depth, b.depth), 'f');

function nf4Value(w: Words, code: Value): Value {
  return w.shuffles?.nf4(code, w.name) ?? w.name(`nf4(${code.text})`, code.depth, 'f');
}

/** A WGSL function for NF4's values: a tree of selections by the bits of the code, without loads or array indices. */
export function nf4Function(): string[] {
  const tree = (values: readonly string[], bit: number): string => {
    if (values.length === 1) return values[0]!;
    const half = values.length / 2;
    return `select(${tree(values.slice(0, half), bit - 1)}, ${tree(values.slice(half), bit - 1)}, b${bit})`;
  };
  return [
    'fn nf4(code: u32) -> f32 {',
    ...[0, 1, 2, 3].map((bit) => `  let b${bit} = (code & ${1 << bit}u) != 0u;`),
    `  return ${tree(
      NF4_VALUES.map((v) => f32Literal(fromNumber(v))),
      3,
    )};`,
    '}',
  ];
}
