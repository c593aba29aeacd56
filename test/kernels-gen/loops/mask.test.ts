/** Statements after a name that are computed also where conditions do not hold, and those that are refused. */
import { describe, expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, ilt, imul, int, load } from '../../../compiler/primitives/build.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { mask } from '../../../kernels-gen/schedule/steps/mask.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import {
  ACC,
  add,
  IN,
  kernel as kernelOf,
  loop,
  MEMORIES,
  N,
  OUT,
  plain,
  store,
  TILE,
} from './small-kernels.ts';
import { memory } from './statements.ts';

const P = MEMORIES.length;
const k = ax('k');
const named: Statement = { k: 'let', name: 'k', value: imul(ax('o'), int(2)), extent: dimConst(N) };
const where = (...body: Body): Statement => ({ k: 'if', cond: ilt(ax('o'), int(3)), body });
/** A loop over o, in a kernel that has another register p. */
const over = (...body: Body): LoopKernel => ({
  ...kernelOf([loop('o', 4, body)]),
  memories: [...MEMORIES, memory('p', 'register')],
});
const [a, acc, p] = [load(IN, [k]), load(ACC, []), load(P, [])];

/** The statements after the name, which stand under a condition before the step. */
const masked = (weights: readonly string[], ...body: Body): readonly string[] => {
  const lines = showLoops(mask('k', weights).apply(over(where(named, ...body)))).split('\n');
  return lines.slice(lines.findIndex((l) => l.includes('let k')) + 1).map((l) => l.trimStart());
};

test('statements after a name without a condition stay as they are', () => {
  const own = split('k', 2, 'o', 'n').apply(plain);
  expect(mask('k', []).apply(own)).toEqual(own);
});

test('conditions without statements are left out after the name, and stay before it', () => {
  const { body } = mask('k', []).apply(over(where(), named, where()));
  expect(body).toEqual([loop('o', 4, [where(), named])]);
});

test('names, loops and further conditions stand between the name and the sum', () => {
  const let0 = (name: string, value = ax('o')) => ({ ...named, name, value }) as Statement;
  const axes = ['x', 'y'].map((name) => ({ name, extent: dimConst(4) }));
  const sum = [store(P, [], load(IN, [ax('z')])), loop('c', 2, [add(call('mul', p, load(IN, [ax('c')])))])];
  const further: Statement = { k: 'if', cond: ilt(ax('y'), int(1)), body: [let0('z', ax('x')), ...sum] };
  const { body, ...own } = over(where(named, { k: 'digits', axes, of: k }, further));
  const step = mask('k', ['p']).apply({ ...own, body: [let0('q', int(1)), ...body] });
  expect(showLoops(step).split('\n').slice(-8)).toEqual([
    'let q = 1',
    'for o in 4:',
    '  let k = (o * 2 if o < 3 else 8 - 1)',
    '  let (x, y) = digits of k',
    '  let z = x',
    '  p = (a[z] if o < 3 and y < 1 else 0)',
    '  for c in 2:',
    '    acc += p * a[c]',
  ]);
});

test('registers that statements read and change keep their values, that of the first statement included', () => {
  expect(masked([], store(ACC, [], call('max', acc, a)), store(P, [], call('mul', p, p)))).toEqual([
    'acc = (max(acc, a[k]) if o < 3 else acc)',
    'p = (p * p if o < 3 else p)',
  ]);
});

test('a register that is set before it is read changes everywhere', () => {
  const body = [store(ACC, [], call('max', acc, a)), store(P, [], acc), store(P, [], call('mul', p, p))];
  expect(masked([], ...body)).toEqual(['acc = (max(acc, a[k]) if o < 3 else acc)', 'p = acc', 'p = p * p']);
});

test('a register that is set, read and set again changes everywhere', () => {
  const body = [store(ACC, [], a), store(ACC, [], call('mul', acc, acc))];
  expect(masked([], ...body)).toEqual(['acc = a[k]', 'acc = acc * acc']);
});

test('a result is stored only where the condition holds', () => {
  expect(masked([], store(ACC, [], call('max', acc, a)), store(OUT, [k], acc))).toEqual([
    'if o < 3:',
    'acc = max(acc, a[k])',
    'out[k] = acc',
  ]);
});

test('a sum after a register that is carried grows only where the condition holds', () => {
  const body = [store(ACC, [], call('max', acc, a)), { ...add(acc), to: P } as Statement];
  expect(masked([], ...body)).toEqual(['if o < 3:', 'acc = max(acc, a[k])', 'p += acc']);
});

test('terms that are added to a weight are 0 where the condition does not hold, as the weight is', () => {
  const body = [store(P, [], constant(1)), { ...add(a), to: P } as Statement, add(call('mul', p, a))];
  expect(masked(['p'], ...body)).toEqual([
    'p = (1 if o < 3 else 0)',
    'p += (a[k] if o < 3 else 0)',
    'acc += p * a[k]',
  ]);
});

describe('is refused', () => {
  const product = add(call('mul', p, a));
  const refused: Readonly<Record<string, readonly [Body, string]>> = {
    'a name under several conditions': [
      [where(named, product), where(named, product)],
      'statements follow the conditions after k',
    ],
    'a register that the invocations of a subgroup combine': [
      [where(named, store(ACC, []), { k: 'collect', to: ACC, index: [], combine: 'sum' })],
      'a statement after k adds no product with a weight',
    ],
    'an element of workgroup memory': [
      [where(named, store(TILE, [k]))],
      'a statement after k adds no product with a weight',
    ],
    'another function of a weight than a product': [
      [where(named, add(call('add', p, a)))],
      'a statement after k adds no product with a weight',
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [body, message]) => {
    expect(() => mask('k', ['p']).apply(over(...body))).toThrow(message);
  });
});
