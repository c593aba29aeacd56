/** Each form of the language gives the same Program when it is lowered and when it is traced. */
import { describe, expect, it } from 'vitest';
import { topological } from '../../../compiler/ir/build.ts';
import { evaluate, expectSame, type Files, locate, lower, lowerOk } from './harness.ts';

const IMPORT =
  "import { abs, blockDiag, cayley, detach, einsum, expand, frozen, identity, input, layer, list, max, size, skew, sqrt, sum, trainable, when, type Tensor } from 'oftc';\n";

/** The source of a layer with inputs x (tokens, in) and square A, B (in, in), and with `body` as its body. */
const layerOf = (body: string, before = '') =>
  `${IMPORT}${before}
export const main = layer(
  (c: { n: number; flag: boolean; mode: 'a' | 'b'; taps: number[] }) => ({
    x: input('tokens', 'in'), A: trainable('in', 'in'), B: frozen('in', 'in'),
    bias: when(c.flag, frozen('in')), v: list(c.n, trainable('r', 'tri(b)')),
  }),
  ({ x, A, B, bias, v }, c) => { ${body} },
  { where: { in: 'r*b' }, config: { n: 2, flag: true, mode: 'a', taps: [3, 1, 2] } },
);`;

const bodies: Record<string, string> = {
  'for ranges and accumulators':
    'let y: Tensor = x; for (let i = 0; i < c.n; i++) { y = y.matmul(A).mul(i + 1); } return y;',
  'break, continue and for … of': `let y: Tensor = x;
    for (const [i, t] of c.taps.entries()) { if (i === 0) continue; if (t > 1) break; y = y.mul(t + 0.5); } return y;`,
  'lists of parameters':
    'return v.map((q) => blockDiag(cayley(skew(q)))).reduce((y: Tensor, R) => y.matmul(R), x);',
  'optional parameters': 'return bias ? x.add(bias) : x;',
  'presence where it is known already':
    'return bias ? [1, 2].map((k) => (bias ? x.add(bias) : x).mul(k)).reduce((s, t) => s.add(t), x) : x;',
  'presence through an optional chain':
    'const o = { t: bias } as { t: Tensor } | undefined; return o?.t ? x.add(o.t) : x;',
  'presence by comparison': 'return bias === undefined ? x : x.add(bias);',
  'coalescing a parameter': 'return x.add(bias ?? 0);',
  'and, or, not': 'const on = c.flag && !(c.n > 3) || c.mode === "b"; return on ? x.matmul(A) : x;',
  'switch with fall-through': `let y: Tensor = x;
    switch (c.mode) { case 'a': y = y.matmul(A); case 'b': { y = y.matmul(B); break; } default: y = y.neg(); } return y;`,
  'destructuring with defaults and rest': `const { p, q: { r = 4 } = {}, ...rest } = { p: A, s: B } as { p: Tensor; s: Tensor; q?: { r?: number } };
    const [t0, , t2 = 7, ...more] = c.taps; return x.matmul(p).mul(r + t0! + t2).matmul((rest as { s: Tensor }).s).mul(more.length + 1);`,
  'closures over loop variables': `const fs: ((t: Tensor) => Tensor)[] = Array.from({ length: 3 }, (_, i) => (t) => t.mul(i + 1));
    let y: Tensor = x; for (const f of fs) y = f(y); return y;`,
  'default and rest parameters': `const f = (t: Tensor, by = 3, ...rest: number[]) => t.mul(by + rest.length);
    return f(f(x), 2, 5, 6);`,
  'recursion that ends':
    'const power = (n: number): Tensor => (n === 1 ? A : A.matmul(power(n - 1))); return x.matmul(power(4));',
  'a named function expression':
    'const f = function g(n: number): Tensor { return n === 0 ? x : g(n - 1).matmul(A); }; return f(3);',
  'functions are hoisted': 'return twice(x); function twice(t: Tensor) { return t.add(t); }',
  'templates and computed dimensions': `const name = \`r*\${'b'}\`; return x.add(expand(identity(name), name, 'in').matmul(sum(A, -1)).T);`,
  'Math, strings and numbers': `const k = Math.max(2, Math.trunc(7 / 2)) ** 2 % 5; return x.mul(k + 'abc'.length + Number('1.5') + (c.mode === 'a' ? 1 : 0));`,
  'array methods': `const k = [...c.taps, 9].filter((t) => t > 1).toSorted((a, b) => a - b).slice(0, -1).map((t, i) => t * i)
    .concat([1]).reduceRight((a, b) => a * 2 + b, 0) + c.taps.indexOf(2) + (c.taps.includes(3) ? 1 : 0) + [[1], [2, 3]].flat().length;
    return x.mul(k);`,
  objects: `const o = { a: 1, ...{ b: 2 }, ['c' + 1]: 3, f(n: number) { return n + 1; } };
    return x.mul(o.f(Object.keys(o).length) + Object.values({ p: 1, q: 2 }).reduce((s, n) => s + n) + Object.entries({ z: 5 })[0]![1]);`,
  'optional chaining': `const o = { a: { f: (n: number) => n * 2 } } as { a?: { f: (n: number) => number; g?: { h: number } }; z?: { g?: { h: number } } };
    return x.mul((o?.a?.f(4) ?? 1) + (o.a?.g?.h ?? 3) + (o.z?.g!.h ?? 2));`,
  'several outputs': 'return { y: x.matmul(A), R: A.matmul(B), kept: detach(x) };',
  'types are ignored': `type T = Tensor<['tokens', 'in']>; interface P { t: T } const p: P = { t: x } satisfies P; return (p.t as Tensor).matmul(<Tensor>A);`,
  'operators as values': 'const f = sqrt; return [x, x].map(abs).map((t) => f(t))[1]!.add(max(0, x));',
  'early return in a loop': 'for (const t of c.taps) { if (t === 1) return x.mul(t); } return x;',
  'assignment forms':
    'let k = 1; k += 4; k *= 2; k -= 1; k++; --k; let m: number | undefined; m ??= k; m ||= 9; m &&= m + 1; return x.mul(k + m);',
  'einsum, its equation computed': `const chain = ['ai', ...v.map(() => 'ij')].slice(0, 2).join(', ');
    return einsum(chain, x, A).add(einsum('...i,oi->...o', x, B)).mul(einsum('ii->i', A));`,
  'size and sqrt': "return x.div(sqrt(size('r*b')));",
};

