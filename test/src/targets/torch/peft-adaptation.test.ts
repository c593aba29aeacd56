/** The parts of a layer that PEFT needs to know: its frozen weight and bias, and what stands before and after. */
import { expect, it } from 'vitest';
import type { Program } from '../../../../compiler/ir/node.ts';
import { detach, frozen, input, layer, max, trainable } from '../../../../src/language/dsl/index.ts';
import { adaptationOf } from '../../../../src/targets/torch/peft/adaptation.ts';

const x = input('tokens', 'in');
const W = frozen('out', 'in');
const v = trainable('in', { init: 'ones' });
const bias = frozen('out');

const linear = layer({ x, v, W }, (t) => t.x.mul(t.v).matmul(t.W.T)).trace();

/** A summary of the adaptation that a layer is found to be. */
const found = (program: Program) => {
  const a = adaptationOf(program);
  return {
    weight: a.weight.name,
    ...(a.bias ? { bias: a.bias.name } : {}),
    parts: [a.before && 'before', a.after && 'after'].filter((p) => p !== undefined).join(' '),
    ...(a.callsBase ? {} : { callsBase: false }),
    ...(a.mixesBias ? { mixesBias: true } : {}),
    ...(a.isLinear ? {} : { isLinear: false }),
  };
};

it.each<[string, Program, object]>([
  ['before its frozen layer alone', linear, { weight: 'W', parts: 'before' }],
  [
    'with a bias that is added last',
    layer({ x, v, W, bias }, (t) => t.x.mul(t.v).matmul(t.W.T).add(t.bias)).trace(),
    { weight: 'W', bias: 'bias', parts: 'before' },
  ],
  [
    'with a bias that is stored as such',
    layer({ x, v, W, b: frozen('out', { stored: 'bias' }) }, (t) =>
      t.x.mul(t.v).matmul(t.W.T).add(t.b),
    ).trace(),
    { weight: 'W', bias: 'b', parts: 'before' },
  ],
  [
    'with a bias that is scaled',
    layer({ x, W, bias, s: trainable('out', { init: 'ones' }) }, (t) =>
      t.x.matmul(t.W.T).add(t.bias).mul(t.s),
    ).trace(),
    { weight: 'W', bias: 'bias', parts: 'after', mixesBias: true },
  ],
  [
    'with a bias that multiplies the result',
    layer({ x, W, bias }, (t) => t.x.matmul(t.W.T).mul(t.bias)).trace(),
    { weight: 'W', bias: 'bias', parts: 'after', mixesBias: true },
  ],
  [
    'with a bias in one of the terms',
    layer({ x, W, bias, s: trainable('out', { init: 'ones' }) }, (t) =>
      t.x.matmul(t.W.T).add(t.bias.mul(t.s)),
    ).trace(),
    { weight: 'W', bias: 'bias', parts: 'after', mixesBias: true },
  ],
  [
    'with a bias that is added twice',
    layer({ x, W, bias }, (t) => t.x.matmul(t.W.T).add(t.bias).add(t.bias)).trace(),
    { weight: 'W', bias: 'bias', parts: 'after', mixesBias: true },
  ],
  [
    'with a bias that scales and is added',
    layer({ x, W, bias }, (t) => t.x.matmul(t.W.T).mul(t.bias).add(t.bias)).trace(),
    { weight: 'W', bias: 'bias', parts: 'after', mixesBias: true },
  ],
  [
    'with a copy of its activation that has no gradient',
    layer({ x, v, W }, (t) => t.x.mul(t.v).add(detach(t.x)).matmul(t.W.T)).trace(),
    { weight: 'W', parts: 'before', isLinear: false },
  ],
  [
    'with a copy of a parameter that has no gradient',
    layer({ x, v, W }, (t) => t.x.mul(t.v).mul(detach(t.v)).matmul(t.W.T)).trace(),
    { weight: 'W', parts: 'before' },
  ],
  [
    'with a bias that it trains',
    layer({ x, W, bias: trainable('out', { init: 'zeros' }) }, (t) => t.x.matmul(t.W.T).add(t.bias)).trace(),
    { weight: 'W', parts: 'after' },
  ],
  [
    'of another weight',
    layer({ x, W, s: trainable('out', 1, { init: 'ones' }) }, (t) =>
      t.x.matmul(t.W.mul(t.W).mul(t.s).T),
    ).trace(),
    { weight: 'W', parts: 'after', callsBase: false },
  ],
  [
    'beside a frozen matrix with a start',
    layer({ x, C: frozen('in', 'in', { init: 'identity' }), W }, (t) =>
      t.x.matmul(t.C).matmul(t.W.T),
    ).trace(),
    { weight: 'W', parts: 'before' },
  ],
  [
    'that is not linear',
    layer({ x, v, W }, (t) => max(t.x, 0).mul(t.v).matmul(t.W.T)).trace(),
    { weight: 'W', parts: 'before', isLinear: false },
  ],
])('a layer %s', (_, program, expected) => {
  expect(found(program)).toEqual({ ...expected });
});

