/**
 * Names that an author chooses: they lead to no file outside the output, and generated code stays valid TypeScript.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  commented,
  fileNameProblem,
  identifier,
  key,
  quoted,
  templated,
  typeName,
} from '../../../compiler/names.ts';
import { refuseName } from '../../../src/cli/new-project.ts';
import { runs } from '../../support/runs.ts';
import { at, layerFile, oftc } from '../cli/harness.ts';

const DIMS = ['--dims', 'in=8,out=5'];
/** Builds for one class of devices: names do not depend on the class. */
const ONE = ['--devices', 'portable'];
const LINEAR = `import { frozen, input, layer } from 'oftc';
const l = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
`;

/** The messages of TypeScript's parser about a text. */
function syntaxErrors(name: string, text: string): string[] {
  const { diagnostics } = ts.transpileModule(text, {
    fileName: name.endsWith('.js') ? 'built.mjs' : 'built.ts',
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, allowJs: true },
  });
  return (diagnostics ?? []).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'));
}

const exported = (name: string): string => `${LINEAR}export { l as ${JSON.stringify(name)} };\n`;

describe('the name that a layer is exported as', () => {
  it.each([
    '../../../esc',
    '../esc',
    'a/b',
    'a\\b',
    '/esc',
    '..',
    '.',
    '',
    '.hidden',
    'con',
    'NUL',
    'com1.x',
    'a\nb',
    'a\u0000b',
    'a\u202eb',
    'ends.',
    'ends ',
    'x'.repeat(300),
    'é'.repeat(110),
  ])('%j names no built file', async (name) => {
    const root = at(`names-${readdirSync(at('.')).length}`);
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    const file = layerFile('strange.ts', exported(name));
    const before = readdirSync(at('.'), { recursive: true }).sort();
    const { exit, stdout, stderr } = await oftc('build', file, ...DIMS, '-o', join(root, 'a/b/c'));
    expect(stderr).toMatch(
      /^error OFT1046: .*cannot name the built files: .*Export the layer by another name/,
    );
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(readdirSync(at('.'), { recursive: true }).sort()).toEqual(before);
  });

  it.each([
    'a-b c',
    'default',
    'class',
    'oft',
    'é',
    '名前',
    '1st',
    'a.b',
    '$',
    'x'.repeat(200),
    'layerModule',
  ])('%j names valid files', async (name) => {
    const out = at(`named-${[...name].slice(0, 5).join('')}`);
    const file = layerFile('named.ts', exported(name));
    const { exit, stderr } = await oftc('build', file, ...DIMS, ...ONE, '-o', out);
    expect(exit, stderr).toBe(0);
    expect(readdirSync(out).sort()).toEqual([`${name}.d.ts`, `${name}.js`]);
    for (const built of readdirSync(out))
      expect(syntaxErrors(built, readFileSync(join(out, built), 'utf8'))).toEqual([]);
  });
});

