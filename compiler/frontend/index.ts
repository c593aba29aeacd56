/** From an author's file to a Program: the source as TypeScript checks it, evaluated at one configuration. */
import { OftcError } from '../ir/error.ts';
import { buildProgram } from '../ir/layer.ts';
import type { Program, Span } from '../ir/node.ts';
import { readConfig } from './config.ts';
import { type Config, layerSpec, resolveConfig } from './declare.ts';
import { spanOf, tensorOperator, toDiagnostic } from './diagnostics.ts';
import { Interpreter } from './interpreter.ts';
import { isLanguageDeclaration, type Source, TypeScriptHost } from './source.ts';
import { ts } from './ts-host.ts';
import { unsupported } from './unsupported.ts';
import { LayerValue, type StaticObject } from './values.ts';

export { type Code, codes } from './codes.ts';
export { codeOf, formatDiagnostics } from './diagnostics.ts';
export type { ts } from './ts-host.ts';

export interface FrontEndOptions {
  /** What relative paths are relative to; default the working directory. */
  readonly rootDir?: string;
  /** Text that stands for a file, by absolute path: an editor's buffers. Read at every `lower`. */
  readonly overlay?: ReadonlyMap<string, string>;
}

export interface LowerRequest {
  /** The exported name; may be left out when the file exports one layer. */
  readonly layer?: string;
  /** Values, or their text as a command line gives it. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Lowered {
  /** Absent exactly when there are errors. */
  readonly program?: Program;
  /** Exported layers, in the order of the file. */
  readonly layers: readonly string[];
  /** The configuration in full; empty when it could not be resolved. */
  readonly config: Config;
  readonly diagnostics: readonly ts.Diagnostic[];
}

/** Keeps what TypeScript knows between calls; make one and reuse it. */
export class FrontEnd {
  readonly #host: TypeScriptHost;

  constructor({ rootDir, overlay = new Map() }: FrontEndOptions = {}) {
    this.#host = new TypeScriptHost(rootDir, overlay);
  }

  /** Never throws for what the author wrote: every refusal is a diagnostic. */
  lower(file: string, request: LowerRequest = {}): Lowered {
    const source = this.#host.open(file);
    if (source.file === undefined) {
      return failure([], [new OftcError('OFT1045', `cannot read '${file}'`)], source);
    }
    const exported = exportedLayers(source, source.file);
    const layers = exported.map((e) => e.name);
    try {
      const errors = typeErrors(source);
      if (errors.length > 0) return { layers, config: {}, diagnostics: errors };
      const misplaced = source.authored.flatMap(moduleStatements);
      if (misplaced.length > 0) return failure(layers, misplaced, source);
      return lowerLayer(source, chooseLayer(file, exported, request.layer), layers, request.config ?? {});
    } catch (e) {
      if (e instanceof OftcError) return failure(layers, [e], source);
      if (!(e instanceof RangeError && /call stack/.test(e.message))) throw e;
      const deep = new OftcError('OFT1014', 'this file is nested too deeply', [
        spanOf(source.file.statements[0] ?? source.file),
      ]);
      return failure(layers, [deep], source);
    }
  }

  /** Where a span begins, counted from 1, in the text as last lowered. Throws RangeError for an unknown file. */
  locate(span: Span): { readonly file: string; readonly line: number; readonly column: number } {
    const file = this.#host.sourceFile(span.file);
    if (!file) throw new RangeError(`'${span.file}' was not read by the last lowering`);
    const { line, character } = file.getLineAndCharacterOfPosition(span.start);
    return { file: span.file, line: line + 1, column: character + 1 };
  }
}

interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly config: ts.Type;
}

const failure = (layers: readonly string[], errors: readonly OftcError[], { program }: Source): Lowered => ({
  layers,
  config: {},
  diagnostics: errors.map((e) => toDiagnostic(e, (f) => program.getSourceFile(f))),
});

function lowerLayer(source: Source, layer: Exported, layers: readonly string[], given: Config): Lowered {
  const interpreter = new Interpreter(source.program);
  const [declaration] = layer.symbol.declarations ?? [source.file!];
  const value = interpreter.declared(layer.symbol, declaration!);
  if (!(value instanceof LayerValue))
    return interpreter.refuse('OFT1040', `'${layer.name}' is not made with layer(…)`, declaration!);
  const config: StaticObject = readConfig(source.checker, layer.name, layer.config, given);
  const program = interpreter.at(value.node, () => buildProgram(layerSpec(value.definition, config)));
  return {
    program,
    layers,
    config: resolveConfig(layer.name, value.definition.defaults, config),
    diagnostics: [],
  };
}

