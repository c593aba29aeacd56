/** Products of matrices in all layouts, as kernels. */
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { call, constant, contraction, input, load } from '../build.ts';

export interface ProductKind {
  readonly batch: number | string;
  readonly m: number | string;
  readonly n: number;
  readonly k: number | string;
  readonly across: Readonly<Record<'a' | 'b' | 'out', boolean>>;
  /** Another product that is added: of the same factors, or with one that has no rows or no columns. */
  readonly added: Added;
  readonly isFinished: boolean;
}

export type Added = 'none' | 'same' | 'no rows' | 'no columns';

/** A batched product of matrices, each of which may be stored transposed, with another product added and an epilogue. */
export function productOf({ batch, m, n, k, across, added, isFinished }: ProductKind): ContractionKernel {
  const matrix = (name: string, rows: number | string, cols: number | string, isAcross: boolean) =>
    input(name, isAcross ? [batch, cols, rows] : [batch, rows, cols]);
  const at = (arg: number, row: string, col: string, isAcross: boolean) =>
    isAcross ? load(arg, 'p', col, row) : load(arg, 'p', row, col);
  const args = [
    matrix('a', m, k, across.a),
    matrix('b', k, n, across.b),
    input('c', [batch, n]),
    input('d', [batch, k]),
  ];
  const axes = across.out
    ? ([
        ['j', n],
        ['i', m],
      ] as const)
    : ([
        ['i', m],
        ['j', n],
      ] as const);
  const also = () => {
    const a = added === 'no rows' ? load(3, 'p', 'l') : at(0, 'i', 'l', across.a);
    const b = added === 'no columns' ? load(3, 'p', 'l') : at(1, 'l', 'j', across.b);
    return contraction('product', args, [['p', batch], ...axes], [['l', k]], call('mul', constant(2), a), b);
  };
  const root = contraction(
    'product',
    args,
    [['p', batch], ...axes],
    [['k', k]],
    at(0, 'i', 'k', across.a),
    at(1, 'k', 'j', across.b),
  );
  return {
    ...{ tensor: root, root, spans: [] },
    ...(added === 'none' ? {} : { added: [also()] }),
    epilogue: isFinished ? call('add', load(RESULT), load(2, 'p', 'j')) : null,
  };
}