describe('names of tensors', () => {
  const WORDS = `import { frozen, input, layer } from 'oftc';
export const l = layer(
  { class: input('tokens', 'in'), input: frozen('out', 'in'), delete: frozen('out'), eval: frozen('out') },
  ({ class: x, input: W, delete: b, eval: e }) => ({ return: x.matmul(W.T).add(b).mul(e), arguments: x.matmul(W.T) }),
  { source: 'quotes \\' " \\\\ \\n \\u2028 \${1} */' },
);
`;

  it('that are words of the language stay, in built modules and in rewritten layers', async () => {
    const file = layerFile('words.ts', WORDS);
    const built = await oftc('build', file, ...DIMS, ...ONE, '-o', at('words'));
    expect(built.exit, built.stderr).toBe(0);
    for (const name of readdirSync(at('words')))
      expect(syntaxErrors(name, readFileSync(at(`words/${name}`), 'utf8'))).toEqual([]);
    const rewritten = await oftc('rewrite', file, ...DIMS);
    expect(rewritten.exit, rewritten.stderr).toBe(0);
    expect(syntaxErrors('words.ts', rewritten.stdout)).toEqual([]);
    const again = await oftc('rewrite', layerFile('again.ts', rewritten.stdout), ...DIMS);
    expect(again.exit, again.stderr).toBe(0);
    const layerOf = (text: string) => text.slice(text.indexOf('export const'));
    expect(layerOf(again.stdout)).toBe(layerOf(rewritten.stdout));
  });

  const NAMES = ['a */ b', 'a-b', '', '1', 'a"b', "a'b", 'a\\', 'a\nthrow 1;', 'a\u2028b', 'a`b', 'é'];
  const written = (name: string): string => `[${JSON.stringify(name)}]`;
  const both = (file: string) => [
    ['build', file, ...DIMS, '-o', at('unnamed')],
    ['rewrite', file, ...DIMS],
  ];

  it.each(NAMES)('are refused where no parameter can have them: %j', async (name) => {
    const text = LINEAR.replace(
      "x: input('tokens', 'in')",
      `${written(name)}: input('tokens', 'in')`,
    ).replace('({ x, W })', `({ ${written(name)}: x, W })`);
    for (const argv of both(layerFile('unnamed.ts', `${text}export { l };\n`))) {
      const { exit, stdout, stderr } = await oftc(...argv);
      expect(stderr).toMatch(/OFT1032: '.*' cannot name a parameter/s);
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    }
    expect(existsSync(at('unnamed'))).toBe(false);
  });

  it.each([...NAMES, '__proto__'])('may be any text of outputs: %j', async (name) => {
    const text = LINEAR.replace('x.matmul(W.T))', `({ ${written(name)}: x.matmul(W.T) }))`);
    const out = at(`output-${[...NAMES, '__proto__'].indexOf(name)}`);
    const file = layerFile('output.ts', `${text}export { l };\n`);
    const built = await oftc('build', file, ...DIMS, ...ONE, '-o', out);
    expect(built.exit, built.stderr).toBe(0);
    for (const file of readdirSync(out)) {
      const source = readFileSync(join(out, file), 'utf8');
      expect(syntaxErrors(file, source)).toEqual([]);
      expect(source).not.toMatch(/^throw/m);
    }
    const first = await oftc('rewrite', file, ...DIMS);
    expect(first.exit, first.stderr).toBe(0);
    expect(syntaxErrors('l.ts', first.stdout)).toEqual([]);
    expect(first.stdout).not.toMatch(/^throw/m);
    const again = await oftc('rewrite', layerFile('output-again.ts', first.stdout), ...DIMS);
    expect(again).toEqual(first);
  });
});

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('`', '${', '}', '\\', "'", '"', '\n', '\r', '*/', '\u2028', 'a', '\ud800'),
    }),
  );

  it('is read back from quotes, templates and keys as it was', () => {
    fc.assert(
      fc.property(text, (t) => {
        const read = (source: string): unknown => new Function(`return ${source};`)();
        expect(read(quoted(t))).toBe(t);
        expect(read(templated(t))).toBe(t);
        expect(Object.entries(read(`({ ${key(t)}: 1 })`) as object)).toEqual([[t, 1]]);
      }),
      { ...runs(500, 5000), examples: [['__proto__'], ['constructor']] },
    );
  });

  it('makes an identifier, a name for types and a line of a comment', () => {
    fc.assert(
      fc.property(text, (t) => {
        const taken = new Set([identifier(t)]);
        expect(taken).not.toContain(identifier(t, taken));
        const source = [
          `const ${identifier(t)} = 1;`,
          `const ${identifier(t, taken)} = 2;`,
          `interface ${typeName(t)}Inputs {}`,
          `/* ${commented(t)} */ // ${commented(t)}`,
        ].join('\n');
        expect(syntaxErrors('any.ts', source)).toEqual([]);
        expect(ts.createSourceFile('any.ts', source, ts.ScriptTarget.ES2023).statements).toHaveLength(3);
      }),
      { ...runs(500, 5000), examples: [['delete'], ['await'], ['1'], ['']] },
    );
  });

  it('that can name a file stays in its folder', () => {
    fc.assert(
      fc.property(text, (t) => {
        if (fileNameProblem(t) !== undefined) return;
        expect(t).not.toMatch(/[/\\:*?"<>|]|^\.|[. ]$/);
        expect(join('folder', `${t}.js`)).toBe(`folder/${t}.js`);
      }),
      runs(500, 5000),
    );
  });
});

it.each(['con', 'nul', 'aux', 'oftc', 'vitest', 'typescript', 'class', 'await', 'layer'])(
  'a project cannot be called %s',
  async (name) => {
    expect(refuseName(name)).toBeDefined();
    expect(await oftc('init', name, '--dir', at(`project-${name}`))).toMatchObject({ exit: 2, stdout: '' });
    expect(existsSync(at(`project-${name}`))).toBe(false);
  },
);
