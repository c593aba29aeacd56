/** Every refusal of the front end: its code, its message, and the place that it marks («…» in the source). */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codeOf, formatDiagnostics, type LowerRequest } from '../../../compiler/frontend/index.ts';
import { type Files, lower } from './harness.ts';

const IMPORT =
  "import { blockDiag, cayley, concat, einsum, expand, expm, frozen, identity, input, layer, list, max, skew, sqrt, sum, trainable, when, polynomial, cayleyNeumann, type Tensor } from 'oftc';\n";
const body = (text: string, before = '') =>
  `${IMPORT}${before}\nexport const main = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => { ${text} });`;
const params = (text: string) => `${IMPORT}export const main = layer({ ${text} }, ({ x }) => x);`;

interface Refusal {
  readonly source: string | Files;
  readonly says: string;
  readonly request?: LowerRequest;
}

const refusals: Record<string, readonly Refusal[]> = {
  OFT1001: [
    { source: body('«while (true) { return x; }» return x;'), says: 'use for over a range' },
    { source: body('«do { return x; } while (true);»'), says: 'use for over a range' },
    { source: body('«for (const k in { a: 1 }) { if (k) return x; }» return x;'), says: 'Object.keys' },
    { source: body('«class A {}» return x;'), says: 'plain objects' },
    { source: body('«try { return x; } catch { return x; }»'), says: 'reported by the compiler' },
    { source: body('const f = «async» () => x; f(); return x;'), says: 'async' },
    { source: body('const f = function «*»() { yield x; }; f(); return x;'), says: 'return an array' },
    { source: body('const d = «new Map()»; return d.size > 0 ? x : x;'), says: 'use literals' },
    { source: body('«var y = x»; return y;'), says: 'const and let' },
    { source: body('return 1 «==» (2 as number) ? x : x;'), says: 'use ===' },
    { source: body('const o = { k: 1 } as { k?: number }; «delete o.k»; return x;'), says: 'rest' },
    { source: body('«a: for (const i of [1]) { if (i) continue a; }» return x;'), says: 'label' },
    {
      source: body('for («;;») { return x; }').replace(
        'for («;;») { return x; }',
        '«for (;;) { return x; }»',
      ),
      says: 'state its range',
    },
    { source: body('return x.mul(«/a/».test("a") ? 1 : 2);'), says: 'methods of strings' },
    { source: body('const o = { «get k() { return 1; }» }; return x.mul(o.k);'), says: 'getter' },
    { source: body('const f = «x.add»; return f(x);'), says: 'receiver' },
    {
      source: body('let a = 1; let b = 2; «[a, b]» = [b, a]; return x.mul(a);'),
      says: 'one variable at a time',
    },
    { source: body('return x.mul(E.A);', '«enum E { A = 1 }»'), says: 'union of literals' },
  ],
  OFT1002: [
    { source: body('return x;', '«Math.abs(1);»'), says: 'only declares' },
    { source: body('return x;', '«for (const i of [1]) Math.abs(i);»'), says: 'only declares' },
  ],
  OFT1003: [
    { source: body('return «x» ? x.neg() : x;'), says: 'branch on configuration' },
    { source: body('if («x.matmul(W.T)») return x; return W;'), says: 'no value at compile time' },
    { source: body('return x.mul(«x === x.neg()» ? 1 : 2);'), says: 'cannot be compared' },
    { source: body('return «[x].filter((t) => t)»[0]!;'), says: 'compare with undefined' },
  ],
  OFT1004: [
    {
      source: body('const k = «(x as any) * (W as any)»; return x.mul(k);'),
      says: 'write (x as any).mul((W as any))',
    },
    { source: body('const k = «-x»; return x.mul(k);'), says: 'write x.neg()' },
    { source: body('let k: any = 1; «k *= x as any»; return x.mul(k);'), says: 'write k = k.mul(x as any)' },
    { source: body('return x.mul(«(x as any) > 0» ? 1 : 2);'), says: 'max, min' },
  ],
  OFT1005: [
    {
      source: body('state = 1; return x;', '«let» state = 0;')
        .replace('state = 1', '«state» = 1')
        .replace('«let»', 'let'),
      says: 'outer code',
    },
    { source: body('return x.mul(state);', 'let «state» = 2;'), says: 'declare it const' },
    {
      source: body('let y: Tensor = x; const f = () => { «y» = y.add(1); return y; }; return f();'),
      says: 'return the value',
    },
    {
      source: body('let y: Tensor = x; [1, 2].map((n) => { «y» = y.add(n); return n; }); return y;'),
      says: 'accumulate',
    },
  ],
  OFT1006: [
    { source: body('const ys: Tensor[] = []; «ys.push»(x); return ys[0]!;'), says: '[...xs, x]' },
    { source: body('const o = { k: 1 }; «o.k» = 2; return x.mul(o.k);'), says: 'build a new one' },
    { source: body('const a = [1]; «a[0]» = 2; return x.mul(a[0]!);'), says: 'build a new one' },
    { source: body('«[x].forEach»((t) => t); return x;'), says: 'for (const t of [x]) { … }' },
  ],
  OFT1007: [
    { source: body('return x.mul(«Math.random»());'), says: 'the same at every compilation' },
    { source: body('return x.mul(«Date».now());'), says: "'Date' is not available" },
    { source: body('return x.mul(«Array(3)».length);'), says: 'Array.from' },
    { source: body('return x.mul(«JSON».stringify(1).length);'), says: 'not available' },
  ],
  OFT1008: [
    {
      source: {
        'main.ts': body('return x.mul(«helper»());', "import { helper } from './lib.js';"),
        'lib.d.ts': 'export declare function helper(): number;',
      },
      says: 'code of another package',
    },
    { source: body('return x.mul(k);', 'declare const «k»: number;'), says: 'no value at compile time' },
  ],
  OFT1009: [
    { source: body('return «(x as any).softmax»();'), says: "a tensor has no 'softmax'; it has T, matmul" },
    { source: body('return x.mul(«(Math as any).foo»());'), says: "Math has no 'foo'" },
    { source: body('return x.mul(«(undefined as any).k»);'), says: "undefined has no 'k'" },
    {
      source: body('return x.mul(«[1].findLastEntry»());').replace('[1].', '([1] as any).'),
      says: 'an array has no',
    },
    { source: body('return x.mul(«(1 as any).k»);'), says: "a number has no 'k'" },
  ],
  OFT1010: [
    { source: params("x: «input('tokens', 'in*')»"), says: 'unexpected end' },
    { source: body("return x.add(«expand(W, 'a**b')»);"), says: 'position 3' },
    {
      source: `${IMPORT}export const main = layer({ x: input('in') }, ({ x }) => x, { «where: { in: 'r*(' }» });`,
      says: 'unexpected end',
    },
  ],
  OFT1011: [
    {
      source: `${IMPORT}export const main = layer({ x: input('in') }, ({ x }) => x, { «where: { in: 'r*b', r: 'in*2' }» });`,
      says: 'through itself',
    },
    {
      source: `${IMPORT}export const main = layer({ x: input('in') }, ({ x }) => x, { «where: { 'a*b': 'c' }» });`,
      says: "'a*b' is not one name, which stands on the left: write { where: { c: 'a*b' } }",
    },
    {
      source: `${IMPORT}export const main = layer({ x: input('in') }, ({ x }) => x, { «where: { 'r*c': 'in', 's*e': 'in', out: 'n*2' }» });`,
      says: "write { where: { out: 'n*2', in: 'c*r', s: 'in/e' } }",
    },
    {
      source: `${IMPORT}export const main = layer({ x: input('in') }, ({ x }) => x, { «where: { in: 'r*c', s: 'in/e', r: 'in/c' }» });`,
      says: "leave out one of in: 'r*c', r: 'in/c'",
    },
  ],
  OFT1012: [
    { source: `${IMPORT}export const main = «layer»({}, () => identity('n'));`, says: 'declares no tensors' },
  ],
  OFT1013: [
    {
      source: body(
        'return «inner({ x } as any)»;',
        "const inner = layer({ x: input('a', 'b'), k: frozen('b') }, ({ x, k }) => x.mul(k));",
      ),
      says: "1 tensor(s) named 'k'",
    },
  ],
  OFT1014: [
    { source: body('const f = (n: number): Tensor => «f(n + 1)»; return f(0);'), says: 'recursion must end' },
  ],
  OFT1015: [
    {
      source: body('let k = 0; for (let i = 0; i < 1e9; i++) { k += 1; } return x.mul(k);'),
      says: 'too many steps',
    },
  ],
  OFT1016: [
    {
      source: body('return x.mul(a);', 'const a: number = f() + 1; function f(): number { return «a»; }'),
      says: "'a' is used before",
    },
  ],
  OFT1017: [
    {
      source: body('return x.mul((«3 as any»)());').replace('(«3 as any»)()', '«(3 as any)»()'),
      says: 'cannot be called',
    },
    { source: body('return x.mul(«Math.max(x as any, 1)»);'), says: 'use max(…) of oftc' },
    { source: body('for (const t of «5 as any») return x.mul(t); return x;'), says: 'known at compile time' },
    { source: body('return x.mul(`$' + '{«x»}`.length);'), says: 'no text' },
    { source: body('return x.mul(«([] as number[]).reduce((a, b) => a + b)»);'), says: 'initial value' },
    { source: body('const { «...r» } = 3 as any; return x.mul(r);'), says: 'the rest of' },
    { source: body('return x.mul(«1 + ([] as any)»);'), says: 'an array' },
  ],
  OFT1018: [
    {
      source: `${IMPORT}export const main = layer((c: { n: number }) => ({ x: input('in') }), ({ x }, c) => {
        if (c.n < 1) «throw new Error(\`n must be positive, got \${c.n}\`);» return x.mul(c.n); }, { config: { n: 1 } });`,
      request: { config: { n: '0' } },
      says: 'n must be positive, got 0',
    },
  ],
  OFT1020: [
    { source: body('return «skew([x][1]!)»;'), says: 'needs a tensor, got nothing' },
    { source: body("return «x.add('a' as any)»;"), says: 'needs a tensor, got string' },
    {
      source: body("return «polynomial(identity('out'), x as any)»;"),
      says: 'polynomial needs a list of numbers',
    },
    {
      source: body("return «polynomial(identity('out'), ['a'] as any)»;"),
      says: 'polynomial needs a list of numbers',
    },
    { source: body("return «cayleyNeumann(identity('out'), 3 as any)»;"), says: '{ terms: … }, got number' },
    { source: body("return «expm(identity('out'), x as any)»;"), says: '{ maxNorm: … }, got a tensor' },
  ],
  OFT1021: [{ source: body('return «x.mul(1 / 0)»;'), says: 'not a finite number' }],
  OFT1022: [
    {
      source: body("return «cayleyNeumann(identity('out'), { term: 3 } as any)»;"),
      says: "no option 'term'",
    },
  ],
  OFT1030: [
    { source: params("x: «input('tokens', { dtype: 'f64' as any })»"), says: "'f32', 'f16', 'i32'" },
    { source: params('x: «input(1.5)»'), says: 'whole number' },
    { source: params("x: «trainable('n', { dtype: 'i32' as any })»"), says: 'has gradients' },
    { source: params("x: «input('n', { size: 3 } as any)»"), says: "no option 'size'" },
    { source: params("x: «frozen('n', { project: (s: Tensor) => s } as any)»"), says: 'only a trainable' },
  ],
  OFT1031: [
    {
      source: `${IMPORT}export const main = layer({ x: «list(1.5, input('n'))» }, ({ x }) => x[0]!);`,
      says: 'whole number of parameters',
    },
  ],
  OFT1032: [
    {
      source: params("x: input('n'), «'a-b': input('n')»")
        .replace('«', '')
        .replace('»', '')
        .replace('= layer(', '= «layer»('),
      says: "'a-b' cannot name",
    },
    {
      source: `${IMPORT}export const main = layer(«{ x: 3 as any }», ({ x }) => x as any);`,
      says: 'not a declared parameter',
    },
  ],
  OFT1033: [
    {
      source: `${IMPORT}export const main = layer({ x: input('n') }, «() => 3 as any»);`,
      says: 'an object of tensors by name',
    },
    {
      source: `${IMPORT}export const main = layer({ x: input('n') }, «({ x }) => ({ x, n: 3 as any })»);`,
      says: 'number 3',
    },
  ],
  OFT1040: [{ source: 'export const a = 1;', says: 'exports no layer' }],
  OFT1041: [
    { source: `${body('return x;')} export const other = main;`, says: 'name one of main, other' },
    { source: body('return x;'), request: { layer: 'oft' }, says: "no layer 'oft'; it exports main" },
  ],
  OFT1043: [
    {
      source: body('return x;'),
      request: { config: { terms: 3 } },
      says: "has no configuration 'terms'; it has none",
    },
  ],
  OFT1044: [
    {
      source: `${IMPORT}export const main = layer((c: { m: 'a' | 'b' }) => ({ x: input('n') }), ({ x }, c) => x, { config: { m: 'a' } });`,
      request: { config: { m: 'c' } },
      says: "must be 'a' or 'b', got 'c'",
    },
  ],
  OFT2001: [
    {
      source: body("return x.matmul(W.T).matmul(identity('k*2')) as Tensor;").replace(
        "x.matmul(W.T).matmul(identity('k*2'))",
        "«x.matmul(W.T).matmul(identity('k*2'))»",
      ),
      says: "columns 'out' do not match rows '2*k'",
    },
    {
      source: `${IMPORT}export const main = layer({ x: input('tokens', 'in'), u: trainable('r', 'c', 'c'), v: trainable('s', 'e', 'e') },
        ({ x, u, v }) => «x.matmul(blockDiag(u)).matmul(blockDiag(v))», { where: { in: 'r*c' } });`,
      says: "where they are the same size, state it: { where: { in: 'c*r', s: 'in/e' } }",
    },
  ],
  OFT2002: [{ source: body('const y: Tensor = x; return «y.add(W)»;'), says: 'tokens' }],
  OFT2004: [{ source: body('return «skew(x)»;'), says: 'must be tri(b)' }],
  OFT2006: [{ source: body('return «sum(x, 5)»;'), says: 'axis 5' }],
  OFT2008: [
    {
      source: `${IMPORT}export const main = layer({ x: «trainable('n', 'm', { project: (s) => s.T })» }, ({ x }) => x);`,
      says: 'must keep the shape',
    },
  ],
  OFT2009: [
    {
      source: body(
        'return «inner({ x, k: W })»;',
        "const inner = layer({ x: input('a', 'b'), k: frozen('b', 'b') }, ({ x, k }) => x.matmul(k));",
      ),
      says: 'where the layer declares',
    },
  ],
  OFT2014: [
    { source: body('return «einsum(x as any, W)»;'), says: 'takes its equation first, as text' },
    { source: body("return «einsum('ti,o1->to', x, W)»;"), says: "has '1' at position 5" },
    { source: body("return «einsum('ti->oi->to', x)»;"), says: "has '->' twice" },
    { source: body("return «einsum('ti->t,i', x)»;"), says: "has ',' in the output" },
    { source: body("return «einsum('......i->i', x)»;"), says: "has '...' twice" },
    { source: body("return «einsum('...i->......', x)»;"), says: "has '...' twice" },
    { source: body("return «einsum('ti,oi->tz', x, W)»;"), says: "has 'z' in the output and in no operand" },
    { source: body("return «einsum('ti,oi->tt', x, W)»;"), says: "has 't' twice in the output" },
    { source: body("return «einsum('?'.repeat(100), x)»;"), says: "?…' has '?' at position 1" },
  ],
  OFT2015: [
    { source: body("return «einsum('ti,oi->to', x)»;"), says: '2 term(s) stand for 1 operand(s)' },
    {
      source: body("return «einsum('t->t', x)»;"),
      says: "'t' names 1 axis, x (tokens, in) has 2: name each axis, or write '...'",
    },
    { source: body("return «einsum('t...io->t', x)»;"), says: "'t...io' names 3 axes, x (tokens, in) has 2" },
    {
      source: body("return «einsum('ti,ij->tj', x, W)»;"),
      says: "'i' is 'in' in x (tokens, in) and 'out' in W (out, in)",
    },
    {
      source: body("return «einsum('ti,ij->tj', x, x.mul(2))»;"),
      says: "and 'tokens' in operand 2 (tokens, in)",
    },
    {
      source: body("return «einsum('ti,jj->tj', x, W)»;"),
      says: "'j' is 'out' in W (out, in) and 'in' in W (out, in)",
    },
    {
      source: body("return «einsum('i,ii->i', size('in').reshape(1), sum(W, 1))»;", '').replace(
        'sqrt, sum',
        'size, sqrt, sum',
      ),
      says: "'i' is 'out' in operand 2 (out, 1) and '1' in operand 2 (out, 1)",
    },
    {
      source: body("return «einsum('...i,...i->...', x, W)»;"),
      says: "an axis of '...' is 'tokens' in x (tokens, in) and 'out' in W (out, in)",
    },
    {
      source: body("return «einsum('ti,oi->to', x, sum(W, 1).matmul(identity(1)).reshape('out/2', 2))»;"),
      says: "and '2' in operand 2 (out/2, 2)",
    },
    {
      source: body("return «einsum(','.repeat(64), ...Array.from({ length: 65 }, () => x))»;"),
      says: '65 operands of an einsum: the limit is 64',
    },
  ],
};

