/** Tries every joint association of a request, with costs in plain numbers, which share nothing with the library. */
import type { Device, FactorStructure, Operand, Request } from '../../../src/associate/index.ts';

/** A factor, or the gradient of a product, as it stands in a product. */
export interface Leaf {
  readonly name: string;
  readonly transposed: boolean;
  readonly structure: FactorStructure;
  readonly shape: readonly [number | string, number | string];
  readonly symmetric: boolean;
  readonly elementBytes: number;
}

export interface Word {
  readonly leaves: readonly Leaf[];
  /** The structure whose elements alone are needed. */
  readonly projected?: FactorStructure;
}

const turned = (l: Leaf): Leaf => ({
  ...l,
  transposed: !l.transposed && !l.symmetric,
  shape: [l.shape[1], l.shape[0]],
});
const reversed = (w: readonly Leaf[]): Leaf[] => w.map(turned).reverse();
export const textOf = (w: readonly Leaf[]): string =>
  w.map((l) => `${l.name}${l.transposed ? 'ᵀ' : ''}`).join(' ');

export function leafOf(request: Request, operand: Operand): Leaf {
  const { factor: name, transposed = false } = typeof operand === 'string' ? { factor: operand } : operand;
  const {
    shape,
    structure = { kind: 'dense' },
    elementBytes = 4,
    symmetric = false,
  } = request.factors[name]!;
  const isSymmetric = symmetric || structure.kind === 'diagonal';
  const upright = { name, structure, shape, elementBytes, symmetric: isSymmetric, transposed: false };
  return transposed ? turned(upright) : upright;
}

/** The words of a request: its products, and the terms of each gradient, in the order in which the answer has them. */
export function wordsOf(request: Request): { products: [string, Word][]; gradients: [string, Word][] } {
  const products = Object.entries(request.products).map(([name, all]): [string, Word] => [
    name,
    { leaves: all.map((o) => leafOf(request, o)) },
  ]);
  const gradients = (request.gradients ?? []).flatMap((of) =>
    products.flatMap(([name, { leaves }]) =>
      leaves.flatMap((leaf, i): [string, Word][] => {
        if (leaf.name !== of) return [];
        const g: Leaf = {
          ...leaf,
          name: `grad ${name}`,
          structure: { kind: 'dense' },
          symmetric: false,
          transposed: false,
          shape: [leaves[0]!.shape[0], leaves.at(-1)!.shape[1]],
          elementBytes: Math.max(...leaves.map((l) => l.elementBytes)),
        };
        const along = [...reversed(leaves.slice(0, i)), g, ...reversed(leaves.slice(i + 1))];
        const projected = leaf.structure.kind === 'dense' ? {} : { projected: leaf.structure };
        return [[of, { leaves: isTurned(request, name, i) ? reversed(along) : along, ...projected }]];
      }),
    ),
  );
  return { products, gradients };
}

const isTurned = (request: Request, product: string, i: number): boolean => {
  const operand = request.products[product]![i]!;
  return typeof operand !== 'string' && operand.transposed === true;
};

/** The structure of the product of some factors. */
function structureOf(leaves: readonly Leaf[]): FactorStructure {
  const all = leaves.map((l) => l.structure);
  if (all.length === 1) return all[0]!;
  if (all.every((s) => s.kind === 'permutation')) return all[0]!;
  if (all.some((s) => s.kind !== 'diagonal' && s.kind !== 'blockDiagonal')) return { kind: 'dense' };
  const blocks = new Set(all.flatMap((s) => (s.kind === 'blockDiagonal' ? [s.blocks] : [])));
  if (blocks.size === 0) return { kind: 'diagonal' };
  return blocks.size === 1 ? { kind: 'blockDiagonal', blocks: [...blocks][0]! } : { kind: 'dense' };
}

const elements = (s: FactorStructure, rows: number, cols: number): number =>
  s.kind === 'stated'
    ? s.elements
    : s.kind === 'blockDiagonal'
      ? (rows * cols) / s.blocks
      : s.kind === 'dense'
        ? rows * cols
        : rows;