it.each<[string, Program, string]>([
  ['without a result', { ...linear, outputs: [] }, 'PEFT takes one result with a row for each token'],
  [
    'with two results',
    layer({ x, W }, (t) => ({ y: t.x.matmul(t.W.T), z: t.x.matmul(t.W.T).mul(2) })).trace(),
    'PEFT takes one result with a row for each token',
  ],
  [
    'with a result of three axes',
    layer({ x, W: frozen('2*out', 'in') }, (t) => t.x.matmul(t.W.T).reshape('tokens', 2, 'out')).trace(),
    'PEFT takes one result with a row for each token',
  ],
  [
    'with a result that has no tokens',
    layer({ x, W, v }, (t) => t.W.mul(t.v)).trace(),
    'PEFT takes one result with a row for each token',
  ],
  [
    'without an activation',
    layer({ W, A: trainable('tokens', 'in', { init: 'ones' }) }, (t) => t.A.matmul(t.W.T)).trace(),
    'PEFT gives it one activation, and it takes none',
  ],
  [
    'of integers',
    layer({ x: input('tokens', 'in', { dtype: 'i32' }), W, A: trainable('tokens', 'in') }, (t) =>
      t.A.matmul(t.W.T),
    ).trace(),
    "'x' is not a matrix of floats with a row for each token",
  ],
  [
    'of three axes',
    layer({ x: input('tokens', 2, 'in'), W: frozen('out', '2*in') }, (t) =>
      t.x.reshape('tokens', '2*in').matmul(t.W.T),
    ).trace(),
    "'x' is not a matrix of floats with a row for each token",
  ],
  [
    'with a weight of other rows',
    layer({ x, W: frozen('k', 'in'), B: trainable('k', 'out', { init: 'zeros' }) }, (t) =>
      t.x.matmul(t.W.T).matmul(t.B),
    ).trace(),
    "'W' has shape (k, in), and a linear layer from in to out stores (out, in)",
  ],
  [
    'with a weight of other columns',
    layer({ x, A: trainable('in', 'k', { init: 'zeros' }), W: frozen('out', 'k') }, (t) =>
      t.x.matmul(t.A).matmul(t.W.T),
    ).trace(),
    "'W' has shape (out, k), and a linear layer from in to out stores (out, in)",
  ],
  [
    'with a second frozen matrix beside the stored weight',
    layer({ x, U: frozen('out', 'in'), W: frozen('out', 'in', { stored: 'weight' }) }, (t) =>
      t.x.matmul(t.W.add(t.U).T),
    ).trace(),
    "nothing gives the frozen tensor 'U'",
  ],
  [
    'with a frozen matrix of positions',
    layer({ x, W, at: frozen('out', 'in', { dtype: 'i32' }) }, (t) => t.x.matmul(t.W.T)).trace(),
    "nothing gives the frozen tensor 'at'",
  ],
  [
    'with a frozen vector that is no bias',
    layer({ x, W, c: frozen('out') }, (t) => t.x.matmul(t.W.T).add(t.c)).trace(),
    "nothing gives the frozen tensor 'c'",
  ],
  [
    'with a bias of the inputs',
    layer({ x, W, bias: frozen('in') }, (t) => t.x.add(t.bias).matmul(t.W.T)).trace(),
    "nothing gives the frozen tensor 'bias'",
  ],
  [
    'with a matrix by the name of a bias',
    layer({ x, W: frozen('out', 'in', { stored: 'weight' }), bias: frozen('out', 'in') }, (t) =>
      t.x.matmul(t.W.add(t.bias).T),
    ).trace(),
    "nothing gives the frozen tensor 'bias'",
  ],
  [
    'with a bias by its name and one that is stored as such',
    layer({ x, W, bias, c: frozen('out', { stored: 'bias' }) }, (t) =>
      t.x.matmul(t.W.T).add(t.bias).add(t.c),
    ).trace(),
    "nothing gives the frozen tensor 'c'",
  ],
])('a layer %s is refused', (_, program, reason) => {
  expect(() => adaptationOf(program)).toThrow(`is no adapter of a linear layer: ${reason}`);
});
