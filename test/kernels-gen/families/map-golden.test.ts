/** The code and costs of maps over tensors of many shapes, on each class: digests, which show the maps that a change reaches. */
import { expect, it } from 'vitest';
import { CLASSES, cpuVectors, type DeviceClass } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { digest } from '../../support/digest.ts';
import { variantsIn } from '../../support/plans.ts';
import {
  type Axes,
  add,
  call,
  contraction,
  input,
  load,
  map,
  mul,
  program,
  reduce,
  type Size,
  sub,
} from '../build.ts';
import { planOf } from '../execute.ts';

const square = (e: Expr): Expr => call('mul', e, e);
const names = ['i', 'j', 'k'];

/** The square of each element of a tensor. */
function squares(...shape: readonly Size[]): Prim {
  const own = shape.map((size, n) => [names[n]!, size] as const);
  return map('y', [input('x', shape)], own, square(load(0, ...own.map(([name]) => name))));
}
const rows = (n: number): Axes => [
  ['i', 'tokens'],
  ['j', n],
];
const at = load(0, 'i', 'j');
const x = (n: number, dtype: 'f32' | 'f16' = 'f32') => input('x', ['tokens', n], dtype);
const both = (body: Expr, other: Prim, n = 64): Prim =>
  map('y', [x(n), other], rows(n), call('add', at, body));

const MAPS: Readonly<Record<string, () => Prim>> = {
  ...Object.fromEntries(
    [1, 2, 3, 4, 8, 63, 64, 100, 1024].map((n) => [`rows of ${n}`, () => squares('tokens', n)]),
  ),
  ...Object.fromEntries([1, 4, 63, 4096].map((n) => [`${n} numbers`, () => squares(n)])),
  'a number': () => squares(),
  tokens: () => squares('tokens'),
  'columns of tokens': () => squares(64, 'tokens'),
  matrices: () => squares('tokens', 4, 8),
  'matrices with rows of tokens': () => squares(4, 8, 'tokens'),
  'rows in f16': () => map('y', [x(64, 'f16')], rows(64), square(at), { dtype: 'f16' }),
  'f16 to f32': () => map('y', [x(64, 'f16')], rows(64), square(at)),
  'f32 to f16': () => map('y', [x(64)], rows(64), square(at), { dtype: 'f16' }),
  'integers beside numbers': () => both(load(1, 'i', 'j'), input('p', ['tokens', 64], 'i32')),
  'a row for all': () => both(load(1, 'j'), input('v', [64])),
  'a number for each row': () => both(load(1, 'i'), input('v', ['tokens'])),
  'a number for all': () => both(load(1), input('v', [])),
  'columns from the end': () => both(load(1, 'i', sub(63, 'j')), input('z', ['tokens', 64])),
  'every second column': () => both(load(1, 'i', mul(2, 'j')), input('z', ['tokens', 128])),
  'columns from the fourth': () => both(load(1, 'i', add('j', 4)), input('z', ['tokens', 68])),
  'columns from the third': () => both(load(1, 'i', add('j', 3)), input('z', ['tokens', 68])),
  'rows of another length': () => both(load(1, 'i', 'j'), input('z', ['tokens', 66])),
  'twice the column': () => both(load(1, 'i', add('j', 'j')), input('z', ['tokens', 128])),
  'the column of the row': () => both(load(1, 'j', 'i'), input('z', [64, 'tokens'])),
  'a column that is read': () => {
    const place = { k: 'iload', arg: 1, index: [{ k: 'axis', name: 'j' }] } as const;
    return map('y', [x(64), input('p', [64], 'i32')], rows(64), call('add', at, load(0, 'i', place)));
  },
};

/** A map that overwrites a product, which it reads as its first argument or as its second one. */
function overwriting(n: number, isSecond: boolean): PrimProgram {
  const w = input('w', [n, n]);
  const made = contraction('made', [x(n), w], rows(n), [['k', n]], load(0, 'i', 'k'), load(1, 'k', 'j'));
  // A second reader: with the map alone, the product would be computed where it is read.
  const sums = reduce('sums', [made], [['j', n]], [['i', 'tokens']], at);
  const args = isSecond ? [sums, made] : [made, sums];
  const [own, sum] = [load(isSecond ? 1 : 0, 'i', 'j'), load(isSecond ? 0 : 1, 'j')];
  const y = map('y', args, rows(n), call('mul', call('exp', own), sum));
  return program({ z: contraction('z', [y, w], rows(n), [['k', n]], load(0, 'i', 'k'), load(1, 'k', 'j')) });
}

/** The names and digests of a Plan's kernels for a class, and digests of its steps. */
function shown(p: PrimProgram, device: DeviceClass): string {
  const plan = planOf(p, undefined, [device]);
  const kernels = plan.kernels.map((k) => `${k.name} ${digest(k.wgsl)}`);
  return `${kernels.join(', ')}; steps ${digest(JSON.stringify(variantsIn(plan, device.name)))}`;
}

it.each(CLASSES)('on $name', async (device) => {
  const lines = Object.entries(MAPS).map(([name, y]) => `${name}: ${shown(program({ y: y() }), device)}\n`);
  const over = [63, 64].flatMap((n) =>
    [false, true].map((isSecond) => `over ${n} ${isSecond}: ${shown(overwriting(n, isSecond), device)}\n`),
  );
  await expect([...lines, ...over].join('')).toMatchFileSnapshot(`./map-golden/${device.name}.txt`);
});

it('overwrites what else a map reads', () => {
  const { kernels } = planOf(overwriting(64, true), undefined, [cpuVectors]);
  expect(kernels.find((k) => k.name.startsWith('map_y'))!.wgsl).toMatch(/=.*\bout\[/);
});
