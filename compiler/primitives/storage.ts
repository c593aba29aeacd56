/** Quantised storage of frozen tensors: sections of 32-bit words, which kernels decode where they read them. */

/** A format and its sizes. A scale is for `block` elements of the flat tensor, or `group` along the last axis. */
export type Storage =
  /**
   * Codes of NF4's 16 values. Scales are float32. With `nested`, they are 8 bits, and each `nested` of them share a
   * scale.
   */
  | { readonly format: 'nf4'; readonly block: number; readonly nested?: number }
  /** Codes of 8 bits, with a scale for each row of a matrix. */
  | { readonly format: 'int8' }
  /** Codes of 4 bits, with a scale and a zero for each row and group. If `indexed`, a table maps columns to groups. */
  | { readonly format: 'int4'; readonly group: number; readonly indexed?: true };

/** The number of elements that one word holds. The first is in the lowest bits. */
export const PER_WORD = { bits4: 8, bits8: 4 } as const;

/**
 * NF4's values by their codes, rising from −1 to 1, with 0 at 7: quantiles of the normal distribution, scaled to [−1,
 * 1]. Source: Dettmers et al., QLoRA (arXiv 2305.14314), appendix E; as float32 in bitsandbytes.
 */
export const NF4_VALUES: readonly number[] = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/** The number of values in the code book of nested scales. */
const NESTED_VALUES = 256;

/** The sections of a stored tensor, each by its first word. */
export interface Layout {
  /** The codes of the elements, 4 or 8 bits each, in row-major order; rows are not padded. */
  readonly codes: 0;
  /** The scales, f32 or nested 8 bits, in the order of blocks, of rows, or of groups and of rows within each. */
  readonly scales: number;
  /** The f32 scales that nested scales share. Their code book and their offset, also f32, follow. */
  readonly nested: number;
  readonly book: number;
  readonly offset: number;
  /** The zeros, 8 bits each, in the order of the scales. */
  readonly zeros: number;
  /** The group of each column, i32. */
  readonly groups: number;
  /** The number of words in all sections. */
  readonly words: number;
}

/** The sections of a tensor of this shape. A section that its format does not have is empty. */
export function layoutOf(storage: Storage, shape: readonly number[]): Layout {
  const elements = shape.reduce((n, d) => n * d, 1);
  const rows = shape.length === 0 ? 1 : elements / Math.max(1, shape.at(-1)!);
  const sections = sectionsOf(storage, elements, rows, shape.at(-1) ?? 1);
  let at = Math.ceil(elements / (storage.format === 'int8' ? PER_WORD.bits8 : PER_WORD.bits4));
  const place = (size = 0): number => {
    at += size;
    return at - size;
  };
  const scales = place(sections.scales);
  const nested = place(sections.nested);
  const book = place(sections.nested === undefined ? 0 : NESTED_VALUES);
  const offset = place(sections.nested === undefined ? 0 : 1);
  const zeros = place(sections.zeros);
  const groups = place(sections.groups);
  return { codes: 0, scales, nested, book, offset, zeros, groups, words: at };
}

function sectionsOf(storage: Storage, elements: number, rows: number, columns: number) {
  switch (storage.format) {
    case 'nf4': {
      const blocks = Math.ceil(elements / storage.block);
      return storage.nested === undefined
        ? { scales: blocks }
        : { scales: Math.ceil(blocks / PER_WORD.bits8), nested: Math.ceil(blocks / storage.nested) };
    }
    case 'int8':
      return { scales: rows };
    case 'int4': {
      const scales = rows * Math.ceil(columns / storage.group);
      const groups = storage.indexed ? columns : 0;
      return { scales, zeros: Math.ceil(scales / PER_WORD.bits8), groups };
    }
    default:
      throw new TypeError(`unknown storage ${storage satisfies never}`);
  }
}

/** A short name, such as `nf4:64 nested:256`. Storages with equal names have the same layout for every shape. */
export function storageName(storage: Storage): string {
  switch (storage.format) {
    case 'nf4':
      return `nf4:${storage.block}${storage.nested === undefined ? '' : ` nested:${storage.nested}`}`;
    case 'int8':
      return 'int8';
    case 'int4':
      return `int4:${storage.group}${storage.indexed ? ' indexed' : ''}`;
    default:
      throw new TypeError(`unknown storage ${storage satisfies never}`);
  }
}
