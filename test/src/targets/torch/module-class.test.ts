/** The printed module of a layer: the paths of its tensors, its starts and its sizes. */
import { expect, it } from 'vitest';
import { bindProgram } from '../../../../compiler/ir/bind.ts';
import type { InputNode } from '../../../../compiler/ir/node.ts';
import { frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import type { Stored } from '../../../../src/session/quantized.ts';
import { isRows, moduleClass, pathsOf } from '../../../../src/targets/torch/module-class.ts';
import { dim } from './functions.ts';

const SIZES = { in: 3, out: 2 };
const x = input('tokens', 'in');

/** The lines of a module that begin with a text. */
const linesOf = (of: Traceable, start: string, stored: Stored = {}) => {
  const source = of.trace();
  return moduleClass(bindProgram(source, SIZES), source, { name: 'mine', sizes: SIZES, stored })
    .map((line) => line.trim())
    .filter((line) => line.startsWith(start));
};

it('a parameter has its name in checkpoints where no other has it', () => {
  const { inputs, ...program } = layer({ x, a: trainable('in', { stored: 'p' }), b: trainable('in') }, (t) =>
    t.x.mul(t.a).mul(t.b),
  ).trace();
  const [first, a, b] = inputs as [InputNode, InputNode, InputNode];
  const paths = (stored: string) => [
    ...pathsOf({ ...program, inputs: [first, a, { ...b, stored }] }).values(),
  ];
  expect(paths('q')).toEqual(['p', 'q']);
  expect(paths('p')).toEqual(['a', 'b']);
});

it('a layer of one activation and one result shows its features, and others the author’s sizes', () => {
  const W = frozen('out', 'in');
  expect(
    linesOf(
      layer({ x, W }, (t) => t.x.matmul(t.W.T)),
      'return "',
    ),
  ).toEqual(['return "in_features=3, out_features=2"']);
  expect(
    linesOf(
      layer({ x, W }, (t) => ({ y: t.x.matmul(t.W.T), z: t.x })),
      'return "',
    ),
  ).toEqual(['return "in=3, out=2"']);
});

it('a layer without starts gives its parameters none', () => {
  const W = frozen('out', 'in');
  expect(
    linesOf(
      layer({ x, W }, (t) => t.x.matmul(t.W.T)),
      'self.reset_parameters',
    ),
  ).toEqual([]);
  const started = layer({ x, W, v: trainable('in', { init: 'ones' }) }, (t) => t.x.mul(t.v).matmul(t.W.T));
  expect(linesOf(started, 'self.reset_parameters')).toEqual(['self.reset_parameters()']);
});

it('starts know the quantised tensors that they read', () => {
  const known = (init: 'zeros' | { readonly rowNorms: string } | { readonly normal: number }) => {
    const of = layer({ x, o: frozen('out', 'in'), m: trainable('out', 1, { init }) }, (t) =>
      t.x.matmul(t.o.mul(t.m).T),
    );
    return linesOf(of, 'known = ', { o: { format: 'int8' } });
  };
  expect(known({ rowNorms: 'o' })).toEqual(['known = {"o": self.dequantized("o"), "m": self.m}']);
  for (const init of ['zeros', { normal: 1 }] as const)
    expect(known(init)).toEqual(['known = {"m": self.m}']);
});

it('rows are of tokens and of a number of features', () => {
  const of = (...shape: readonly (number | string)[]) =>
    isRows({ type: { shape: shape.map(dim), dtype: 'f32' } });
  expect([of('tokens', 3), of('tokens', 'n'), of(3, 'tokens'), of('tokens'), of('tokens', 3, 3)]).toEqual([
    ...[true, false, false, false, false],
  ]);
});

it('sizes have the names of properties of all objects', () => {
  const of = layer({ x: input('tokens', 'constructor'), W: frozen('toString', 'constructor') }, (t) =>
    t.x.matmul(t.W.T),
  ).trace();
  const sizes = { constructor: 3, toString: 2 };
  const shown = moduleClass(bindProgram(of, sizes), of, { name: 'mine', sizes }).filter((l) =>
    l.includes('in_features=3'),
  );
  expect(shown).toHaveLength(1);
});
