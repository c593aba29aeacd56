/**
 * Emits the statements of attention by subgroups. For `lse`, `output` and `query`, rows are queries and go through the
 * keys that any of them sees. For `keyValue`, rows are keys and go through the queries that may see them. A query sees
 * the keys from its start to itself, or those of a range of its own. Scores and their exponentials are in registers,
 * computed where they are used.
 */
import type { AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { type Sizes, START, sizesOf } from '../../loops/naive-attention.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { f32Literal } from '../../wgsl/literal.ts';
import { assemble } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent, unknown } from '../../wgsl/size.ts';
import { type Emitted, tensorsOf } from '../family.ts';
import type { Tiling } from './tiling.ts';

/** The positions of the arguments (prim.ts). */
const [Q, K, V, LSE, G, INNER] = [0, 1, 3, 4, 5, 6] as const;

/** The indices k of a thread's sums: sum k belongs to the channel k·stream + the thread's position. */
export const sumsOf = (width: number, stream: number): number[] => [
  ...Array(Math.ceil(width / stream)).keys(),
];

/** WGSL for a token or key, clamped to the last of `count`. */
const inside = (token: string, count: string): string => `min(${token}, ${count} - 1)`;

interface Weighted {
  /** The name of the weights. Each thread has one for each row. */
  readonly weight: string;
  readonly arg: number;
  readonly into: string;
}

class Statements {
  readonly e: Emitter;
  readonly #prim: AttentionPrim;
  readonly #tiling: Tiling;
  readonly #sizes: Sizes;
  readonly #tokens: string;
  readonly #keys: string;

  constructor(prim: AttentionPrim, tiling: Tiling) {
    this.e = new Emitter(tensorsOf(prim.args));
    this.#prim = prim;
    this.#tiling = tiling;
    this.#sizes = sizesOf(prim);
    this.#tokens = this.e.size(this.#sizes.tokens);
    this.#keys = this.e.size(this.#sizes.keys);
    for (const [i] of prim.args.entries()) this.e.used.add(i);
  }

  emit(): Emitter {
    const { part } = this.#prim;
    if (part === 'keyValue') this.#ofKeys();
    else this.#ofQueries(part);
    return this.e;
  }

