/**
 * Attention and its gradient: the meaning against a composed softmax, and the device against the reference's bound.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dim, dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { rational, toNumber } from '../../../compiler/dims/rational.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import { bound, exact, outside } from '../../../compiler/semantics/domains/bound.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { Executable } from '../../../runtime/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { testDevice } from '../../support/device.ts';
import { eighth } from '../../support/evaluate.ts';
import { random } from '../../support/random.ts';
import { runs } from '../../support/runs.ts';
import { QUICK } from '../../support/schedules.ts';
import { attention as attentionOf, program } from '../build.ts';
import { planOf as planOfPart } from '../execute.ts';
import { attention, float, type Sizes, stepsAt, tokens } from './attentions.ts';

/** softmax(scale·q·kᵀ + mask)·v and its gradient by the chain rule, in float64, with all scores stored. */
function composed(
  { heads, keyHeads, width, room, scale: given, softCap }: Sizes,
  count: number,
  x: Readonly<Record<'q' | 'k' | 'v' | 'start' | 'grad.y', readonly number[]>>,
) {
  const scale = given ? toNumber(given) : 1 / Math.sqrt(width);
  const cap = softCap && toNumber(softCap);
  const zeros = (like: readonly number[]) => Array<number>(like.length).fill(0);
  const [y, gq, gk, gv] = [zeros(x.q), zeros(x.q), zeros(x.k), zeros(x.v)];
  for (let h = 0; h < heads; h++) {
    const n = Math.floor(h / (heads / keyHeads));
    const at = (i: number, c: number) => (i * heads + h) * width + c;
    const from = (j: number, c: number) => (j * keyHeads + n) * width + c;
    const channels = [...Array(width).keys()];
    for (let i = 0; i < count; i++) {
      const seen = [...Array(room ?? count).keys()].filter((j) =>
        room === undefined ? j <= i && j >= x.start[i]! : j >= x.start[2 * i]! && j <= x.start[2 * i + 1]!,
      );
      const scores = seen.map((j) => channels.reduce((s, c) => s + x.q[at(i, c)]! * x.k[from(j, c)]!, 0));
      const tanh = scores.map((s) => (cap ? Math.tanh((s * scale) / cap) : 0));
      const raised = scores.map((s, m) => Math.exp(cap ? cap * tanh[m]! : s * scale));
      const total = raised.reduce((a, b) => a + b, 0);
      const p = raised.map((e) => e / total);
      const gp = seen.map((j) => channels.reduce((s, c) => s + x['grad.y'][at(i, c)]! * x.v[from(j, c)]!, 0));
      const mean = p.reduce((s, pj, m) => s + pj * gp[m]!, 0);
      seen.forEach((j, m) => {
        const gs = scale * p[m]! * (gp[m]! - mean) * (1 - tanh[m]! ** 2);
        for (const c of channels) {
          y[at(i, c)]! += p[m]! * x.v[from(j, c)]!;
          gv[from(j, c)]! += p[m]! * x['grad.y'][at(i, c)]!;
          gq[at(i, c)]! += gs * x.k[from(j, c)]!;
          gk[from(j, c)]! += gs * x.q[at(i, c)]!;
        }
      });
    }
  }
  return { y, 'grad.q': gq, 'grad.k': gk, 'grad.v': gv };
}

const sizes = fc.constantFrom<Sizes>(
  { heads: 2, keyHeads: 1, width: 8 },
  { heads: 1, keyHeads: 1, width: 1 },
  { heads: 4, keyHeads: 2, width: 5 },
  { heads: 3, keyHeads: 3, width: 20 },
  { heads: 6, keyHeads: 2, width: 32 },
  { heads: 4, keyHeads: 2, width: 5, room: 9 },
  { heads: 6, keyHeads: 2, width: 32, room: 70 },
  { heads: 2, keyHeads: 2, width: 8, room: 1 },
  { heads: 2, keyHeads: 1, width: 6, scale: rational(-3n, 4n) },
  { heads: 2, keyHeads: 1, width: 8, softCap: rational(3n, 2n) },
  { heads: 4, keyHeads: 2, width: 5, room: 9, scale: rational(3n, 4n), softCap: rational(1n, 2n) },
);
const counts = fc.constantFrom(0, 1, 2, 7, 8, 9, 16, 33, 65);

/** Random starts of packed sequences of length 1 or more; some tokens see no key. */
const starts = (count: number) =>
  fc
    .array(fc.constantFrom('goes on', 'goes on', 'goes on', 'begins', 'sees nothing'), {
      minLength: count,
      maxLength: count,
    })
    .map((kinds) => {
      let first = 0;
      return kinds.map((kind, i) => {
        if (kind === 'begins') first = i;
        return kind === 'sees nothing' ? i + 1 : first;
      });
    });