it('a dimension may have the name of a start', () => {
  const source = `${IMPORT}export const main = layer(
  { x: input('tokens', 'in'), A: frozen('in', 'zeros'), B: trainable('in', 'ones') },
  ({ x, A, B }) => ({ y: x.matmul(A), z: x.matmul(B) }),
);`;
  expect(lowerOk(source).inputs.map((i) => i.type.shape.length)).toEqual([2, 2, 2]);
});

describe('the subset', () => {
  for (const [name, body] of Object.entries(bodies)) {
    it(name, () => {
      const text = layerOf(body);
      for (const config of [{}, { n: 1, flag: false, mode: 'b' as const }]) {
        expectSame(lowerOk(text, { config }), evaluate(text).main!.trace(config));
      }
    });
  }

  it('projections apply to the stored value', () => {
    const text = `${IMPORT}
      const clip = (t: Tensor) => t.div(max(1, sqrt(sum(t.mul(t), -1))));
      export const main = layer(
        { x: input('tokens', 'in'), v: trainable('in', 'in', { project: (s) => clip(s) }) }, ({ x, v }) => x.matmul(v));`;
    expectSame(lowerOk(text), evaluate(text).main!.trace());
  });

  it('integer inputs and dtypes', () => {
    const text = `${IMPORT}
      export const main = layer(
        { ids: input('tokens', { dtype: 'i32' }), W: frozen('in', 'in', { dtype: 'f16' }) }, ({ W }) => W.T.matmul(W));`;
    const program = lowerOk(text);
    expect(program.inputs.map((i) => i.type.dtype)).toEqual(['i32', 'f16']);
    expectSame(program, evaluate(text).main!.trace());
  });
});

