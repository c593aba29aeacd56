/** What invocations hand each other by shuffles: random kernels keep their results, and others are refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, iadd, ilt, imul, int, isub, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import type { LoopError } from '../../../kernels-gen/loops/error.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { inside } from '../../../kernels-gen/loops/rewrite.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { shuffle } from '../../../kernels-gen/schedule/steps/shuffle.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { assertCovering } from '../../support/runs.ts';
import { loop, memory } from './statements.ts';

const [A, OUT, ACC, H] = [0, 1, 2, 3];
const [ROUNDS, ROWS] = [2, 2];
const lane = ax('lane');
const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const add = (value: Expr): Statement => ({ k: 'accumulate', to: ACC, index: [], combine: 'sum', value });

/** The lane whose element a lane reads: lane u of a loop, one number, or the lane at the same distance from the end. */
type From = 'each' | 'one' | 'mirrored';
interface Use {
  readonly row: number;
  readonly from: From;
  readonly at: number;
}

/** Lanes hand each other rows of an input, and values that they have from others, in each round again. */
function kernel(lanes: number, uses: readonly Use[]): LoopKernel {
  const element = ({ row, from, at }: Use): Expr => {
    const places = { each: ax('u'), one: int(at % lanes), mirrored: isub(int(lanes - 1), lane) };
    return load(H, [int(row), places[from]]);
  };
  const round = loop('round', ROUNDS, 'serial', [
    loop('r', ROWS, 'serial', [
      store(H, [ax('r'), lane], call('add', load(A, [ax('round'), ax('r'), lane]), load(ACC, []))),
    ]),
    barrier,
    loop(
      'u',
      lanes,
      'serial',
      uses.map((use) => add(element(use))),
    ),
    barrier,
  ]);
  const body = [store(ACC, [], constant(0)), round, store(OUT, [ax('g'), lane], load(ACC, []))];
  return checked({
    memories: [
      memory('a', 'input', ROUNDS, ROWS, lanes),
      memory('out', 'output', 2, lanes),
      memory('acc', 'register'),
      memory('h', 'workgroup', ROWS, lanes),
    ],
    threads: lanes,
    body: [loop('g', 2, 'workgroup', [loop('lane', lanes, 'invocation', body)])],
  });
}
const steps = [shuffle('lane')];

test('random kernels keep their results', () => {
  const met = new Set<From>();
  const use = fc.record({
    row: fc.integer({ min: 0, max: ROWS - 1 }),
    from: fc.constantFrom<From>('each', 'one', 'mirrored'),
    at: fc.nat(),
  });
  assertCovering(
    fc.property(
      fc.constantFrom(2, 4, 8),
      fc.array(use, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat(6)),
      (lanes, uses, residues) => {
        const own = kernel(lanes, uses);
        const { loops } = scheduled(own, steps);
        expect(loops.memories[H]).toMatchObject({ space: 'lanes', shape: [ROWS, lanes].map(dimConst) });
        const values = Array.from({ length: ROUNDS * ROWS * lanes }, () => residues.next().value as number);
        const input = tensor([ROUNDS, ROWS, lanes], values);
        const run = (k: LoopKernel) => [...runLoops(k, field(7), [input], { tokens: 1 })[0]!.values];
        expect(run(loops)).toEqual(run(own));
        for (const { from } of uses) met.add(from);
      },
    ),
    [100, 3000],
    () => met.size === 3,
  );
  expect(met.size).toBe(3);
});

const right = kernel(4, [{ row: 1, from: 'mirrored', at: 0 }]);

test('no barrier is left', () => {
  expect(showLoops(scheduled(right, steps).loops)).not.toContain('barrier');
});

/** The kernel with other statements in place of some. */
const changed = (change: (s: Statement) => Body, k = right): LoopKernel => {
  const all = (body: Body): Body => body.flatMap((s) => change(inside(s, all)));
  return { ...k, body: all(k.body) };
};
const isHanding = (s: Statement): s is Extract<Statement, { k: 'store' }> => s.k === 'store' && s.to === H;

describe('a kernel is refused', () => {
  const refused: Readonly<Record<string, readonly [string, LoopKernel]>> = {
    'whose invocation stores for another': [
      'stores to another place of h',
      changed((s) => [isHanding(s) ? { ...s, index: [ax('r'), isub(int(3), lane)] } : s]),
    ],
    'whose invocation stores for each': [
      'stores to another place of h',
      changed((s) =>
        isHanding(s) ? [loop('to', 4, 'serial', [{ ...s, index: [ax('r'), ax('to')] }])] : [s],
      ),
    ],
    'whose invocations add to an element': [
      'stores to another place of h',
      changed((s) => (isHanding(s) ? [s, { ...s, k: 'accumulate', combine: 'sum' }] : [s])),
    ],
    'in which some invocations read': [
      'some of them do not run',
      changed((s) => [s.k === 'for' && s.axis === 'u' ? { k: 'if', cond: ilt(lane, int(2)), body: [s] } : s]),
    ],
    'whose lanes are a part of the workgroup': [
      'the loop over lane does not count all invocations',
      { ...right, threads: 8 },
    ],
    'that waits for results, too': [
      'barriers are also for out',
      changed((s) => (s.k === 'accumulate' ? [s, add(load(OUT, [ax('g'), lane]))] : [s])),
    ],
    'that waits for a temporary buffer, too': [
      'barriers are also for t',
      {
        ...changed((s) => (s.k === 'accumulate' ? [s, add(load(right.memories.length, []))] : [s])),
        memories: [...right.memories, memory('t', 'temporary')],
      },
    ],
    'whose memory has another size': [
      'h has no place for each of 4 lanes',
      {
        ...right,
        memories: right.memories.map((m, n) => (n === H ? memory('h', 'workgroup', ROWS, 8) : m)),
      },
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [message, k]) => {
    expect(() => scheduled(k, steps)).toThrow(message);
  });
});

describe('a planted fault is named', () => {
  const input = tensor([ROUNDS, ROWS, 4], Array<number>(ROUNDS * ROWS * 4).fill(1));
  const faultOf = (change: (s: Statement) => Body) => {
    try {
      runLoops(changed(change, scheduled(right, steps).loops), field(7), [input], { tokens: 1 });
      return undefined;
    } catch (e) {
      return (e as LoopError).what;
    }
  };
  test('none, where there is none', () => expect(faultOf((s) => [s])).toBeUndefined());
  test('a lane that stores nothing', () => {
    const some = (s: Statement): Body =>
      isHanding(s) ? [{ k: 'if', cond: ilt(lane, int(3)), body: [s] }] : [s];
    expect(faultOf(some)).toBe('unwritten');
  });
  test('a lane that no subgroup has', () => {
    const beyond = (s: Statement): Body =>
      s.k === 'accumulate' ? [{ ...s, value: load(H, [int(1), iadd(imul(lane, int(2)), int(1))]) }] : [s];
    expect(faultOf(beyond)).toBe('outside');
  });
});