const plain = (source: string) => source.replace('«', '').replace('»', '');

describe('refusals', () => {
  for (const [code, cases] of Object.entries(refusals)) {
    for (const [n, { source, says, request }] of cases.entries()) {
      it(`${code} (${n + 1}): ${says}`, () => {
        const files = typeof source === 'string' ? { 'main.ts': source } : source;
        const { program, diagnostics } = lower(
          Object.fromEntries(Object.entries(files).map(([k, v]) => [k, plain(v)])),
          request,
        );
        const [first] = diagnostics;
        expect(program).toBeUndefined();
        expect(
          first && `${codeOf(first)}: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`,
        ).toContain(says);
        expect(codeOf(first!)).toBe(code);
        const marked = files['main.ts']!;
        if (!marked.includes('«')) return;
        expect(first!.file!.text.slice(first!.start, first!.start! + first!.length!)).toBe(
          marked.slice(marked.indexOf('«') + 1, marked.indexOf('»')),
        );
      });
    }
  }

  it('name a file of JSON, which cannot be imported', () => {
    const main = `import sizes from './sizes.json' with { type: 'json' };\n${body('return x.mul(sizes.n);')}`;
    const [found] = lower({ 'main.ts': main, 'sizes.json': '{"n": 2}' }).diagnostics;
    expect(codeOf(found!)).toBe('OFT1001');
    expect(found!.messageText).toContain('write its values in a TypeScript file');
    expect(found!.file?.fileName).toMatch(/sizes\.json$/);
  });

  it('name a missing file', () => expect(codeOf(lower({}).diagnostics[0]!)).toBe('OFT1045'));

  it('cover source that is nested beyond any stack', () => {
    const { diagnostics } = lower(body(`return x.mul(${'('.repeat(3000)}1${')'.repeat(3000)});`));
    expect(codeOf(diagnostics[0]!)).toBe('OFT1014');
  });

  it('put TypeScript’s own errors first, and ours in their place for operators on tensors', () => {
    const { diagnostics } = lower(body('return x.mul(x * W);'));
    expect(diagnostics.map(codeOf)).toEqual(['OFT1004']);
    expect(diagnostics[0]!.messageText).toContain('write x.mul(W)');
    const absent = lower("import { nothing } from './absent.ts'; export const a = nothing;");
    expect(absent.diagnostics.map(codeOf)).toEqual(['TS2307']);
  });

  it('show the calls that led there', () => {
    const source = body(
      'for (const k of [1]) { if (k) return rotate(x, W); } return x;',
      'const rotate = (a: Tensor, b: Tensor) => a.matmul(b);',
    );
    const { diagnostics } = lower(source);
    const related = diagnostics[0]!.relatedInformation!.map((r) =>
      r.file!.text.slice(r.start, r.start! + r.length!),
    );
    expect(related).toEqual(['rotate(x, W)', 'for (const k of [1])']);
    const text = formatDiagnostics(diagnostics, { color: false });
    expect(text).toContain(
      "error OFT2001: matmul: (tokens, in) · (out, in): columns 'in' do not match rows 'out'",
    );
    expect(text).toContain('reached from here');
    expect(text).not.toContain('\u001b');
    expect(formatDiagnostics(diagnostics, { color: true })).toContain('\u001b[91merror');
  });
});