describe('modules', () => {
  const files: Files = {
    'main.ts': `import * as o from 'oftc';
      import rotate, { scale as by, helpers, K } from './index.ts';
      import * as all from './index.ts';
      export const main = o.layer({ x: o.input('tokens', 'in'), v: o.trainable('r', 'tri(b)') },
        ({ x, v }) => by(rotate(x, v), K).add(helpers.shift(x)).add(all.scale(x, 2)),
        { where: { in: 'r*b' } });`,
    'index.ts': `export { scale, default } from './ops.ts'; export * as helpers from './more.ts'; export * from './more.ts';`,
    'ops.ts': `import { blockDiag, cayleyNeumann as series, skew as Q, type Tensor } from 'oftc';
      export const scale = (t: Tensor, k: number) => t.mul(k);
      export default function (t: Tensor, v: Tensor) { return t.matmul(blockDiag(series(Q(v)))); }`,
    'more.ts': `import type { Tensor } from 'oftc'; const { k: K, n: [first = 1] } = { k: 3, n: [] as number[] };
      export const shift = (t: Tensor) => t.add(first + K); export { K };`,
  };

  it('inlines helpers through renames, re-exports and namespaces', () => {
    expectSame(lowerOk(files), evaluate(files).main!.trace());
  });

  it('spans lead from the operator through every call to the layer', () => {
    const program = lowerOk(files);
    const polynomial = topological([program.outputs[0]!.node]).find(
      (n) => n.kind === 'op' && n.op === 'polynomial',
    )!;
    const texts = polynomial.spans.map((s) =>
      files[s.file.slice(s.file.lastIndexOf('/') + 1)]!.slice(s.start, s.end),
    );
    expect(texts).toEqual(['series(Q(v))', 'rotate(x, v)']);
    expect(locate(polynomial.spans[0]!)).toMatchObject({ line: 3, column: 82 });
  });

  it('layers exported by default, renamed and re-exported', () => {
    const main = `import { input, layer } from 'oftc'; const a = layer({ x: input('n') }, ({ x }) => x.mul(2));
      export default layer({ x: input('n') }, ({ x }) => x.neg(), { name: 'negate' }); export { a as b }; export * from './other.ts';`;
    const both = {
      'main.ts': main,
      'other.ts': main.replace('export default', 'export const c =').replace('export * from', 'import'),
    };
    expect(lower(both, { layer: 'b' })).toMatchObject({
      layers: ['default', 'b', 'c'],
      program: { name: 'a' },
    });
    for (const layer of ['default', 'b', 'c'])
      expectSame(lowerOk(both, { layer }), evaluate(both)[layer]!.trace());
    expect(lowerOk(both, { layer: 'default' }).name).toBe('negate');
  });

  it('operators are recognised by symbol, not by name', () => {
    const text = `import { input, layer, trainable, skew as packed, type Tensor } from 'oftc';
      const skew = (t: Tensor) => t.neg(); const cayley = (t: Tensor) => skew(t).mul(2);
      export const main = layer({ x: input('tokens', 'in'), v: trainable('r', 'tri(b)') },
        ({ x, v }) => ({ y: cayley(x), q: packed(v) }));`;
    const program = lowerOk(text);
    expect(program.outputs.map((o) => o.node.kind === 'op' && o.node.op)).toEqual(['scale', 'skew']);
    expectSame(program, evaluate(text).main!.trace());
  });
});

describe('layers in layers', () => {
  const text = `${IMPORT}
    export const rot = layer((c: { twice: boolean }) => ({ x: input('tokens', 'in'), v: trainable('r', 'tri(b)'), s: when(c.twice, frozen('in')) }),
      ({ x, v, s }) => { const y = x.matmul(blockDiag(cayley(skew(v)))); return { y: s ? y.mul(s) : y, x }; },
      { where: { in: 'r*b' }, config: { twice: false } });
    export const main = layer({ h: input('tokens', 'k*m'), u: trainable('k', 'tri(m)'), g: frozen('m*k') },
      ({ h, u, g }) => { const a = rot({ x: h, v: u }); return rot({ s: g, v: u, x: a.y }, { twice: true }).y.add(a.x); });`;

  it('matches the callee’s dimensions with the caller’s', () => {
    const { layers } = lower(text, { layer: 'main' });
    expect(layers).toEqual(['rot', 'main']);
    expectSame(lowerOk(text, { layer: 'main' }), evaluate(text).main!.trace());
    expectSame(
      lowerOk(text, { layer: 'rot', config: { twice: 'true' } }),
      evaluate(text).rot!.trace({ twice: true }),
    );
  });
});
