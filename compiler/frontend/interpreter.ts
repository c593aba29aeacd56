/**
 * Evaluates the author's modules at compile time. All values but tensors are known then. The tables of
 * compiler/ops/surface.ts build tensors, with the spans of the expression and of the calls that led to it.
 */
import { withDims } from '../dims/scope.ts';
import { getOrMake } from '../keyed.ts';
import { aboveLimit, limits } from '../limits.ts';
import { definitionOf } from './definitions.ts';
import { Evaluation } from './evaluation.ts';
import { evaluateExpression } from './expressions.ts';
import { definedValue, languageValue } from './language.ts';
import { globalValue } from './library.ts';
import { foreignCode, isForeign } from './packages.ts';
import { bind } from './patterns.ts';
import { isLanguageDeclaration } from './source.ts';
import { runStatements } from './statements.ts';
import { ts } from './ts-host.ts';
import { type Callable, type Closure, Namespace, Native, Scope, type Value } from './values.ts';

const EVALUATING = Symbol('evaluating');

export class Interpreter extends Evaluation {
  readonly #constants = new Map<ts.Symbol, Value | typeof EVALUATING>();
  readonly #modules = new Map<ts.SourceFile, Scope>();
  #depth = 0;

  evaluate(node: ts.Expression, scope: Scope): Value {
    this.spend(1, node);
    if (this.#depth >= limits.nesting.most) {
      const found = aboveLimit(this.#depth + 1, limits.nesting);
      this.refuse('OFT1014', `this is nested too deeply: ${found}`, node);
    }
    this.#depth++;
    try {
      return evaluateExpression(this, node, scope);
    } finally {
      this.#depth--;
    }
  }

  call(f: Callable, args: readonly Value[], site: ts.Node, iteration?: string): Value {
    return f instanceof Native ? f.call(args, site) : this.inline(site, () => this.enter(f, args), iteration);
  }

  enter(f: Closure, args: readonly Value[]): Value {
    const scope = new Scope(f.scope, {});
    f.node.parameters.forEach((p, i) => {
      const value = p.dotDotDotToken ? args.slice(i) : args[i];
      const given = value === undefined && p.initializer ? this.evaluate(p.initializer, scope) : value;
      bind(this, p.name, given, scope, true);
    });
    const body = f.node.body;
    if (body === undefined) return this.refuse('OFT1008', 'this function has no body to inline', f.node);
    if (!ts.isBlock(body)) return this.evaluate(body, scope);
    const done = runStatements(this, body.statements, scope);
    return typeof done === 'object' ? done.value : undefined;
  }

  resolve(name: ts.Identifier, scope: Scope): Value {
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? this.checker.getShorthandAssignmentValueSymbol(name.parent)
      : this.checker.getSymbolAtLocation(name);
    if (symbol === undefined) return this.refuse('OFT1009', `'${name.text}' is not defined`, name);
    const local = scope.find(symbol);
    return local ? local.variable.value : this.declared(symbol, name);
  }

  /** The value of a symbol that is declared outside functions. */
  declared(symbol: ts.Symbol, site: ts.Node): Value {
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    const known = this.#constants.get(target);
    if (known === EVALUATING) {
      return this.refuse('OFT1016', `'${target.name}' is used before it is defined`, site);
    }
    if (known !== undefined) return known;
    this.#constants.set(target, EVALUATING);
    try {
      const value = withDims({}, () => this.#evaluateDeclaration(target, site));
      this.#constants.set(target, value);
      return value;
    } catch (e) {
      this.#constants.delete(target);
      throw e;
    }
  }

  #evaluateDeclaration(symbol: ts.Symbol, site: ts.Node): Value {
    const declarations = symbol.declarations ?? [];
    const node =
      declarations.find((d) => ts.isFunctionDeclaration(d) && d.body) ??
      symbol.valueDeclaration ??
      declarations[0];
    if (node === undefined) {
      return symbol.name === 'undefined'
        ? undefined
        : this.refuse('OFT1009', `'${symbol.name}' is not defined`, site);
    }
    if (ts.isSourceFile(node)) return this.#module(symbol, node);
    if (isLanguageDeclaration(node)) return languageValue(this, symbol.name, node, site);
    const file = node.getSourceFile();
    if (this.program.isSourceFileDefaultLibrary(file)) return globalValue(this, symbol.name, site);
    if (isForeign(this.program, node)) return this.refuse('OFT1008', foreignCode(symbol), site);
    return this.#authored(symbol, node, file, site);
  }

  #authored(symbol: ts.Symbol, node: ts.Declaration, file: ts.SourceFile, site: ts.Node): Value {
    const scope = getOrMake(this.#modules, file, () => new Scope(undefined));
    return this.alone(() => {
      if (ts.isFunctionDeclaration(node)) return this.closure(node, scope);
      if (ts.isExportAssignment(node)) return this.evaluate(node.expression, scope);
      const variable = variableOf(node);
      if (variable === undefined) return this.unsupported(node);
      if (!(ts.getCombinedNodeFlags(variable) & ts.NodeFlags.Const)) {
        return this.refuse('OFT1005', `'${symbol.name}' is module state: declare it const`, variable.name);
      }
      if (variable.initializer === undefined) {
        return this.refuse(
          'OFT1008',
          `'${symbol.name}' is declared but has no value at compile time`,
          variable.name,
        );
      }
      const definition = definitionOf(this.checker, variable.initializer);
      const value = definition
        ? definedValue(this, definition, scope)
        : this.evaluate(variable.initializer, scope);
      bind(this, variable.name, value, scope, false);
      return (
        scope.find(symbol)?.variable.value ?? this.refuse('OFT1009', `'${symbol.name}' is not defined`, site)
      );
    });
  }

  #module(symbol: ts.Symbol, file: ts.SourceFile): Value {
    return new Namespace(file.fileName.slice(file.fileName.lastIndexOf('/') + 1), (name, site) => {
      const member = this.checker.tryGetMemberInModuleExports(name, symbol);
      return member
        ? this.declared(member, site)
        : this.refuse('OFT1009', `this module exports no '${name}'`, site);
    });
  }
}

function variableOf(node: ts.Node): ts.VariableDeclaration | undefined {
  if (ts.isVariableDeclaration(node)) return node;
  return ts.isBindingElement(node) || ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node)
    ? variableOf(node.parent)
    : undefined;
}
