/** Texts that the printer of loops puts together, and facts that it asks for. */
import type { Expr } from '../../compiler/primitives/expr.ts';
import type { Combine } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';

/** A value that a statement stores, or adds to an element. */
export interface Term {
  readonly k: 'store' | 'accumulate';
  readonly value: Expr;
  readonly combine?: Combine;
  readonly fused?: true;
}

/** The term of a sum, and whether it is taken from it. */
export function termOf({ k, value, combine }: Term) {
  const isTaken = k === 'accumulate' && combine === 'sum' && value.k === 'call' && value.fn === 'neg';
  return { value: isTaken ? value.args[0]! : value, isTaken };
}

export const accumulation = (
  combine: Combine | undefined,
  to: string,
  value: string,
  isTaken: boolean,
): string =>
  combine === 'max' ? `${to} = max(${to}, ${value});` : `${to} ${isTaken ? '-=' : '+='} ${value};`;

/** The factors of a product; undefined for other values. */
export const factorsOf = (value: Expr): readonly Expr[] | undefined =>
  value.k === 'call' && value.fn === 'mul' ? value.args : undefined;

/** The statement that combines a variable across a subgroup. */
export const collected = (combine: Combine, variable: string): string =>
  `${variable} = ${combine === 'sum' ? 'subgroupAdd' : 'subgroupMax'}(${variable});`;

/** A name for text that is repeated. */
export const named = (e: Emitter, text: string): string =>
  /^\w+$/.test(text) ? text : e.name(text, e.depth).text;

/** A product of sizes, which is a number where all are. */
export const productText = (sizes: readonly string[]): string =>
  sizes.every((n) => /^\d+$/.test(n)) ? `${sizes.reduce((p, n) => p * Number(n), 1)}` : sizes.join(' * ');

/** An invocation's index among `extent` that are `stride` apart. */
export function invocationText(extent: number, stride: number, threads: number): string {
  if (extent === 1) return '0';
  const isPower = Number.isInteger(Math.log2(stride)) && Number.isInteger(Math.log2(extent));
  const shifted = stride === 1 ? 'lane' : isPower ? `lane >> ${Math.log2(stride)}` : `lane / ${stride}`;
  if (extent * stride === threads) return shifted;
  const inner = stride === 1 ? shifted : `(${shifted})`;
  return isPower ? `${inner} & ${extent - 1}` : `${inner} % ${extent}`;
}
