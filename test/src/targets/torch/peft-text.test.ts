/** The text of small adapters that are added to PEFT. */
import { expect, it } from 'vitest';
import { frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import { buildPeft } from '../../../../src/targets/torch/peft/index.ts';
import { from } from './built.ts';

const python = { '__init__.py': 'a', 'b.py': 'b', 'testing.py': 't', 'tuner/base.py': 'c', 'peft/x.py': 'x' };
const built = (of: Traceable, config = {}) =>
  buildPeft(of.trace(), { name: 'mine', given: { b: 4 }, config, from, python }).texts;

/** A scale for each block of b features. */
const blocks = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('in/b', 1, { init: 'ones' }) },
  ({ x, W, v }) => x.reshape('tokens', 'in/b', 'b').mul(v).reshape('tokens', 'in').matmul(W.T),
);
/** A weight that is scaled, without a frozen layer that is called. */
const scaled = layer(
  {
    ...{ x: input('tokens', 'in'), W: frozen('out', 'in'), c: frozen('in', { init: 'ones' }) },
    v: trainable('b', 'in', { init: 'zeros' }),
    u: trainable('out', 'b', { init: 'zeros' }),
  },
  ({ x, W, c, v, u }) => x.matmul(W.mul(W).mul(c).T).add(x.matmul(v.T).matmul(u.T)),
);

it('the package has the library without its tests', () => {
  expect(Object.keys(built(blocks)).filter((f) => f.startsWith('oftc_torch/'))).toEqual([
    'oftc_torch/__init__.py',
    'oftc_torch/b.py',
    'oftc_torch/tuner/base.py',
  ]);
});

it('settings are fields of their types', () => {
  const config = { on: true, off: false, mode: 'exp', terms: 3, rate: 0.5, bias: true };
  const lines = built(blocks, config)['config.py']!.split('\n');
  expect(lines.slice(lines.indexOf('    b: int = 4'))).toEqual([
    '    b: int = 4',
    '    on: bool = True',
    '    off: bool = False',
    '    mode: str = "exp"',
    '    terms: int = 3',
    '    rate: float = 0.5',
    '',
  ]);
});

it('quotients of sizes are checked', () => {
  const text = built(blocks)['layer.py']!;
  expect(text).toContain(
    [
      '        }',
      '',
      '    @staticmethod',
      '    def quotients(sizes: Mapping[str, int]) -> dict[str, tuple[int, int]]:',
      '        b = sizes["b"]',
      '        in_ = sizes["in"]',
      '        return {"in/b": (in_, b)}',
      '',
    ].join('\n'),
  );
  expect(built(scaled)['layer.py']).not.toContain('def quotients');
});

it('a layer tells what differs from an adapter beside a frozen layer', () => {
  const lines = built(scaled)
    ['layer.py']!.split('\n')
    .map((l) => l.trim());
  expect(lines).toContain('constants = ("mine_c",)');
  expect(lines).toContain('reads_weight = True');
  expect(lines).toContain('calls_base = False');
  expect(built(scaled)['layer.py']).toMatch(/Function\.apply\([^)]*self\.frozen_weight/);
  expect(built(blocks)['layer.py']).not.toMatch(/constants|calls_base/);
});
