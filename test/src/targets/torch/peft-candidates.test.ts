/** Layers that store the tensors of a method of PEFT's. */
import { expect, it } from 'vitest';
import { frozen, input, layer, skew, trainable } from '../../../../src/language/dsl/index.ts';
import { adaptationOf } from '../../../../src/targets/torch/peft/adaptation.ts';
import { knownMethod } from '../../../../src/targets/torch/peft/known.ts';

const known = (layer: { trace(): Parameters<typeof adaptationOf>[0] }) => {
  const program = layer.trace();
  return knownMethod(program, adaptationOf(program));
};

const h = input('tokens', 'in');
const U = frozen('out', 'in');
const zeros = { init: 'zeros' } as const;
const A = trainable('r', 'in', { stored: 'lora_A.weight', ...zeros });
const B = trainable('out', 'r', { stored: 'lora_B.weight', ...zeros });

it('a layer that computes another function is a candidate by its tensors, whatever their names are', () => {
  const lora = { form: 'lora', isSame: false };
  expect(known(layer({ h, U, A, B }, (t) => t.h.matmul(t.U.T).sub(t.h.matmul(t.A.T).matmul(t.B.T))))).toEqual(
    lora,
  );
  const biased = { h, U, bias: frozen('out'), A, B };
  expect(
    known(layer(biased, (t) => t.h.matmul(t.U.T).sub(t.h.matmul(t.A.T).matmul(t.B.T)).add(t.bias))),
  ).toEqual(lora);
});

it('a trainable tensor that is not stored otherwise is known by its name', () => {
  const hra = layer({ h, U, hra_u: trainable('in', 'r', zeros) }, (t) =>
    t.h.add(t.h.matmul(t.hra_u).matmul(t.hra_u.T)).matmul(t.U.T),
  );
  expect(known(hra)).toEqual({ form: 'hra', isSame: false });
});

it('a frozen tensor is known by its start', () => {
  const psoft = layer(
    {
      h,
      W: U,
      C: frozen('r', 'in', { init: { right: 'W' } }),
      D: frozen('out', 'r', { init: { left: 'W', power: 1, times: 1 } }),
      p: trainable('tri(r)', { stored: 'psoft_R.weight', ...zeros }),
      q: trainable('r', { stored: 'psoft_R.vector_a', ...zeros }),
      s: trainable('r', { stored: 'psoft_R.vector_b', ...zeros }),
    },
    (t) => t.h.matmul(t.W.T).add(t.h.matmul(t.C.T).mul(t.q).matmul(skew(t.p)).mul(t.s).matmul(t.D.T)),
  );
  expect(known(psoft)).toEqual({ form: 'psoft', isSame: false });
});

it.each([
  ['fewer tensors', layer({ h, U, A }, (t) => t.h.matmul(t.A.T).matmul(t.A).matmul(t.U.T))],
  [
    'another one',
    layer({ h, U, A, C: trainable('out', 'r', zeros) }, (t) =>
      t.h.matmul(t.U.T).add(t.h.matmul(t.A.T).matmul(t.C.T)),
    ),
  ],
  [
    'one in another role',
    layer({ h, U, A: frozen('r', 'in', { stored: 'lora_A.weight', ...zeros }), B }, (t) =>
      t.h.matmul(t.U.T).add(t.h.matmul(t.A.T).matmul(t.B.T)),
    ),
  ],
  [
    'one twice',
    layer(
      { h, U, P: trainable('in', { stored: 'road_theta', ...zeros }), road_theta: trainable('in', zeros) },
      (t) => t.h.mul(t.P).mul(t.road_theta).matmul(t.U.T),
    ),
  ],
])('a layer with %s is none of PEFT’s', (_, layer) => {
  expect(known(layer)).toBeUndefined();
});
