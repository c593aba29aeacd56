/** Random typed programs, written as source text: lowering and tracing give the same Program, spans aside. */
import fc from 'fast-check';
import { it } from 'vitest';
import { topological } from '../../../compiler/ir/build.ts';
import { runs } from '../../support/runs.ts';
import { evaluate, expectSame, lowerOk } from './harness.ts';

const PER_FILE = 30;
const FILES = 10;

const HEADER = `import { abs, blockDiag, cayley, cayleyNeumann, cos, detach, einsum, exp, expand, frozen, identity, input, layer,
  list, max, min, polynomial, size, skew, sqrt, sum, tanh, trainable, when, type Tensor } from 'oftc';
interface C { n: number; flag: boolean; mode: 'a' | 'b' | 'c'; taps: readonly number[] }
const K = { two: 2, half: 0.5, words: ['a', 'bc'] as const };
function twice(t: Tensor, by = K.two): Tensor { return t.mul(by); }
const compose = (...fs: ((t: Tensor) => Tensor)[]) => (t: Tensor) => fs.reduce((y, f) => f(y), t);
const rotation = (q: Tensor, c: C): Tensor => {
  const Q = skew(q);
  if (c.mode === 'a') return blockDiag(cayley(Q));
  return c.mode === 'b' ? blockDiag(cayleyNeumann(Q, { terms: c.n + 2 })) : blockDiag(polynomial(Q, c.taps)).T;
};
const inner = layer((c: { scale: number }) => ({ x: input('n', 'k'), R: trainable('k', 'k') }),
  ({ x, R }, c) => ({ y: x.matmul(R).mul(c.scale), z: x }), { config: { scale: 3 } });
`;

type Dim = 'tokens' | 'in' | 'out';
type Draw = <T>(values: readonly T[]) => T;

/** Writes the source of a random expression of a given shape, from the names in scope. */
class Writer {
  readonly #draw: Draw;
  readonly #names = new Map<string, string[]>();
  #count = 0;
  constructor(draw: Draw) {
    this.#draw = draw;
    this.declare('x', 'tokens', 'in');
    this.declare('W', 'out', 'in');
    this.declare('A', 'in', 'in');
  }

  declare(name: string, rows: Dim, cols: Dim): void {
    const key = `${rows},${cols}`;
    this.#names.set(key, [...(this.#names.get(key) ?? []), name]);
  }

  fresh(): string {
    return `t${this.#count++}`;
  }

