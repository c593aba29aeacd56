/** Layers that would grow without end are refused, lowered and traced alike, with the limit and what sets it. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { OftcError } from '../../../compiler/errors/error.ts';
import { codeOf } from '../../../compiler/frontend/index.ts';
import { limits } from '../../../compiler/limits.ts';
import { evaluate, lower } from './harness.ts';

const IMPORT =
  "import { expand, frozen, identity, input, layer, list, polynomial, cayleyNeumann, trainable } from 'oftc';\n";
const body = (text: string) =>
  `${IMPORT}export const main = layer((_: { n: number }) => ({ x: input('tokens', 'in'), Q: frozen('b', 'b') }), ({ x, Q }, { n }) => { ${text} }, { config: { n: 1 } });`;
const params = (text: string) =>
  `${IMPORT}export const main = layer((_: { n: number }) => ({ x: input('tokens', 'in'), ${text} }), ({ x }) => x, { config: { n: 1 } });`;
const HUGE = 1e9;

function refused(source: string, n: number): string {
  const { program, diagnostics } = lower(source, { config: { n } });
  expect(program).toBeUndefined();
  const [first] = diagnostics;
  return `${codeOf(first!)} ${ts.flattenDiagnosticMessageText(first!.messageText, ' ')}`;
}

function refusedTraced(source: string, n: number): string {
  try {
    evaluate(source).main!.trace({ n });
  } catch (e) {
    if (e instanceof OftcError) return `${e.code} ${e.message}`;
    throw e;
  }
  throw new Error('it was accepted');
}

const most = (limit: { readonly most: number }) => limit.most.toLocaleString('en');

describe.each([
  ['a list of as many parameters', params("v: list(_.n, trainable('in'))"), HUGE, 'OFT1031', limits.declared],
  [
    'as many parameters by name',
    params(
      "...Object.fromEntries(Array.from({ length: _.n }, (_, i) => ['v'.concat(String(i)), trainable('in')] as const))",
    ),
    5000,
    'OFT1032',
    limits.declared,
  ],
  [
    'as many coefficients',
    body('return { x, p: polynomial(Q, Array.from({ length: n }, () => 1)) };'),
    1000,
    'OFT2010',
    limits.coefficients,
  ],
  ['a dimension above 32 bits', params("W: frozen('in', _.n)"), 2 ** 31, 'OFT1010', limits.dimension],
  ['a shape above 32 bits', body('return expand(x, n, 1, 1);'), 1e15, 'OFT1010', limits.dimension],
  [
    'a long dimension',
    params("W: frozen(Array.from({ length: _.n }, () => 'in').join('+'))"),
    3000,
    'OFT1010',
    limits.dimensionText,
  ],
  [
    'nested parentheses in a dimension',
    params("W: frozen('('.repeat(_.n) + 'in' + ')'.repeat(_.n))"),
    100_000,
    'OFT1010',
    limits.dimensionText,
  ],
  [
    'a high power of a dimension',
    params("W: frozen(Array.from({ length: _.n }, () => 'in').join('*'))"),
    300,
    'OFT1010',
    limits.dimensionPower,
  ],
  [
    'sums that multiply out',
    params("W: frozen(Array.from({ length: _.n }, () => '(a+b+c+d+e+f+g+h)').join('*'))"),
    30,
    'OFT1010',
    limits.dimensionTerms,
  ],
] as const)('%s', (_, source, n, code, limit) => {
  it('is refused where it is lowered', () => {
    const message = refused(source, n);
    expect(message).toContain(code);
    expect(message).toContain(`the limit is ${most(limit)}, because ${limit.because}`);
  });

  it('is refused where it is traced', () => {
    const message = refusedTraced(source, n);
    expect(message).toContain(code);
    expect(message).toContain(`the limit is ${most(limit)}, because ${limit.because}`);
  });
});

it.each([
  ['a loop', 'let y = x; for (let i = 0; i < n; i++) y = y.add(x); return y;', HUGE, limits.steps],
  ['a loop of nothing', 'for (let i = 0; i < n; i++) {} return x;', HUGE, limits.steps],
  ['an array', 'return x.mul(Array.from({ length: n }, () => 1).length);', HUGE, limits.elements],
  [
    'an array that doubles',
    'let a = [1]; for (let i = 0; i < n; i++) a = a.concat(a); return x.mul(a.length);',
    40,
    limits.elements,
  ],
  [
    'a spread that doubles',
    'let a = [1]; for (let i = 0; i < n; i++) a = [...a, ...a]; return x.mul(a.length);',
    40,
    limits.elements,
  ],
  [
    'nested arrays made flat',
    'const a = Array.from({ length: n }, () => 1); return x.mul(Array.from({ length: n }, () => a).flat().length);',
    10_000,
    limits.elements,
  ],
  [
    'arrays mapped to arrays',
    'const a = Array.from({ length: n }, () => 1); return x.mul(a.flatMap(() => a).length);',
    10_000,
    limits.elements,
  ],
  ['a text', "return x.mul('a'.repeat(n).length);", HUGE, limits.characters],
  ['a padded text', "return x.mul('a'.padStart(n, 'b').length);", HUGE, limits.characters],
  [
    'a text that doubles',
    "let a = 'a'; for (let i = 0; i < n; i++) a += a; return x.mul(a.length);",
    40,
    limits.characters,
  ],
  [
    'a template that doubles',
    "let a = 'a'; for (let i = 0; i < n; i++) a = TEMPLATE; return x.mul(a.length);".replace(
      'TEMPLATE',
      '`$\x7ba}$\x7ba}`',
    ),
    40,
    limits.characters,
  ],
  [
    'a text that is replaced by longer ones',
    "const a = 'a'.repeat(n); return x.mul(a.replaceAll('a', a).length);",
    100_000,
    limits.characters,
  ],
  [
    'a text that is joined',
    "const a = 'a'.repeat(n); return x.mul(Array.from({ length: n }, () => a).join('').length);",
    50_000,
    limits.characters,
  ],
  [
    'work on long arrays in a loop',
    'const a = Array.from({ length: 1000000 }, (_, i) => i); let k = 0; for (let i = 0; i < n; i++) k += a.indexOf(-1); return x.mul(k);',
    100_000,
    limits.steps,
  ],
] as const)('%s of the configuration is refused: %s', (_, text, n, limit) => {
  const message = refused(body(text), n);
  expect(message).toContain('OFT1015');
  expect(message).toContain(`the limit is ${most(limit)}, because ${limit.because}`);
});

it('a traced loop without end is refused by the operations that it builds', () => {
  const source = body('let y = x; for (let i = 0; i < n; i++) y = y.add(x); return y;');
  const message = refusedTraced(source, HUGE);
  expect(message).toContain('OFT1015');
  expect(message).toContain(
    `the limit is ${most(limits.programNodes)}, because ${limits.programNodes.because}`,
  );
});

it('equalities that square one another are refused', () => {
  const where = Array.from({ length: 60 }, (_, i) => `a${i}: 'a${i + 1}*a${i + 1}'`).join(', ');
  const source = `${IMPORT}export const main = layer({ x: input('tokens', 'a0') }, ({ x }) => x, { where: { ${where} } });`;
  expect(refused(source, 1)).toContain(`the limit is ${limits.dimensionPower.most}`);
  expect(() => evaluate(source).main!.trace()).toThrow(expect.objectContaining({ code: 'OFT1011' }));
});

it('an expression that is nested too deeply is refused with the limit', () => {
  for (const levels of [1200, 20_000]) {
    const message = refused(body(`return x.mul(${'('.repeat(levels)}n${')'.repeat(levels)});`), 1);
    expect(message).toContain('OFT1014');
    expect(message).toContain(`the limit is ${most(limits.nesting)}`);
  }
});

it('a sum so long that TypeScript would take minutes is refused, in its place', () => {
  const sum = (terms: number) => `${body('return x;')}\nexport const z = 1${' + 1'.repeat(terms - 1)};`;
  const { program, diagnostics } = lower(sum(50_000));
  expect(program).toBeUndefined();
  expect(codeOf(diagnostics[0]!)).toBe('OFT1014');
  expect(diagnostics[0]!.messageText).toContain(
    `the limit is ${most(limits.sourceDepth)}, because ${limits.sourceDepth.because}`,
  );
  expect(diagnostics[0]!.file?.fileName).toMatch(/main\.ts$/);
  expect(lower(sum(limits.sourceDepth.most - 100)).program).toBeDefined();
});

it('what is at a limit is accepted', () => {
  const { program } = lower(params("v: list(_.n, trainable('in'))"), {
    config: { n: limits.declared.most - 1 },
  });
  expect(program?.inputs).toHaveLength(limits.declared.most);
  const text = body("return x.mul('a'.repeat(n).length);");
  expect(lower(text, { config: { n: limits.characters.most } }).program).toBeDefined();
});
