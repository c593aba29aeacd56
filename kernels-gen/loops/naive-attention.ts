/**
 * The naive loops of attention's parts (prim.ts). A token goes through the keys, or a key through the tokens, and scores
 * are computed where they are used. `lse` keeps the largest score so far and the sum of exponentials relative to it
 * (Milakov and Gimelshein, arXiv 1805.02867), with one exponential for each score.
 */
import { constantOf, type Dim, dimConst } from '../../compiler/dims/dims.ts';
import { divQ } from '../../compiler/dims/rational.ts';
import {
  and,
  ax,
  call,
  constant,
  iadd,
  iload,
  ilt,
  imul,
  int,
  load,
  not,
  select,
} from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { AttentionPart, AttentionPrim } from '../../compiler/primitives/prim.ts';
import { KernelError } from '../error.ts';
import { inputsOf } from './naive.ts';
import { checked } from './spec.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from './type.ts';

/** The positions of the arguments (prim.ts). */
const [Q, K, V, LSE, G, INNER] = [0, 1, 3, 4, 5, 6] as const;
export const START = 2;

export interface Sizes {
  readonly tokens: Dim;
  readonly keys: Dim;
  /** Whether each token has its own range of keys. */
  readonly ranged: boolean;
  readonly heads: number;
  readonly keyHeads: number;
  readonly width: number;
}

/** The sizes of an attention. Throws KernelError for heads or channels that are not constants. */
export function sizesOf({ args, label }: AttentionPrim): Sizes {
  const [tokens, ...fixed] = args[Q]!.shape as [Dim, Dim, Dim];
  const [keys, ofKeys] = args[K]!.shape as [Dim, Dim];
  const [heads, width, keyHeads] = [...fixed, ofKeys].map(constantOf);
  if (heads === undefined || width === undefined || keyHeads === undefined)
    throw new KernelError(`'${label}' needs constant heads and channels: only tokens is a run-time size`);
  return { tokens, keys, ranged: args[START]!.shape.length === 2, heads, keyHeads, width };
}

/** The registers of each part that have one element, and those with one for each channel. */
const REGISTERS: Readonly<Record<AttentionPart, readonly (readonly string[])[]>> = {
  lse: [['s', 'most', 'total', 'ratio'], []],
  output: [['s', 'p'], ['sum']],
  query: [['s', 'z', 'w'], ['sum']],
  keyValue: [
    ['s', 'z', 'p', 'w'],
    ['key', 'value'],
  ],
};

const zero = constant(0);
/** A score below all others, whose exponential is 0 beside theirs. */
const LOWEST = constant({ num: -3n * 10n ** 38n, den: 1n });
const [i, j, head, keyHead] = [ax('i'), ax('j'), ax('head'), ax('key_head')];

/** Statements on memories by their names. */
class Registers {
  readonly memories: readonly Memory[];

  constructor(memories: readonly Memory[]) {
    this.memories = memories;
  }

  number(name: string): number {
    return this.memories.findIndex((m) => m.name === name);
  }
  get(name: string, ...index: readonly IntExpr[]): Expr {
    return load(this.number(name), index);
  }
  set(name: string, value: Expr, ...index: readonly IntExpr[]): Statement {
    return { k: 'store', to: this.number(name), index, value };
  }
  add(name: string, value: Expr, ...index: readonly IntExpr[]): Statement {
    return { k: 'accumulate', to: this.number(name), index, combine: 'sum', value };
  }
}

const loop = (axis: string, extent: Dim, body: Body): Statement => ({
  ...{ k: 'for', axis, trips: trips(extent), how: 'serial', body },
});

export function naiveAttention(root: AttentionPrim): LoopKernel {
  const sizes = sizesOf(root);
  const width = dimConst(sizes.width);
  const register = (name: string, ...shape: readonly Dim[]): Memory => ({
    ...{ name, space: 'register', shape, dtype: 'f32' },
  });
  const [single, wide] = REGISTERS[root.part] as [readonly string[], readonly string[]];
  const memories: readonly Memory[] = [
    ...inputsOf({ root }),
    { name: 'out', space: 'output', shape: root.shape, dtype: root.dtype },
    ...single.map((name) => register(name)),
    ...wide.map((name) => register(name, width)),
  ];
  const body = root.part === 'keyValue' ? ofKeys : root.part === 'lse' ? ofTotals : ofQueries;
  return checked({ memories, threads: 1, body: body(root, sizes, new Registers(memories)) });
}

/** Whether token i sees key j. */
function sees({ ranged }: Sizes): BoolExpr {
  const [first, last] = ranged
    ? [iload(START, [i, int(0)]), iload(START, [i, int(1)])]
    : [iload(START, [i]), i];
  return and(not(ilt(j, first)), not(ilt(last, j)));
}

/** s = ⟨q_i, k_j⟩, or tanh(scale·⟨q_i, k_j⟩/cap) with a soft cap, and z = ⟨g_i, v_j⟩ where a part has that. */
function dots({ scale, softCap }: AttentionPrim, { width }: Sizes, r: Registers): Body {
  const dot = (into: string, a: number, b: number): Statement =>
    r.add(into, call('mul', load(a, [i, head, ax('c')]), load(b, [j, keyHead, ax('c')])));
  const all: readonly (readonly [string, number, number])[] = [
    ['s', Q, K],
    ['z', G, V],
  ];
  const own = all.filter(([into]) => r.number(into) >= 0);
  return [
    ...own.map(([into]) => r.set(into, zero)),
    loop(
      'c',
      dimConst(width),
      own.map((d) => dot(...d)),
    ),
    ...(softCap ? [r.set('s', call('tanh', call('mul', r.get('s'), constant(divQ(scale, softCap)))))] : []),
  ];
}