/** The seconds that one product of two takes. */
function secondsOf(
  left: readonly Leaf[],
  right: readonly Leaf[],
  projected: FactorStructure | undefined,
  size: (s: number | string) => number,
  { flops, bandwidth, launch }: Device,
): number {
  const [m, k, n] = [left[0]!.shape[0], right[0]!.shape[0], right.at(-1)!.shape[1]].map(size) as [
    number,
    number,
    number,
  ];
  const [a, b, whole] = [structureOf(left), structureOf(right), structureOf([...left, ...right])];
  const result = projected ?? whole;
  const width = (all: readonly Leaf[]) => Math.max(...all.map((l) => l.elementBytes));
  const bytes =
    elements(a, m, k) * width(left) +
    elements(b, k, n) * width(right) +
    elements(result, m, n) * width([...left, ...right]);
  const by = (kind: FactorStructure['kind']) => a.kind === kind || b.kind === kind;
  const blocks = (s: FactorStructure) => (s.kind === 'blockDiagonal' ? s.blocks : 1);
  const operations = () => {
    if (projected) return 2 * elements(projected, m, n) * k;
    if (by('permutation')) return 0;
    if (by('diagonal')) return elements(whole, m, n);
    if (a.kind === 'blockDiagonal' && b.kind === 'blockDiagonal' && whole.kind === 'blockDiagonal')
      return (2 * m * k * n) / whole.blocks ** 2;
    if (by('blockDiagonal')) return (2 * m * k * n) / Math.max(blocks(a), blocks(b));
    const stated = [
      ...(a.kind === 'stated' ? [a.operations * n] : []),
      ...(b.kind === 'stated' ? [b.operations * m] : []),
    ];
    return stated.length > 0 ? Math.min(...stated) : 2 * m * k * n;
  };
  return operations() / flops + bytes / bandwidth + launch;
}

/** The least seconds of all joint associations, at each of some sizes. Equal products count once. */
export function leastSeconds(request: Request, device: Device, counts: readonly number[]): number[] {
  const { products, gradients } = wordsOf(request);
  const words = [...products, ...gradients].map(([, w]) => w);
  const ids = new Map<string, number>();
  const costs: number[][] = [];
  const idOf = (
    left: readonly Leaf[],
    right: readonly Leaf[],
    projected: FactorStructure | undefined,
    l: string,
    r: string,
    lt: string,
    rt: string,
  ) => {
    // A product and its transpose are one.
    const [first] = [`(${l} ${r})`, `(${rt} ${lt})`].sort();
    const key = projected ? `part ${first}` : first!;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, costs.length);
    costs.push(
      counts.map((t) => secondsOf(left, right, projected, (s) => (typeof s === 'number' ? s : t), device)),
    );
    return costs.length - 1;
  };
  interface Tree {
    readonly forward: string;
    readonly backward: string;
    readonly formed: readonly number[];
  }
  const treesOf = ({ leaves, projected }: Word): readonly Tree[] => {
    const known = new Map<string, readonly Tree[]>();
    const trees = (i: number, j: number): readonly Tree[] => {
      if (j - i === 1) {
        const own = leaves.slice(i, j);
        return [{ forward: textOf(own), backward: textOf(reversed(own)), formed: [] }];
      }
      const found = known.get(`${i} ${j}`);
      if (found) return found;
      const all: Tree[] = [];
      const part = j - i === leaves.length ? projected : undefined;
      for (let k = i + 1; k < j; k++)
        for (const l of trees(i, k))
          for (const r of trees(k, j)) {
            const id = idOf(
              leaves.slice(i, k),
              leaves.slice(k, j),
              part,
              l.forward,
              r.forward,
              l.backward,
              r.backward,
            );
            all.push({
              forward: `(${l.forward} ${r.forward})`,
              backward: `(${r.backward} ${l.backward})`,
              formed: [...new Set([...l.formed, ...r.formed, id])],
            });
          }
      known.set(`${i} ${j}`, all);
      return all;
    };
    return trees(0, leaves.length);
  };
  // Long lists of associations last: what they cost is compared most often.
  const perWord = words.map(treesOf).sort((a, b) => a.length - b.length);
  const least = counts.map(() => Infinity);
  const formed = new Uint8Array(costs.length);
  const search = (depth: number, sums: readonly number[]) => {
    // More products only cost more.
    if (sums.every((s, i) => s >= least[i]!)) return;
    if (depth === perWord.length) {
      sums.forEach((s, i) => {
        least[i] = Math.min(least[i]!, s);
      });
      return;
    }
    for (const tree of perWord[depth]!) {
      const added = tree.formed.filter((id) => !formed[id]);
      for (const id of added) formed[id] = 1;
      search(
        depth + 1,
        sums.map((s, i) => added.reduce((sum, id) => sum + costs[id]![i]!, s)),
      );
      for (const id of added) formed[id] = 0;
    }
  };
  search(
    0,
    counts.map(() => 0),
  );
  return least;
}