/** Exports whose type is the language's `Layer<Declarations, Result, Config>`. */
function exportedLayers({ checker }: Source, file: ts.SourceFile): Exported[] {
  const module = checker.getSymbolAtLocation(file);
  return (module ? checker.getExportsOfModule(module) : []).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!(target.flags & ts.SymbolFlags.Value)) return [];
    const type = checker.getTypeOfSymbol(target);
    const declaration = type.symbol?.declarations?.[0];
    if (type.symbol?.name !== 'Layer' || !declaration || !isLanguageDeclaration(declaration)) return [];
    const config = checker.getTypeArguments(type as ts.TypeReference)[2];
    return config ? [{ name: symbol.name, symbol, config }] : [];
  });
}

function chooseLayer(file: string, exported: readonly Exported[], name: string | undefined): Exported {
  const names = exported.map((e) => e.name).join(', ');
  if (exported.length === 0)
    throw new OftcError('OFT1040', `'${file}' exports no layer: write export const name = layer(…)`);
  if (name === undefined && exported.length > 1)
    throw new OftcError('OFT1041', `'${file}' exports several layers; name one of ${names}`);
  const chosen = name === undefined ? exported[0] : exported.find((e) => e.name === name);
  if (!chosen) throw new OftcError('OFT1041', `'${file}' exports no layer '${name}'; it exports ${names}`);
  return chosen;
}

/** TypeScript's own errors, each followed by ours where it stems from an operator on tensors. */
function typeErrors({ program, checker, authored }: Source): ts.Diagnostic[] {
  return authored.flatMap((file) => {
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    const errors = found.filter((d) => d.category === ts.DiagnosticCategory.Error);
    const explained = new Set<ts.Node>();
    return errors.flatMap((d) => {
      const node = operatorAt(file, d);
      if (!node || explained.has(node) || ![node.left, node.right].some((e) => isTensor(checker, e)))
        return [d];
      explained.add(node);
      const { code, message } = tensorOperator(
        node.operatorToken.getText(),
        node.left.getText(),
        node.right.getText(),
      );
      return [d, toDiagnostic(new OftcError(code, message, [spanOf(node)]), () => file)];
    });
  });
}

/** TypeScript's refusals of operands: 2362 left, 2363 right, 2365 both. */
function operatorAt(file: ts.SourceFile, d: ts.Diagnostic): ts.BinaryExpression | undefined {
  if (![2362, 2363, 2365].includes(d.code) || d.start === undefined) return undefined;
  const end = d.start + (d.length ?? 0);
  const find = (node: ts.Node): ts.BinaryExpression | undefined => {
    if (node.getStart() > d.start! || node.getEnd() < end) return undefined;
    return ts.forEachChild(node, find) ?? (ts.isBinaryExpression(node) ? node : undefined);
  };
  return find(file);
}

function isTensor(checker: ts.TypeChecker, node: ts.Expression): boolean {
  const declaration = checker.getTypeAtLocation(node).symbol?.declarations?.[0];
  return declaration !== undefined && isLanguageDeclaration(declaration);
}

/** What a module may hold: declarations. Anything else would run when imported but not when lowered. */
function moduleStatements(file: ts.SourceFile): OftcError[] {
  return file.statements.flatMap((s) => {
    if (
      ts.isExpressionStatement(s) ||
      ts.isIfStatement(s) ||
      ts.isBlock(s) ||
      ts.isIterationStatement(s, false) ||
      ts.isThrowStatement(s)
    ) {
      return [
        new OftcError(
          'OFT1002',
          'a layer file only declares: move this statement into a function or another file',
          [spanOf(s)],
        ),
      ];
    }
    if (ts.isTryStatement(s) || ts.isSwitchStatement(s) || ts.isLabeledStatement(s)) {
      const { what, instead } = unsupported(s);
      return [new OftcError('OFT1001', `${what} not part of the language: ${instead}`, [spanOf(s)])];
    }
    return [];
  });
}