const scaled = ({ scale }: AttentionPrim, value: Expr): Expr => call('mul', value, constant(scale));
const score = ({ scale, softCap }: AttentionPrim, r: Registers): Expr =>
  call('mul', r.get('s'), constant(softCap ?? scale));

/** The weight p_ij = exp(score − lse_i), and the cotangent of scale·⟨q_i, k_j⟩. */
const share = (root: AttentionPrim, r: Registers): Expr =>
  call('exp', call('sub', score(root, r), load(LSE, [i, head])));
function slope({ softCap }: AttentionPrim, p: Expr, r: Registers): Expr {
  const ofScore = call('mul', p, call('sub', r.get('z'), load(INNER, [i, head])));
  const s = r.get('s');
  return softCap ? call('mul', ofScore, call('sub', constant(1), call('mul', s, s))) : ofScore;
}

/** The loop over the heads that share keys, which names each. */
function throughHeads({ heads, keyHeads }: Sizes, body: Body): Statement {
  const group = heads / keyHeads;
  const value = iadd(imul(keyHead, int(group)), ax('m'));
  return loop('m', dimConst(group), [{ k: 'let', name: 'head', value, extent: dimConst(heads) }, ...body]);
}

/** The loops over tokens, heads and keys. `start` and `end` are before and after the loop over keys. */
function throughKeys(sizes: Sizes, start: Body, each: Body, end: Body): Body {
  const through = loop('j', sizes.keys, [{ k: 'if', cond: sees(sizes), body: each }]);
  return [
    loop('i', sizes.tokens, [
      loop('key_head', dimConst(sizes.keyHeads), [throughHeads(sizes, [...start, through, ...end])]),
    ]),
  ];
}

/** The loops of `output` and `query`: a weighted sum of the keys' values, or of the keys. */
function ofQueries(root: AttentionPrim, sizes: Sizes, r: Registers): Body {
  const width = dimConst(sizes.width);
  const isOutput = root.part === 'output';
  const weight = isOutput ? r.set('p', share(root, r)) : r.set('w', slope(root, share(root, r), r));
  const term = load(isOutput ? V : K, [j, keyHead, ax('c_sum')]);
  const sum = r.get('sum', ax('c_end'));
  return throughKeys(
    sizes,
    [loop('c_start', width, [r.set('sum', zero, ax('c_start'))])],
    [
      ...dots(root, sizes, r),
      weight,
      loop('c_sum', width, [r.add('sum', call('mul', r.get(isOutput ? 'p' : 'w'), term), ax('c_sum'))]),
    ],
    [loop('c_end', width, [r.set('out', isOutput ? sum : scaled(root, sum), i, head, ax('c_end'))])],
  );
}

function ofTotals(root: AttentionPrim, sizes: Sizes, r: Registers): Body {
  const [most, total] = [r.get('most'), r.get('total')];
  // Where nothing is seen, no logarithm of 0 is computed.
  const log = call('log', call('max', total, constant({ num: 1n, den: 10n ** 30n })));
  const value = select({ k: 'flt', a: zero, b: total }, call('add', most, log), zero);
  return throughKeys(
    sizes,
    [r.set('most', LOWEST), r.set('total', zero)],
    [...dots(root, sizes, r), ...included(r, score(root, r))],
    [r.set('out', value, i, head)],
  );
}

/** Adds exponentials, which are relative to `most`, to the total. Without `total`, there is one: that of `most`. */
function included(r: Registers, most: Expr, total: Expr = constant(1)): Body {
  const [own, sum, ratio] = [r.get('most'), r.get('total'), r.get('ratio')];
  const larger = call('max', own, most);
  return [
    r.set('ratio', call('exp', call('sub', call('min', own, most), larger))),
    r.set(
      'total',
      select(
        { k: 'flt', a: own, b: most },
        call('add', call('mul', sum, ratio), total),
        call('add', sum, call('mul', total, ratio)),
      ),
    ),
    r.set('most', larger),
  ];
}

/** Adds another `most` and `total` of `lse` to those of its loops. */
export const mergeTotals = ({ memories }: LoopKernel, [most, total]: readonly Expr[]): Body =>
  included(new Registers(memories), most!, total);

/** The loops of `keyValue`: the gradients of a key and its value are sums over tokens and over the heads of a group. */
function ofKeys(root: AttentionPrim, sizes: Sizes, r: Registers): Body {
  const { tokens, keys, keyHeads } = sizes;
  const width = dimConst(sizes.width);
  const sum = (into: string, weight: string, arg: number): Statement => {
    const c = ax(`c_${into}`);
    return loop(`c_${into}`, width, [r.add(into, call('mul', r.get(weight), load(arg, [i, head, c])), c)]);
  };
  const [start, end] = [ax('c_start'), ax('c_end')];
  const each: Body = [
    ...dots(root, sizes, r),
    r.set('p', share(root, r)),
    r.set('w', slope(root, r.get('p'), r)),
    sum('key', 'w', Q),
    sum('value', 'p', G),
  ];
  const through = loop('i', tokens, [throughHeads(sizes, [{ k: 'if', cond: sees(sizes), body: each }])]);
  return [
    loop('j', keys, [
      loop('key_head', dimConst(keyHeads), [
        loop('c_start', width, [r.set('key', zero, start), r.set('value', zero, start)]),
        through,
        loop('c_end', width, [
          r.set('out', scaled(root, r.get('key', end)), j, int(0), keyHead, end),
          r.set('out', r.get('value', end), j, int(1), keyHead, end),
        ]),
      ]),
    ]),
  ];
}
