/** Arrays that are filled through their last places: random ones have the same elements, and others are refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { shiftIn } from '../../../kernels-gen/schedule/steps/shift-in.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { runs } from '../../support/runs.ts';
import { loop, memory } from './statements.ts';

const [A, OUT, R] = [0, 1, 2];
const store = (to: number, index: readonly IntExpr[], value = load(A, index)): Statement => ({
  ...{ k: 'store', to, index, value },
});

/** Statements in loops of given sizes over axes with a prefix. */
const nest = (prefix: string, shape: readonly number[], body: Body): Body =>
  shape.reduceRight<Body>((inner, n, d) => [loop(`${prefix}${d}`, n, 'serial', inner)], body);

/** out = r, where `fill` stores a in r. */
const kernel = (shape: readonly number[], fill: Body): LoopKernel => {
  const out = shape.map((_, d) => ax(`o${d}`));
  const copy = nest('o', shape, [store(OUT, out, load(R, out))]);
  return checked({
    memories: [
      memory('a', 'input', ...shape),
      memory('out', 'output', ...shape),
      memory('r', 'register', ...shape),
    ],
    threads: 1,
    body: [...fill, ...copy],
  });
};

test('random arrays have the same elements', () => {
  const sizes = fc.record({
    outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    inner: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    ...{ by: fc.constantFrom(1, 2, 4), blocks: fc.integer({ min: 1, max: 3 }) },
  });
  fc.assert(
    fc.property(sizes, ({ outer, inner, by, blocks }) => {
      const shape = [...outer, by * blocks, ...inner];
      const names = shape.map((_, d) => `i${d}`);
      const index = names.map(ax);
      const own = kernel(shape, nest('i', shape, [store(R, index)]));
      const size = shape.reduce((n, d) => n * d, 1);
      const a = tensor(
        shape,
        Array.from({ length: size }, (_, n) => n % 7),
      );
      const { loops } = scheduled(own, [shiftIn('r', names.slice(0, outer.length + 1), by)]);
      expect([...runLoops(loops, field(7), [a], { tokens: 1 })[0]!.values]).toEqual([...a.values]);
    }),
    runs(100, 3000),
  );
});

const [j, k] = [ax('j'), ax('k')];
const filled = (n: number, ...body: Body) => kernel([n], [loop('k', n, 'serial', body)]);

test('each block moves the others towards the front', () => {
  const { loops } = scheduled(filled(8, store(R, [k])), [shiftIn('r', ['k'], 4)]);
  expect(showLoops(loops).split('\n').slice(4, -2)).toEqual([
    'for k_clear in 8 unrolled:',
    '  r[k_clear] = 0',
    'for k_block in 2:',
    '  for k_move in 4 unrolled:',
    '    r[k_move] = r[k_move + 4]',
    '  for k_part in 4:',
    '    let k = k_block * 4 + k_part',
    '    r[4 + k_part] = a[k]',
  ]);
  const a = tensor([8], [1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...runLoops(loops, float64, [a], { tokens: 1 })[0]!.values]).toEqual([...a.values]);
});

describe('an array that is not filled in order is refused', () => {
  const refused: Readonly<Record<string, readonly [string, LoopKernel]>> = {
    'by blocks of other sizes': ['no whole blocks of 4', filled(6, store(R, [k]))],
    'without a store': ['do not fill r in order', filled(8)],
    'of another name': ['do not fill r in order', filled(8, store(OUT, [k]))],
    'at a constant': ['do not fill r in order', filled(8, store(R, [int(3)], load(A, [k])))],
    'under a condition': [
      'do not fill r in order',
      filled(8, { k: 'if', cond: ilt(k, int(4)), body: [store(R, [k])] }),
    ],
    'beside another store': ['do not fill r in order', filled(8, store(R, [k]), store(OUT, [k]))],
    'beside another store, in a loop inside': [
      'do not fill r in order',
      filled(8, loop('z', 2, 'serial', [store(R, [k]), store(OUT, [k])])),
    ],
    'beside a barrier': [
      'do not fill r in order',
      filled(8, { k: 'barrier', scope: 'workgroup' }, store(R, [k])),
    ],
    'by accumulation': [
      'do not fill r in order',
      filled(8, { k: 'accumulate', to: R, index: [k], combine: 'sum', value: constant(1) }),
    ],
    'in part': ['do not fill r in order', kernel([8], [loop('k', 4, 'serial', [store(R, [k])])])],
    'in part of each row': [
      'do not fill r in order',
      kernel([8, 3], [loop('k', 8, 'serial', [loop('j', 2, 'serial', [store(R, [k, j])])])]),
    ],
    'in half as many iterations': [
      'do not fill r in order',
      kernel([8], [loop('k', 8, 'serial', [store(R, [k])], { trips: trips(dimConst(8), 2) })]),
    ],
    'by inner loops in another order': [
      'do not fill r in order',
      kernel(
        [8, 2, 2],
        [
          loop('k', 8, 'serial', [
            loop('i', 2, 'serial', [loop('j', 2, 'serial', [store(R, [k, j, ax('i')])])]),
          ]),
        ],
      ),
    ],
    'from elsewhere on': [
      'do not fill r in order',
      kernel([8], [loop('k', 8, 'serial', [store(R, [k])], { from: { value: int(4), step: 1 } })]),
    ],
    'of what it has': ['read r', filled(8, store(R, [k], load(R, [k])))],
    twice: [
      'r is stored elsewhere too',
      kernel([8], [store(R, [int(0)], constant(1)), loop('k', 8, 'serial', [store(R, [k])])]),
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [message, own]) => {
    expect(() => scheduled(own, [shiftIn('r', ['k'], 4)])).toThrow(message);
  });
  test('by other loops than those of its first dimensions', () => {
    const own = kernel([8, 4], [loop('k', 8, 'serial', [loop('j', 4, 'serial', [store(R, [k, j])])])]);
    expect(() => scheduled(own, [shiftIn('r', ['k', 'o1'], 4)])).toThrow(
      'the loops over k, o1 do not fill r in order',
    );
  });
  test('under another name', () => {
    expect(() => scheduled(filled(8, store(R, [k])), [shiftIn('s', ['k'], 4)])).toThrow(
      'there is no register s',
    );
  });
});
