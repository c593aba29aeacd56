/**
 * Every snippet on the site compiles. TypeScript is checked with the package's own types, JSON is JSON and Python is
 * Python. A comment before a snippet says what it leaves out: `<!-- given: declare const W: Float32Array; -->` has what
 * stands before it, `<!-- beside examples/custom, given: … -->` also where it stands, and `<!-- not compiled: why -->` is
 * of a text that is no program.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as oftc from '../../src/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The pages whose snippets other tests do not run: test/compiler/errors runs those of docs/errors, authoring.test.ts
 * those of docs/operators, and test/src/bundlers those of docs/bundlers.md.
 */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !/^(?:(?:errors|operators|site)\/|bundlers\.md)/.test(file))
    .map((file) => `docs/${file}`),
];

interface Snippet {
  /** Where it stands, as `page:line`. */
  readonly at: string;
  readonly language: string;
  readonly text: string;
  readonly given: string;
  /** The folder that it stands in. Snippets of a page stand beside one another. */
  readonly folder: string;
}

/** Matches a block of code with the comment before it. */
const BLOCK = /(?:^<!-- (?:beside (\S+), )?(given|not compiled): (.*?) -->\n)?^```(\w+)\n(.*?)^```$/gms;

const snippets = pages.flatMap((page): Snippet[] => {
  const source = readFileSync(join(root, page), 'utf8');
  return [...source.matchAll(BLOCK)].flatMap(
    ({ index, 1: folder, 2: kind, 3: note, 4: language, 5: text }) =>
      kind === 'not compiled'
        ? []
        : [
            {
              at: `${page}:${source.slice(0, index).split('\n').length}`,
              language: language!,
              text: text!,
              given: note ?? '',
              folder: folder ?? page,
            },
          ],
  );
});
const of = (...languages: readonly string[]) => snippets.filter((s) => languages.includes(s.language));

/** The names that a layer is written with. A snippet that imports nothing means these, as the pages say. */
const names = Object.keys(oftc).filter((name) => name !== 'default');

/** The module of a snippet. Its first comment may name its file, for others of the page. */
function moduleOf({ folder, text, given }: Snippet, n: number): [path: string, text: string] {
  const name = /^\/\/ (\w+\.ts)\b/.exec(text)?.[1] ?? `snippet-${n}.ts`;
  const used = names.filter((w) => new RegExp(`\\b${w}\\b`).test(text));
  const imports = /^import /m.test(text) ? '' : `import { ${used.join(', ')} } from 'oftc';`;
  return [join(root, folder, name), `export {};\n${imports}\n${given}\n${text}`];
}

/** The errors of TypeScript in modules, with the places of their snippets. */
function typeErrors(modules: readonly Snippet[]): string[] {
  const texts = new Map(modules.map(moduleOf));
  expect(texts.size).toBe(modules.length);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node', '@webgpu/types'],
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  // Pages stand for folders of their snippets.
  host.directoryExists = () => true;
  host.getSourceFile = (file, target, ...rest) =>
    texts.has(file)
      ? ts.createSourceFile(file, texts.get(file)!, target)
      : getSourceFile(file, target, ...rest);
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file, n) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((d) => `${modules[n]!.at}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`);
  });
}

it('TypeScript', () => {
  const modules = of('ts');
  expect(modules.length).toBeGreaterThan(55);
  expect(typeErrors(modules)).toEqual([]);
});

it('a type error is found, with its place', () => {
  const wrong = {
    at: 'docs/x.md:3',
    language: 'ts',
    given: '',
    folder: 'docs',
    text: 'const a: string = identity(3).T;\n',
  };
  expect(typeErrors([wrong])).toEqual([expect.stringMatching(/^docs\/x\.md:3: /)]);
});

it.each(of('json'))('JSON: $at', ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

it('Python', ({ skip }) => {
  const python = process.env.OFTC_PYTHON ?? 'python3';
  const run = spawnSync(
    python,
    [
      '-c',
      'import ast, json, sys\nfor s in json.load(sys.stdin):\n  try: ast.parse(s["text"])\n  except SyntaxError as e: print(s["at"], e)',
    ],
    {
      encoding: 'utf8',
      input: JSON.stringify(of('py', 'python')),
    },
  );
  if (run.error) return skip(`no ${python}: name one in OFTC_PYTHON`);
  expect(run).toMatchObject({ status: 0, stdout: '' });
});

it('a fence names a language that is highlighted, or none', () => {
  const known = ['ts', 'json', 'sh', 'py', 'python', 'wgsl', 'text', 'mermaid', 'math'];
  expect(
    snippets
      .filter(({ language }) => !known.includes(language))
      .map(({ at, language }) => `${at} ${language}`),
  ).toEqual([]);
});
