/**
 * No message names an option that its command lacks. Each text in the files that a command can reach names only the
 * command's options, or names the other command that has the option.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../compiler/errors/catalogue.ts';
import { oftc } from './harness.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const help = async (...command: string[]) => (await oftc(...command, '--help')).stdout;
const COMMANDS = [...(await help()).matchAll(/^ {2}(\w+) .*[<[].*$/gm)]
  .map((m) => m[1]!)
  .filter((name) => existsSync(`${ROOT}src/cli/commands/${name}.ts`));
const optionsOf = new Map<string, ReadonlySet<string>>();
for (const command of COMMANDS)
  optionsOf.set(
    command,
    new Set(['--help', ...((await help(command)).match(/(?<=^ {2}(-\w, )?)--[a-z-]+/gm) ?? [])]),
  );

const SOURCES = ['run', 'explain', 'check', 'rewrite', 'build', 'tune'];
/**
 * Files whose texts not every command that imports them prints, with the commands that do. No command prints those of
 * a file that declares options.
 */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'src/cli/options.ts': [],
  'src/cli/finetune/model-options.ts': [],
  'src/cli/finetune/run-options.ts': [],
  'src/cli/finetune/convert-options.ts': [],
  'src/cli/writable.ts': ['finetune', 'merge', 'convert'],
  // Only finetune holds something out.
  'src/cli/finetune/data.ts': ['finetune'],
  'src/cli/finetune/exam.ts': ['finetune'],
  'src/cli/finetune/with-model.ts': ['eval'],
  // The other commands read no conversation.
  'src/formats/chat/index.ts': ['finetune', 'generate', 'eval', 'convert'],
  'src/formats/chat/render.ts': ['finetune', 'generate', 'eval', 'convert'],
  'src/formats/chat/template.ts': ['finetune', 'generate', 'eval', 'convert'],
  // Where no sizes fit, merge and finetune treat the layer as one without a weight.
  'src/identity/sizes.ts': ['check', 'tune'],
  'src/explain/group-text.ts': ['explain'],
  'src/explain/legend.ts': ['explain'],
  // The other commands take an adapter as it is: they start none.
  'src/finetune/adapter-files.ts': ['finetune'],
  'src/finetune/peft-names.ts': ['finetune'],
  'src/finetune/peft-factors.ts': ['finetune'],
  'src/finetune/loop/checkpoint.ts': ['finetune'],
  'src/finetune/loop/run-folder.ts': ['finetune'],
  'src/finetune/loop/step.ts': ['finetune'],
  // A trained adapter has all sizes, so that only finetune asks for them.
  'src/finetune/models/adapted.ts': ['finetune'],
  // inspect reads no code, and says so.
  'src/finetune/own-files.ts': ['finetune', 'generate', 'eval', 'merge', 'convert'],
  // Commands on models give the option's name.
  'compiler/ir/bind.ts': SOURCES,
};

const parsed = new Map<string, ts.SourceFile>();
function sourceOf(path: string): ts.SourceFile {
  const known =
    parsed.get(path) ?? ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  parsed.set(path, known);
  return known;
}

/** The files of this project that a file imports, types aside. */
function importsOf(path: string): string[] {
  const found: string[] = [];
  const visit = (n: ts.Node): void => {
    const isType = ts.isImportDeclaration(n) && n.importClause?.isTypeOnly;
    if ((ts.isImportDeclaration(n) || ts.isExportDeclaration(n)) && !isType && n.moduleSpecifier)
      found.push((n.moduleSpecifier as ts.StringLiteral).text);
    if (
      ts.isCallExpression(n) &&
      n.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(n.arguments[0]!)
    )
      found.push(n.arguments[0].text);
    ts.forEachChild(n, visit);
  };
  visit(sourceOf(path));
  return found.filter((f) => f.startsWith('.')).map((f) => resolve(dirname(path), f));
}

function reachedFrom(command: string): Set<string> {
  const reached = new Set<string>();
  const open = [`${ROOT}src/cli/commands/${command}.ts`, `${ROOT}src/cli/errors.ts`];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path) || !existsSync(path)) continue;
    reached.add(path);
    open.push(...importsOf(path));
  }
  return reached;
}

/** The texts of a file that name options: whole literals, with what they are filled in with. */
function textsOf(path: string): string[] {
  const texts: string[] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isStringLiteralLike(n) || ts.isTemplateExpression(n)) texts.push(n.getText());
    else ts.forEachChild(n, visit);
  };
  visit(sourceOf(path));
  return texts.filter((t) => /--[a-z]/.test(t));
}

const optionsIn = (text: string): string[] => text.match(/(?<![\w-])--[a-z][a-z-]*(?![A-Za-z])/g) ?? [];

/** The options in a text that belong neither to the command nor to a command that the text names. */
function lacking(text: string, command: string): string[] {
  const named = COMMANDS.filter((c) => new RegExp(`\\b${c}\\b`).test(text));
  const known = [command, ...named].map((c) => optionsOf.get(c)!);
  return optionsIn(text).filter((o) => !known.some((k) => k.has(o)));
}

describe.each(COMMANDS)('%s', (command) => {
  it('names only options that it has', () => {
    const wrong = [...reachedFrom(command)]
      .filter((path) => !path.includes('/compiler/errors/codes/'))
      .filter((path) => (PRINTED[path.slice(ROOT.length)] ?? [command]).includes(command))
      .flatMap((path) => textsOf(path).map((text) => ({ path, text, lacks: lacking(text, command) })))
      .filter(({ lacks }) => lacks.length > 0);
    expect(wrong).toEqual([]);
  });
});

it('the catalogue names only options that some command has', () => {
  const options = new Set([...optionsOf.values()].flatMap((o) => [...o]));
  const named = Object.values(catalogue).flatMap(({ explanation, fix }) =>
    optionsIn(`${explanation} ${fix}`),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((o) => !options.has(o))).toEqual([]);
});
