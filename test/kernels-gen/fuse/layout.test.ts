/** The order in which the elements of stored maps lie in memory. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { printDim } from '../../../compiler/dims/dims.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import { call, contraction, input, load, map, program } from '../build.ts';
import { unfused } from '../unfused.ts';
import { axes, exp } from './kernels.ts';

const add = (a: Expr, b: Expr): Expr => call('add', a, b);
/** Costs more to compute twice than to store. */
const heavy = (e: Expr): Expr => exp(exp(exp(e)));
const u = input('u', [6, 8]);
const square = input('s', [8, 8]);
const transposed = map('m', [u], axes({ i: 8, j: 6 }), heavy(load(0, 'j', 'i')));
/** y = x·m. */
const byColumns = (m: Prim) =>
  contraction(
    'y',
    [input('x', ['tokens', 8]), m],
    [
      ['t', 'tokens'],
      ['j', m.shape[1]!],
    ],
    axes({ k: 8 }),
    load(0, 't', 'k'),
    load(1, 'k', 'j'),
  );

/** The shape in which the kernels of some outputs store the tensor labelled m. */
const stored = (outputs: Readonly<Record<string, Prim>>): string[] =>
  fuse(program(outputs), 4096, DEFAULT_CLASS)
    .find((k) => k.tensor.label === 'm')!
    .root.shape.map(printDim);

describe('a stored map', () => {
  it('lies as its loads do, and its readers exchange the indices', () => {
    expect(stored({ y: byColumns(transposed) })).toEqual(['6', '8']);
    const values = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(i));
    const inputs = { u: tensor([6, 8], values(48)), x: tensor([3, 8], values(24)) };
    const p = program({ y: byColumns(transposed) });
    const laidOut = unfused(p, 4096, DEFAULT_CLASS);
    expect(interpret(laidOut, float64, inputs, 3)).toEqual(interpret(p, float64, inputs, 3));
  });

  it('keeps the order of its other dimensions', () => {
    const blocks = input('u', [2, 6, 8]);
    const m = map('m', [blocks], axes({ r: 2, i: 8, j: 6 }), heavy(load(0, 'r', 'j', 'i')));
    const y = contraction(
      'y',
      [input('x', ['tokens', 2, 8]), m],
      axes({ t: 'tokens', r: 2, j: 6 }),
      axes({ k: 8 }),
      load(0, 't', 'r', 'k'),
      load(1, 'r', 'k', 'j'),
    );
    expect(stored({ y })).toEqual(['2', '6', '8']);
  });

  it('ignores loads of a vector, which fit every order', () => {
    const m = map(
      'm',
      [u, input('v', [6])],
      axes({ i: 8, j: 6 }),
      heavy(add(load(0, 'j', 'i'), load(1, 'j'))),
    );
    expect(stored({ y: byColumns(m) })).toEqual(['6', '8']);
  });
});

describe('a stored map keeps its order', () => {
  it('where it is an output', () => {
    expect(stored({ y: byColumns(transposed), m: transposed })).toEqual(['8', '6']);
  });

  it('where its loads differ', () => {
    const m = map('m', [square], axes({ i: 8, j: 8 }), heavy(add(load(0, 'i', 'j'), load(0, 'j', 'i'))));
    expect(stored({ y: byColumns(m) })).toEqual(['8', '8']);
  });

  it('where a map reads it too, which would read it across', () => {
    const z = map(
      'z',
      [transposed, input('w', ['tokens', 8, 6])],
      axes({ t: 'tokens', i: 8, j: 6 }),
      add(load(0, 'i', 'j'), load(1, 't', 'i', 'j')),
    );
    expect(stored({ y: byColumns(transposed), z })).toEqual(['8', '6']);
  });

  it('where it is its own transpose', () => {
    const m: MapPrim = { ...map('m', [square], axes({ i: 8, j: 8 }), heavy(load(0, 'j', 'i'))), mirrored: 1 };
    const kernel = fuse(program({ y: byColumns(m) }), 4096, DEFAULT_CLASS).find(
      (k) => k.tensor.label === 'm',
    );
    expect(kernel!.root.kind === 'map' && kernel!.root.axes.map((a) => a.name.split('.')[0])).toEqual([
      'i',
      'j',
    ]);
  });
});
