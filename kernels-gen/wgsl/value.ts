/** What the emitter's operands are. */
import type { Dim } from '../../compiler/ir/dims.ts';
import type { DType } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Absent where its elements lie one after another. */
  readonly storage?: Storage;
  /** The workgroup memory that holds it, whose contents change from one outermost block to the next; absent in storage. */
  readonly held?: string;
  /** The array in which each lane keeps the elements that it computed: loads of its own are from there. */
  readonly kept?: string;
  /** The same of its transpose: where each lane keeps the columns that lie along the last axis but one. */
  readonly turned?: string;
  /** Whether lanes keep a copy of a block of it, which its first axis counts; other loads are from storage. */
  readonly copied?: true;
  /** The result that is stored where it is: loads of it stay where they are, before the store. */
  readonly overwritten?: string;
  /** Declared as an array of vec4. */
  readonly vectors?: boolean;
}

/** WGSL text and the scope in which its operands are known; `atomic` text needs no parentheses. */
export interface Value {
  readonly text: string;
  readonly depth: number;
  readonly atomic: boolean;
}

/** An index, as text, that is not known to be in range; what is read where it is not is thrown away. */
export const clamped = (at: string, last: string): string =>
  at.startsWith('-') && Number(at) < 0 ? '0u' : `min(u32(${at}), ${last})`;

export const paren = (v: Value): string => (v.atomic ? v.text : `(${v.text})`);

/** Part of a sum, without its sign. */
export interface Addend {
  readonly text: string;
  readonly isTaken: boolean;
  readonly depth: number;
}

/** What is taken away comes last. */
export function sumText(terms: readonly Addend[], start = ''): string {
  let text = start;
  for (const t of terms) if (!t.isTaken) text = text === '' ? t.text : `${text} + ${t.text}`;
  for (const t of terms) if (t.isTaken) text = text === '' ? `-${t.text}` : `${text} - ${t.text}`;
  return text;
}
