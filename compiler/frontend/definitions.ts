/**
 * Runs `defineOperator` and `defineRule` in an author's files. A loader of the host runs these files and does not lower
 * them, because an operator's signature, gradient and meaning are programs of their own.
 */
import { OftcError } from '../errors/error.ts';
import { definesAny, forget, inRun } from '../extend/definitions.ts';
import { spanOf } from './diagnostics.ts';
import { files } from './files.ts';
import { isLanguageDeclaration, type Source } from './source.ts';
import { ts } from './ts-host.ts';

/** Runs an author's module, which registers its definitions in this process. */
export type LoadModule = (file: string) => unknown;

const DEFINES = ['defineOperator', 'defineRule'] as const;

export interface Definition {
  readonly by: (typeof DEFINES)[number];
  readonly call: ts.CallExpression;
  /** The property `name` of the call's argument, which must be an object literal. */
  readonly name: ts.Expression | undefined;
}

const bare = (e: ts.Expression): ts.Expression =>
  ts.isParenthesizedExpression(e) || ts.isAsExpression(e) || ts.isSatisfiesExpression(e)
    ? bare(e.expression)
    : e;

/** The definition that an expression makes; undefined where it makes none. */
export function definitionOf(checker: ts.TypeChecker, expression: ts.Expression): Definition | undefined {
  const call = bare(expression);
  if (!ts.isCallExpression(call)) return undefined;
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = checker.getSymbolAtLocation(callee);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const by = DEFINES.find((d) => d === target?.name);
  if (!by || !target?.declarations?.every(isLanguageDeclaration)) return undefined;
  const [argument] = call.arguments;
  const literal = argument && bare(argument);
  const named =
    literal && ts.isObjectLiteralExpression(literal)
      ? literal.properties.find((p) => p.name?.getText() === 'name')
      : undefined;
  return { by, call, name: named && ts.isPropertyAssignment(named) ? named.initializer : undefined };
}

/** The definitions at a file's module level, in order. */
function definitionsIn(checker: ts.TypeChecker, file: ts.SourceFile): Definition[] {
  const expressions = file.statements.flatMap((s) => {
    if (ts.isExpressionStatement(s)) return [s.expression];
    return ts.isVariableStatement(s) ? s.declarationList.declarations.map((d) => d.initializer) : [];
  });
  return expressions.flatMap((e) => (e && definitionOf(checker, e)) ?? []);
}

const NOT_RUN =
  'an operator or a rule is defined by running its file, and no file can be run here, as in a browser: compile it with Node';

/** Keeps the registered operators and rules the same as those in the lowered sources. */
export class Definitions {
  readonly #load: LoadModule | undefined;
  #loaded: Source | undefined;
  #files: ReadonlySet<string> = new Set();

  constructor(load: LoadModule | undefined) {
    this.#load = load;
  }

  /**
   * Replaces all definitions by those of `source`: removes the earlier ones, then runs the files that define something.
   * Throws the errors of `defineOperator` and `defineRule`, located at the definition, and OFT5004 where a module fails
   * in another way or nothing can run it.
   */
  update(source: Source): void {
    if (this.#loaded === source) return;
    const defining = source.authored.flatMap((file) => {
      const definitions = definitionsIn(source.checker, file);
      return definitions.length > 0 ? [{ file, definitions }] : [];
    });
    const found = new Set(defining.map((d) => realPath(d.file)));
    forget(new Set([...this.#files, ...found]));
    this.#files = found;
    this.#loaded = undefined;
    // A file that an earlier one imports has already run.
    for (const d of defining) if (!definesAny(realPath(d.file))) this.#run(d.file, d.definitions);
    this.#loaded = source;
  }

  #run(file: ts.SourceFile, definitions: readonly Definition[]): void {
    const [first] = definitions;
    try {
      if (!this.#load) throw new OftcError('OFT5004', NOT_RUN);
      const load = this.#load;
      inRun(() => load(realPath(file)));
    } catch (e) {
      if (!(e instanceof OftcError)) {
        const message = `running '${file.fileName}' for its definitions failed: ${e instanceof Error ? e.message : String(e)}`;
        throw new OftcError('OFT5004', message, [spanOf(first!.call.expression)]);
      }
      const named = definitions.find((d) => d.name && e.message.includes(` ${quoted(d.name)}`));
      throw new OftcError(e.code, e.message, [spanOf((named ?? first!).call.expression)]);
    }
  }
}

const realPath = (file: ts.SourceFile): string => files().realpath?.(file.fileName) ?? file.fileName;

const quoted = (name: ts.Expression): string =>
  ts.isStringLiteralLike(name) ? `'${name.text}'` : name.getText();
