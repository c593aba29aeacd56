/** Names of tensors that would be one in Python. */
import { expect, it } from 'vitest';
import { frozen, input, layer, list, trainable } from '../../../../src/language/dsl/index.ts';
import { checkNames } from '../../../../src/targets/torch/check-names.ts';

/** Checks a layer with quantised weights W and U, and trainable vectors of these names. */
const check = (...names: readonly string[]) => {
  const program = layer(
    {
      ...{ x: input('tokens', 'n'), W: frozen('n', 'n'), U: frozen('n', 'n') },
      ...Object.fromEntries(names.map((n) => [n, trainable('n')])),
    },
    ({ x, W, U }) => ({ y: x!.matmul(W!).matmul(U!) }),
  ).trace();
  checkNames(program, { W: { format: 'int8' }, U: { format: 'int8' } });
};

it('quantised tensors share the name of the list of their parts', () => {
  expect(() => check('v')).not.toThrow();
});

it.each(['W_FORM', 'W_parts', 'W_codes', 'U_FORM', 'U_parts', 'U_codes'])(
  'no tensor is called %s beside a quantised one',
  (name) => {
    expect(() => check(name)).toThrow(`'${name}' and '${name[0]}' would both be ${name} in Python`);
  },
);

it('no tensor is called parts where one is quantised', () => {
  expect(() => check('parts')).toThrow("'parts' and 'W' would both be parts in Python");
});

it('the first name that is taken is told', () => {
  expect(() => check('W_codes', 'W_parts', 'W_FORM')).toThrow('would both be W_FORM in Python');
  expect(() => check('W_codes', 'W_parts')).toThrow('would both be W_parts in Python');
});

it('names that differ in the layer alone are refused', () => {
  const both = layer(
    { x: input('tokens', 'n'), v: list(1, trainable('n')), v_0: trainable('n') },
    ({ x, v, v_0 }) => x.mul(v[0]!).mul(v_0),
  ).trace();
  expect(() => checkNames(both)).toThrow("'v.0' and 'v_0' would both be v_0 in Python");
});