  number(): string {
    return this.#draw([
      '2',
      '0.5',
      '-3',
      'K.half',
      'c.n',
      'c.taps.length',
      'Math.max(c.n, 2)',
      '(c.flag ? 1 : 4)',
      'K.words[1].length',
      '(c.taps[9] ?? 7)',
      'String(c.n).length',
    ]);
  }

  expr(rows: Dim, cols: Dim, depth: number): string {
    const known = this.#names.get(`${rows},${cols}`) ?? [];
    const sub = (r: Dim = rows, c: Dim = cols) => this.expr(r, c, depth - 1);
    if (depth <= 0) {
      if (known.length > 0) return this.#draw(known);
      const flipped = this.#names.get(`${cols},${rows}`);
      if (flipped) return `${this.#draw(flipped)}.T`;
      return rows === cols ? `identity('${rows}')` : `expand(size('r'), '${rows}', '${cols}')`;
    }
    const middle = () => this.#draw<Dim>(['in', 'out', 'tokens']);
    const forms: (() => string)[] = [
      () => this.#product(rows, middle(), cols, depth),
      () => this.#product(rows, middle(), cols, depth),
      () => `${sub()}.${this.#draw(['add', 'sub', 'mul', 'div'])}(${sub()})`,
      () => `${sub()}.${this.#draw(['add', 'sub', 'mul', 'div'])}(${this.number()})`,
      () => `${this.#draw(['detach', 'abs', 'cos', 'tanh', 'exp', 'twice'])}(${sub()})`,
      () => `${this.#draw(['max', 'min'])}(${sub()}, ${this.#draw([this.number(), sub()])})`,
      () => `${sub(cols, rows)}.T`,
      () => `${sub()}.add(sum(${sub()}, ${this.#draw(['0', '-1', '1'])}))`,
      // TypeScript finds no common shape of branches that leave different sizes open, so the author states one.
      () =>
        `(${this.#draw(['c.flag', 'c.n > 1', "(c.mode as string) === 'a'", 'bias', '!c.flag && c.n < 2', 'c.taps.some((t) => t > 2)'])} ? ${sub()} : ${sub()} as Tensor)`,
      () => `compose((t) => t.neg(), twice, (t) => t.add(${this.number()}))(${sub()})`,
      () =>
        `([${sub()}, ${sub()}, ${sub()}] as Tensor[])${this.#draw(['.slice(1)', '.toReversed()', ''])}.reduce((s, t, i) => s.add(t.mul(i)))`,
      () =>
        `Array.from({ length: c.n }, (_, i) => ${sub()}.mul(i + 1)).reduce((s: Tensor, t) => s.sub(t), ${sub()})`,
      () =>
        `((): Tensor => { switch (c.mode as string) { case 'a': return ${sub()}; case 'b': default: return ${sub()}; } })()`,
    ];
    if (cols === 'in') forms.push(() => `${sub()}.mul(bias ?? ${this.number()})`);
    return this.#draw(forms)();
  }

  #product(rows: Dim, middle: Dim, cols: Dim, depth: number): string {
    const left = this.expr(rows, middle, depth - 1);
    if (middle === 'in' && cols === 'in') {
      const by = this.#draw(['rotation(v[0] ?? u, c)', 'rotation(u, c)', 'A']);
      return this.#draw([
        `${left}.matmul(${by})`,
        `inner({ x: ${left}, R: ${by} }${this.#draw(['', ', { scale: c.n }'])}).y`,
      ]);
    }
    const right = this.expr(middle, cols, depth - 1);
    return this.#draw([`${left}.matmul(${right})`, `einsum('ij,jk->ik', ${left}, ${right})`]);
  }

  statement(): string {
    const [rows, cols] = [this.#draw<Dim>(['tokens', 'in', 'out']), this.#draw<Dim>(['in', 'out'])];
    const [a, b] = [this.fresh(), this.fresh()];
    const e = this.expr(rows, cols, 2);
    const f = this.expr(rows, cols, 1);
    const text = this.#draw([
      () => `const ${a}: Tensor = ${e}; const ${b} = twice(${a}, ${this.number()});`,
      () =>
        `const { p: ${a}, ...rest${a} } = { p: ${e}, q: ${f} } as { p: Tensor; q: Tensor }; const ${b} = rest${a}.q;`,
      () => `const [${a}, , ${b} = ${f}] = [${e}, 1] as [Tensor, number, Tensor?];`,
      () =>
        `let ${a}: Tensor = ${e}; for (let i = 0; i < c.n; i++) { if (i === 3) break; ${a} = ${a}.add(${f}).mul(i + 1); } const ${b} = ${a};`,
      () =>
        `let ${a}: Tensor = ${e}; for (const [i, t] of c.taps.entries()) { if (t === 2) continue; ${a} = ${a}.mul(t - i); } const ${b} = ${a}.neg();`,
      () =>
        `let ${a}: Tensor = ${e}; if (c.flag) ${a} = ${f}; else { ${a} = ${a}.add(1); } const ${b} = ${a};`,
      () => `const ${a} = ((s: Tensor) => s.add(${f}))(${e}); const ${b}: Tensor = ${a}.sub(${a});`,
    ])();
    this.declare(a, rows, cols);
    this.declare(b, rows, cols);
    return text;
  }
}

function layerSource(name: string, draw: Draw): string {
  const w = new Writer(draw);
  const statements = Array.from({ length: draw([0, 1, 2, 3]) }, () => w.statement());
  const y = w.expr('tokens', draw(['in', 'out']), 3);
  const result = draw([`y: ${y}`, `y: ${y}, z: ${w.expr('in', 'out', 1)}`]);
  return `export const ${name} = layer(
  (c: C) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('in', 'in'), u: trainable('r', 'tri(b)'),
    bias: when(c.flag, frozen('in')), v: list(c.n, trainable('r', 'tri(b)', { project: (s) => ${draw(['s', 's.mul(0.5)', 'tanh(s)'])} })) }),
  ({ x, W, A, u, bias, v }, c) => { ${statements.join('\n    ')}
    return { ${result} }; },
  { where: { in: 'r*b' }, config: { n: ${draw([0, 1, 2, 3])}, flag: ${draw([true, false])}, mode: '${draw(['a', 'b', 'c'])}', taps: [1, 2, 3] } },
);`;
}

it(`lowers ${PER_FILE * FILES} random programs to what tracing builds`, () => {
  fc.assert(
    fc.property(fc.gen(), (gen) => {
      const draw: Draw = (values) => values[gen(fc.nat, { max: values.length - 1 })]!;
      const names = Array.from({ length: PER_FILE }, (_, i) => `layer${i}`);
      const text = HEADER + names.map((n) => layerSource(n, draw)).join('\n');
      const traced = evaluate(text);
      for (const layer of names) {
        const program = lowerOk(text, { layer });
        expectSame(program, traced[layer]!.trace());
        const nodes = topological(program.outputs.map((o) => o.node));
        if (nodes.some((n) => n.spans.length === 0))
          throw new Error(`${layer}: a node without a place in the source`);
      }
    }),
    { ...runs(FILES, Math.ceil(5000 / PER_FILE)), endOnFailure: true },
  );
});