/** Random ranges of keys: some are empty, and some go beyond the first or the last key. */
const ranges = (count: number, room: number) => {
  const end = fc.integer({ min: -2, max: room + 1 });
  return fc
    .array(fc.tuple(end, end), { minLength: count, maxLength: count })
    .map((each) => each.flatMap(([a, b], i) => (i % 4 === 3 ? [a, b] : [Math.min(a, b), Math.max(a, b)])));
};

const drawn = fc.tuple(sizes, counts).chain(([s, count]) => {
  /** Random multiples of 1/8 in [−2, 2]. */
  const eighths = (n: number) =>
    fc.nat().map((seed) => {
      const next = random(seed);
      return Array.from({ length: n }, () => 2 * eighth(next()));
    });
  const [wide, narrow] = [count * s.heads * s.width, (s.room ?? count) * s.keyHeads * s.width];
  return fc.record({
    sizes: fc.constant(s),
    count: fc.constant(count),
    x: fc.record({
      q: eighths(wide),
      k: eighths(narrow),
      v: eighths(narrow),
      'grad.y': eighths(wide),
      start: s.room === undefined ? starts(count) : ranges(count, s.room),
    }),
  });
});

describe('attention', () => {
  it('means softmax of its scores, and so does its gradient', () => {
    fc.assert(
      fc.property(drawn, ({ sizes, count, x }) => {
        const { primitives } = attention(sizes).variants[0]!;
        const values = Object.fromEntries(Object.entries(x).map(([n, v]) => [n, tensor([v.length], v)]));
        const actual = interpret(primitives, float64, values, count);
        for (const [name, expected] of Object.entries(composed(sizes, count, x))) {
          const got = actual[name]!.values;
          expect(got.length).toBe(expected.length);
          expected.forEach((e, i) => {
            expect(Math.abs(got[i]! - e), `${name} ${i}: ${got[i]} ${e}`).toBeLessThan(
              1e-11 * (1 + Math.abs(e)),
            );
          });
        }
      }),
      runs(60, 1000),
    );
  });

  it.each(QUICK)('is computed within its bound: %s', async (strategy) => {
    const device = await testDevice();
    const plans = new Map<Sizes, { executable: Executable; primitives: ReturnType<typeof attention> }>();
    await fc.assert(
      fc.asyncProperty(drawn, async ({ sizes, count, x }) => {
        let made = plans.get(sizes);
        if (!made) {
          const primitives = attention(sizes);
          const executable = await Executable.create(device, planOf(primitives, { strategy }));
          made = { executable, primitives };
          plans.set(sizes, made);
        }
        const expected = interpret(
          made.primitives.variants[0]!.primitives,
          bound(),
          Object.fromEntries(Object.entries(x).map(([n, v]) => [n, exact([v.length], v)])),
          count,
        );
        const result = made.executable.run(
          count,
          Object.fromEntries(
            Object.entries(x).map(([n, v]) => [n, n === 'start' ? Int32Array.from(v) : Float32Array.from(v)]),
          ),
        );
        const actual = await result.readAll();
        result.destroy();
        for (const [name, value] of Object.entries(expected)) {
          expect(outside(actual[name] as Float32Array, value), name).toBeUndefined();
          expect(value.bounds.every((b) => b < 5e-2)).toBe(true);
        }
      }),
      runs(8, 100),
    );
    for (const { executable } of plans.values()) executable.dispose();
  });

  it('counts two operations for each channel of half of all pairs, by sum', () => {
    const product = 100 * 100 * 6 * 32;
    const counts = Object.values(stepsAt({ heads: 6, keyHeads: 2, width: 32 }, 'direct', 'portable'));
    expect(counts.map(([flops]) => flops! / product).sort()).toEqual([1, 2, 3, 4]);
  });

  const typed = (heads: Dim, keyHeads: Dim, width: Dim) => {
    const [key, start] = [float('k', tokens, keyHeads, width), input('s', 'frozen', index)];
    return () => apply('attention', [float('q', tokens, heads, width), key, start, key]);
  };
  const index = { shape: [tokens], dtype: 'i32' } as const;

  it('is refused where its heads or channels are known to be 0: its kernels would not compile', () => {
    const [none, one, h, n] = [dimConst(0), dimConst(1), dimVar('h'), dimVar('n')];
    expect(typed(none, one, one)).toThrow('heads are 0');
    expect(typed(one, one, none)).toThrow('channels are 0');
    for (const sizes of [
      [h, n, one],
      [h, one, one],
      [one, n, one],
    ] as const)
      expect(typed(...sizes)().type.shape).toEqual([tokens, sizes[0], one]);
  });

  it.each([
    { heads: 'tokens', keyHeads: 2, width: 8 },
    { heads: 4, keyHeads: 'tokens', width: 8 },
    { heads: 4, keyHeads: 2, width: 'tokens' },
  ])('is refused where $heads heads, $keyHeads key heads or $width channels are a run-time size', (sizes) => {
    expect(() => planOfPart(program({ y: attentionOf('lse', sizes) }))).toThrow(
      /needs constant heads and channels/,
    );
  });
});
