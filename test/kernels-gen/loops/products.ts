/** Products of matrices in all layouts, as kernels. */
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { call, constant, contraction, input, load } from '../build.ts';

export interface ProductKind {
  readonly batch: number | string;
  readonly m: number | string;
  readonly n: number;
  readonly k: number | string;
  readonly across: Readonly<Record<'a' | 'b' | 'out', boolean>>;
  readonly isAdded: boolean;
  readonly isFinished: boolean;
}

/** A batched product of matrices, each of which may be stored transposed, with another product added and an epilogue. */
export function productOf({ batch, m, n, k, across, isAdded, isFinished }: ProductKind): ContractionKernel {
  const matrix = (name: string, rows: number | string, cols: number | string, isAcross: boolean) =>
    input(name, isAcross ? [batch, cols, rows] : [batch, rows, cols]);
  const at = (arg: number, row: string, col: string, isAcross: boolean) =>
    isAcross ? load(arg, 'p', col, row) : load(arg, 'p', row, col);
  const args = [matrix('a', m, k, across.a), matrix('b', k, n, across.b), input('c', [batch, n])];
  const axes = across.out
    ? ([
        ['j', n],
        ['i', m],
      ] as const)
    : ([
        ['i', m],
        ['j', n],
      ] as const);
  const product = (over: string, by: number) =>
    contraction(
      'product',
      args,
      [['p', batch], ...axes],
      [[over, k]],
      call('mul', constant(by), at(0, 'i', over, across.a)),
      at(1, over, 'j', across.b),
    );
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
    ...(isAdded ? { added: [product('l', 2)] } : {}),
    epilogue: isFinished ? call('add', load(RESULT), load(2, 'p', 'j')) : null,
  };
}
