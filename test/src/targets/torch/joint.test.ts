/** The tensors that a forward pass hands to its backward pass. */
import { expect, it } from 'vitest';
import { input as node } from '../../../../compiler/ir/build.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../../compiler/primitives/prim.ts';
import { jointOf } from '../../../../src/targets/torch/joint.ts';
import {
  type Axes,
  asDim,
  call,
  constant,
  input,
  less,
  load,
  map,
  program,
  type Size,
  select,
} from '../../../kernels-gen/build.ts';

const type = (...shape: readonly Size[]) => ({ shape: shape.map(asDim), dtype: 'f32' }) as const;

/** Where x has `rows` rows, and a weight 3. */
const source = (rows: Size): Program => ({
  name: 'test',
  where: {},
  inputs: [
    node('x', 'input', type(rows, 3)),
    node('W', 'frozen', type(3, 3)),
    node('v', 'trainable', type(3)),
    node('V', 'trainable', type(3, 3)),
    node('grad.y', 'cotangent', type(rows, 3)),
  ],
  outputs: [],
});

/** The labels of what is saved, of y = p·p + x·v and the gradient p·g + x·v. */
function saved(body: Expr, of: 'x' | 'v' | 'V' | 'both' | 'none' = 'x', rows: Size = 'tokens'): string[] {
  const [x, v, g] = [input('x', [rows, 3]), input('v', [3]), input('grad.y', [rows, 3])];
  const axes: Axes = [
    ['t', rows],
    ['i', 3],
  ];
  const args = { x: [x], v: [v], V: [input('V', [3, 3])], both: [x, v], none: [] }[of];
  const p = map('p', args, of === 'v' ? [['i', 3]] : axes, body);
  const at = (arg: number, a: Prim) => (a.shape.length === 1 ? load(arg, 'i') : load(arg, 't', 'i'));
  const result = (label: string, by: Prim) =>
    map(
      label,
      [p, by, x, v],
      axes,
      call('add', call('mul', at(0, p), at(1, by)), call('mul', load(2, 't', 'i'), load(3, 'i'))),
    );
  const found = program({ y: result('y', p), 'grad.x': result('grad.x', g) });
  const primitives = { ...found, inputs: [...found.inputs, input('W', [3, 3])] };
  return jointOf(source(rows), primitives, () => false).saved.map((t) => t.label);
}

const x = load(0, 't', 'i');
const exp = call('exp', x);
const early = less('i', 2);

it.each<[string, Expr]>([
  ['the negative', call('neg', x)],
  ['a multiple', call('mul', constant(2), x)],
  ['a choice of two elements', select(early, x, load(0, 't', { k: 'int', value: 0 }))],
])('%s of an activation that the backward pass reads is computed again', (_, body) => {
  expect(saved(body)).toEqual([]);
});

it.each<[string, Expr]>([
  ['a function', exp],
  ['the negative of a function', call('neg', exp)],
  ['a multiple of a function', call('mul', constant(2), exp)],
  ['a sum with a number', call('add', constant(2), x)],
  ['a choice of a function first', select(early, exp, x)],
  ['a choice of a function last', select(early, x, exp)],
])('%s of an activation is saved', (_, body) => {
  expect(saved(body)).toEqual(['p']);
});

it('a tensor that rearranges a parameter is saved', () => {
  expect(saved(call('neg', load(0, 'i')), 'v')).toEqual(['p']);
  expect(saved(select(early, x, load(1, 'i')), 'both')).toEqual(['p']);
});

it('a tensor of activations is saved though it is as large as a weight', () => {
  expect(saved(exp, 'x', 3)).toEqual(['p']);
});

it('a tensor of parameters that is as large as a weight is computed again, and so is one of nothing', () => {
  expect(saved(exp, 'V', 3)).toEqual([]);
  expect(saved({ k: 'fromInt', a: { k: 'axis', name: 'i' } }, 'none')).toEqual([]);
});
