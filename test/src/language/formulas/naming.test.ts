/** The names that formulas give to values: none is a name that the author uses. */
import { expect, it } from 'vitest';
import { derive } from '../../../../compiler/derive.ts';
import { apply } from '../../../../compiler/ir/build.ts';
import {
  cos,
  frozen,
  input,
  layer,
  permutation,
  sin,
  type Tensor,
  take,
  tanh,
  trainable,
} from '../../../../src/index.ts';
import { Namer } from '../../../../src/language/formulas/naming.ts';

it('names stand for values, whatever their association; what was written keeps its parentheses', () => {
  const program = layer(
    { x: input('tokens', 'n'), W: frozen('m', 'n'), A: trainable('n', 'n') },
    ({ x, W, A }) => {
      const y = x.matmul(tanh(A).matmul(W.T));
      return y.mul(sin(y));
    },
  ).trace();
  const derived = derive(program, { gradients: false }).program;
  const namer = new Namer({ source: program, derived: [derived] });
  expect(namer.legend()).toEqual(['h = x·tanh(A)·Wᵀ']);
  expect(namer.written(program.outputs[0]!.node)).toBe('(x·(tanh(A)·Wᵀ)) ⊙ sin(x·(tanh(A)·Wᵀ))');
  expect(namer.formula(program.outputs[0]!.node)).toBe('h ⊙ sin(h)');
  expect(namer.formula(derived.outputs[0]!.node)).toBe('h ⊙ sin(h)');
});

it('letters of inputs and dimensions name no other value', () => {
  const program = layer(
    { i: input('tokens', 'S'), P: frozen('S', 'S'), h: trainable('S'), T: trainable('S', 'S') },
    ({ i, P, h, T }) => {
      const weight = cos(P.matmul(T)).matmul(T);
      const y = tanh(i.matmul(weight).add(h));
      return y.matmul(weight).add(y);
    },
  ).trace();
  const namer = new Namer({ source: program, derived: [derive(program, { gradients: true }).program] });
  const names = namer.entries().map((e) => e.name);
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) expect(['i', 'P', 'h', 'T', 'S', 'I', 'tokens']).not.toContain(name);
  expect(new Set(names).size).toBe(names.length);
});

it('a formula of more terms than fit a line names all that it can, and has the rest in full', () => {
  const w = Array.from({ length: 60 }, () => trainable('n'));
  const program = layer({ x: input('tokens', 'n'), w }, ({ x, w }) =>
    w.reduce((y: Tensor, v: Tensor) => y.add(v), x as Tensor),
  ).trace();
  const derived = derive(program, { gradients: false }).program;
  const namer = new Namer({ source: program, derived: [derived] });
  expect(namer.formula(derived.outputs[0]!.node)).toBe('x + Σᵢ₌₀…₅₉ w.i');
});

it('an expression that shares its parts is named in time that does not double with each', () => {
  const program = layer(
    { x: input('tokens', 'n'), a: trainable('n'), A: trainable('n', 'n') },
    ({ x, a, A }) => {
      let y: Tensor = x;
      let power: Tensor = A;
      for (let k = 0; k < 40; k++) {
        y = sin(y.mul(a)).add(tanh(y));
        power = power.matmul(power);
      }
      return y.matmul(power);
    },
  ).trace();
  const namer = new Namer({ source: program, derived: [derive(program, { gradients: false }).program] });
  for (const { formula } of namer.entries()) expect(formula.length).toBeLessThan(120);
  expect(namer.written(program.outputs[0]!.node).length).toBeLessThan(120);
});

it('a call is written as in a layer, without the attributes that only the compiler sees', () => {
  const program = layer(
    { x: input('tokens', 'n'), p: frozen('n', { dtype: 'i32' }), q: frozen('m', { dtype: 'i32' }) },
    ({ x, p, q }) => take(tanh(x.matmul(permutation(p).T)), q, 1),
  ).trace();
  const derived = derive(program, { gradients: false }).program;
  const namer = new Namer({ source: program, derived: [derived] });
  expect(namer.written(program.outputs[0]!.node)).toBe('take(tanh(x·permutation(p)ᵀ), q, 1)');
  const turned = apply('permutation', [program.inputs[1]!], { inverse: true });
  expect(namer.written(apply('tanh', [turned]))).toBe('tanh(permutation(p)ᵀ)');
});