  /** Emits the tokens or keys, and the heads, of the workgroup's rows. Rows beyond `count` repeat the last one. */
  #rows(count: string, heads: number, head: string): void {
    const { e } = this;
    const { tile, rows, along } = this.#tiling;
    e.workgroups(`((${count} + ${tile - 1}) / ${tile}) * ${heads}`);
    e.line(`let tile = i32(u32(group) / ${heads}u);`);
    e.line(`let ${head} = group - tile * ${heads};`);
    e.line(`let first_row = tile * ${tile};`);
    e.line(`let place = ${along};`);
    for (const r of rows) {
      e.line(`let row_${r} = first_row + ${this.#tiling.row(r)};`);
      e.line(`let at_${r} = ${inside(`row_${r}`, count)};`);
    }
  }

  readonly #query = (token: string): string =>
    `(${token} * ${this.#sizes.heads} + head) * ${this.#sizes.width}`;
  readonly #key = (token: string): string =>
    `(${token} * ${this.#sizes.keyHeads} + key_head) * ${this.#sizes.width}`;
  readonly #perHead = (arg: number, token: string): string =>
    `arg${arg}[${token} * ${this.#sizes.heads} + head]`;

  #ofQueries(part: 'lse' | 'output' | 'query'): void {
    const { e } = this;
    const { heads, keyHeads, width, ranged } = this.#sizes;
    const { rows, tile } = this.#tiling;
    const scale = f32Literal(this.#prim.scale);
    this.#rows(this.#tokens, heads, 'head');
    e.line(`let key_head = i32(u32(head) / ${heads / keyHeads}u);`);
    for (const r of rows) {
      e.line(`let start_${r} = ${this.#first(`at_${r}`)};`);
      if (ranged) e.line(`let last_${r} = min(${this.#last(`at_${r}`)}, ${this.#keys} - 1);`);
      if (part === 'lse') {
        e.line(`var most_${r} = 0.0f;`);
        e.line(`var total_${r} = 0.0f;`);
      } else {
        e.line(`let lse_${r} = ${this.#perHead(LSE, `at_${r}`)};`);
        if (part === 'query') e.line(`let inner_${r} = ${this.#perHead(INNER, `at_${r}`)};`);
      }
    }
    if (part !== 'lse') this.#startSums(['sum']);
    e.line(`let first = max(0, ${this.#lowestStart('first_row', tile)});`);
    const end = ranged ? `${this.#highestLast('first_row', tile)} + 1` : `first_row + ${tile}`;
    e.open(`for (var block = first; block < min(${end}, ${this.#keys}); block += ${this.#tiling.stream})`);
    e.line('let other = block + place;');
    const key = this.#key(inside('other', this.#keys));
    const score = { arg: Q, base: (r: number) => this.#query(`at_${r}`) };
    this.#tiling.dots(
      e,
      [
        { into: 's', row: score, stream: { arg: K, base: key } },
        ...(part === 'query'
          ? [{ into: 'z', row: { ...score, arg: G }, stream: { arg: V, base: key } }]
          : []),
      ],
      width,
    );
    for (const r of rows) {
      const seen = `other >= start_${r} && other <= ${ranged ? 'last' : 'row'}_${r}`;
      if (part === 'lse') {
        this.#addToTotal(r, seen, `s_${r} * ${scale}`);
        continue;
      }
      const p = `exp(s_${r} * ${scale} - lse_${r})`;
      const w = part === 'output' ? p : `${p} * (z_${r} - inner_${r})`;
      e.line(`let w_${r} = select(0.0f, ${w}, ${seen});`);
    }
    if (part !== 'lse') {
      const arg = part === 'output' ? V : K;
      this.#addTo([{ weight: 'w', arg, into: 'sum' }], (t) => this.#key(inside(t, this.#keys)));
    }
    e.close();
    if (part === 'lse') this.#storeTotals();
    else
      this.#storeSums('sum', this.#tokens, part === 'query' ? scale : undefined, (r) =>
        this.#query(`row_${r}`),
      );
  }

  #ofKeys(): void {
    const { e } = this;
    const { heads, keyHeads, width, ranged } = this.#sizes;
    const { rows, tile } = this.#tiling;
    const scale = f32Literal(this.#prim.scale);
    this.#rows(this.#keys, keyHeads, 'key_head');
    this.#startSums(['key', 'value']);
    const { stream: together } = this.#tiling;
    e.open(`for (var block = ${ranged ? 0 : 'first_row'}; block < ${this.#tokens}; block += ${together})`);
    e.open(`if (${this.#lowestStart('block', together)} < first_row + ${tile})`);
    e.line('let other = block + place;');
    e.line(`let from_token = ${inside('other', this.#tokens)};`);
    e.line(`let start = ${this.#first('from_token')};`);
    if (ranged) e.line(`let last = ${this.#last('from_token')};`);
    const group = heads / keyHeads;
    e.open(`for (var head = key_head * ${group}; head < key_head * ${group} + ${group}; head += 1)`);
    e.line(`let lse = ${this.#perHead(LSE, 'from_token')};`);
    e.line(`let inner = ${this.#perHead(INNER, 'from_token')};`);
    const [base, stream] = [(r: number) => this.#key(`at_${r}`), { arg: Q, base: this.#query('from_token') }];
    this.#tiling.dots(
      e,
      [
        { into: 's', row: { arg: K, base }, stream },
        { into: 'z', row: { arg: V, base }, stream: { ...stream, arg: G } },
      ],
      width,
    );
    for (const r of rows) {
      const seen = `other < ${this.#tokens} && row_${r} >= start && row_${r} <= ${ranged ? 'last' : 'other'}`;
      e.line(`let p_${r} = select(0.0f, exp(s_${r} * ${scale} - lse), ${seen});`);
      e.line(`let w_${r} = select(0.0f, p_${r} * (z_${r} - inner), ${seen});`);
    }
    this.#addTo(
      [
        { weight: 'w', arg: Q, into: 'key' },
        { weight: 'p', arg: G, into: 'value' },
      ],
      (t) => this.#query(inside(t, this.#tokens)),
    );
    e.close();
    e.close();
    e.close();
    const at = (r: number, which: number) =>
      `((row_${r} * 2 + ${which}) * ${keyHeads} + key_head) * ${width}`;
    this.#storeSums('key', this.#keys, scale, (r) => at(r, 0));
    this.#storeSums('value', this.#keys, undefined, (r) => at(r, 1));
  }

  readonly #first = (token: string): string => `arg${START}[${token}${this.#sizes.ranged ? ' * 2' : ''}]`;
  /** WGSL for the last key of a token's range. That key may not exist. */
  readonly #last = (token: string): string => `arg${START}[${token} * 2 + 1]`;

  /** WGSL for the smallest `start` among `n` tokens from `token` on. All threads compute the same number. */
  readonly #lowestStart = (token: string, n: number): string =>
    this.#furthest('min', `lowest_${token}`, this.#first, token, n);
  readonly #highestLast = (token: string, n: number): string =>
    this.#furthest('max', `highest_${token}`, this.#last, token, n);

  #furthest(by: 'min' | 'max', name: string, of: (token: string) => string, token: string, n: number) {
    const { e } = this;
    const at = (t: string) => of(inside(t, this.#tokens));
    e.line(`var ${name} = ${at(token)};`);
    e.open(`for (var u = 1; u < ${unknown(n)}; u += 1)`);
    e.line(`${name} = ${by}(${name}, ${at(`${token} + u`)});`);
    e.close();
    return name;
  }

  /** Adds to the row's sum of exponentials, which is relative to the largest score so far. */
  #addToTotal(r: number, seen: string, score: string): void {
    const { e } = this;
    const [most, total] = [`most_${r}`, `total_${r}`];
    e.open(`if (${seen})`);
    e.line(`let score = ${score};`);
    e.line(`let larger = select(max(${most}, score), score, ${total} == 0.0f);`);
    e.line(`let before = select(${total} * exp(${most} - larger), 0.0f, ${total} == 0.0f);`);
    e.line(`${total} = before + exp(score - larger);`);
    e.line(`${most} = larger;`);
    e.close();
  }

  /** Combines the totals of a row's threads, so that each of them has the result, and stores it. */
  #storeTotals(): void {
    const { e } = this;
    const { rows } = this.#tiling;
    for (const r of rows) {
      e.line(`var all_most_${r} = 0.0f;`);
      e.line(`var all_total_${r} = 0.0f;`);
      e.open(`for (var u = 0; u < ${unknown(this.#tiling.stream)}; u += 1)`);
      e.line(`let its_most = ${this.#tiling.fromThread('most', r, 'u')};`);
      e.line(`let its_total = ${this.#tiling.fromThread('total', r, 'u')};`);
      e.open('if (its_total > 0.0f)');
      const [most, total] = [`all_most_${r}`, `all_total_${r}`];
      e.line(`let larger = select(max(${most}, its_most), its_most, ${total} == 0.0f);`);
      e.line(`let before = select(${total} * exp(${most} - larger), 0.0f, ${total} == 0.0f);`);
      e.line(`${total} = before + its_total * exp(its_most - larger);`);
      e.line(`${most} = larger;`);
      e.close();
      e.close();
      e.open(`if (place == 0 && row_${r} < ${this.#tokens})`);
      const value = `select(0.0f, ${most} + log(max(${total}, 1.0e-30f)), ${total} > 0.0f)`;
      e.line(`out[row_${r} * ${this.#sizes.heads} + head] = ${value};`);
      e.close();
    }
  }

  #startSums(names: readonly string[]): void {
    for (const into of names)
      for (const r of this.#tiling.rows)
        for (const k of sumsOf(this.#sizes.width, this.#tiling.stream))
          this.e.line(`var ${into}_${r}_${k} = 0.0f;`);
  }

  /**
   * Emits additions to each sum, for the tokens of the stream that are taken at once: each token's weight times its
   * vector. A thread adds every `stream`-th channel.
   */
  #addTo(sums: readonly Weighted[], base: (token: string) => string): void {
    const { e } = this;
    const { width } = this.#sizes;
    e.open(`for (var u = 0; u < ${unknown(this.#tiling.stream)}; u += 1)`);
    e.line(`let begin = ${base('block + u')};`);
    for (const { weight, arg, into } of sums) {
      for (const r of this.#tiling.rows)
        e.line(`let ${into}_w_${r} = ${this.#tiling.fromThread(weight, r, 'u')};`);
      for (const k of sumsOf(width, this.#tiling.stream)) {
        e.line(`let ${into}_x_${k} = arg${arg}[begin + ${this.#channel(k)}];`);
        for (const r of this.#tiling.rows)
          e.line(`${into}_${r}_${k} = fma(${into}_w_${r}, ${into}_x_${k}, ${into}_${r}_${k});`);
      }
    }
    e.close();
  }

  /** The channel of the thread's sum k. If `stream` does not divide the width, the last sum may repeat a channel. */
  #channel(k: number): string {
    const { width } = this.#sizes;
    const { stream } = this.#tiling;
    return (k + 1) * stream <= width ? `place + ${k * stream}` : `min(place + ${k * stream}, ${width - 1})`;
  }

  #storeSums(of: string, count: string, scale: string | undefined, base: (r: number) => string): void {
    const { e } = this;
    const { width } = this.#sizes;
    const { stream } = this.#tiling;
    for (const r of this.#tiling.rows) {
      e.open(`if (row_${r} < ${count})`);
      for (const k of sumsOf(width, stream)) {
        const whole = (k + 1) * stream <= width;
        if (!whole) e.open(`if (place + ${k * stream} < ${width})`);
        const value = `${of}_${r}_${k}${scale ? ` * ${scale}` : ''}`;
        e.line(`out[${base(r)} + place + ${k * stream}] = ${value};`);
        if (!whole) e.close();
      }
      e.close();
    }
  }
}

/** Emits the kernel of an attention by a tiling. */
export function emitAttention(root: AttentionPrim, tiling: Tiling): Emitted {
  const { tokens, keys, heads, keyHeads } = sizesOf(root);
  const e = new Statements(root, tiling).emit();
  const code = assemble(e, {
    tensors: tensorsOf(root.args),
    out: root.dtype,
    workgroup: tiling.threads,
  });
  const [rows, columns] = root.part === 'keyValue' ? [keys, keyHeads] : [tokens, heads];
  return { ...code, workgroups: mulExtent(ceildivExtent(extentOf(rows), tiling.tile), columns) };
}
