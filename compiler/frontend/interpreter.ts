/**
 * Evaluates the author's modules at compile time. Everything but tensors is known; tensors are built by the
 * tables of compiler/ops/surface.ts, under the spans of the expression and of the calls that led to it.
 */
import { withSpans } from '../ir/build.ts';
import { DimError } from '../ir/dims.ts';
import { OftcError } from '../ir/error.ts';
import type { Span } from '../ir/node.ts';
import { withDims } from '../ir/scope.ts';
import { aboveLimit, limits } from '../limits.ts';
import { definitionOf } from './definitions.ts';
import { spanOf, type Via } from './diagnostics.ts';
import { evaluateExpression } from './expressions.ts';
import { definedValue, languageValue } from './language.ts';
import { globalValue } from './library.ts';
import { bind } from './patterns.ts';
import { isLanguageDeclaration } from './source.ts';
import { runStatements } from './statements.ts';
import { ts } from './ts-host.ts';
import { unsupported } from './unsupported.ts';
import { type Callable, Closure, Namespace, Native, Scope, Tensor, type Value } from './values.ts';

const EVALUATING = Symbol('evaluating');

export class Interpreter {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly #constants = new Map<ts.Symbol, Value | typeof EVALUATING>();
  readonly #modules = new Map<ts.SourceFile, Scope>();
  /** Call sites, innermost first. */
  #sites: readonly Via[] = [];
  #calls = 0;
  #depth = 0;
  #steps = 0;

  constructor(program: ts.Program) {
    this.program = program;
    this.checker = program.getTypeChecker();
  }

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

  /** Counts steps of the evaluation. Throws OFT1015 where there are too many. */
  spend(steps: number, node: ts.Node): void {
    this.#steps += steps;
    if (this.#steps > limits.steps.most) {
      const { most, because } = limits.steps;
      this.refuse(
        'OFT1015',
        `this takes too many steps at compile time: the limit is ${most.toLocaleString('en')}, because ${because}`,
        node,
      );
    }
  }

  /** Throws OFT1015 for an array or a text that is too long. */
  checkLength(length: number, of: 'elements' | 'characters', node: ts.Node): void {
    if (length > limits[of].most) this.refuse('OFT1015', aboveLimit(length, limits[of]), node);
  }

  /** Throws an error located at the node, with the calls that led there. */
  refuse(code: string, message: string, node: ts.Node): never {
    throw new OftcError(code, message, [spanOf(node), ...this.#sites]);
  }

  /** Refuses a form that is not part of the language. */
  unsupported(node: ts.Node): never {
    const { what, instead } = unsupported(node);
    return this.refuse('OFT1001', `${what} not part of the language: ${instead}`, node);
  }

  spans(node: ts.Node): readonly Span[] {
    return [spanOf(node), ...this.#sites];
  }

  /** Runs `f` building nodes at `node`; what `f` refuses without a place is located there. */
  at<T>(node: ts.Node, f: () => T): T {
    const spans = this.spans(node);
    try {
      return withSpans(spans, f);
    } catch (e) {
      if (e instanceof DimError) throw new OftcError('OFT1010', e.message, spans);
      if (e instanceof OftcError && e.spans.length === 0) throw new OftcError(e.code, e.message, spans);
      throw e;
    }
  }

  /** Runs `f` as reached from `site`. */
  from<T>(site: Via, f: () => T): T {
    const outer = this.#sites;
    this.#sites = [site, ...outer];
    try {
      return f();
    } finally {
      this.#sites = outer;
    }
  }

  /** Calls a function from a place in the source. */
  call(f: Callable, args: readonly Value[], site: ts.Node, iteration?: string): Value {
    return f instanceof Native ? f.call(args, site) : this.inline(site, () => this.enter(f, args), iteration);
  }

  /** Runs what a call stands for, one call deeper. */
  inline<T>(site: ts.Node, f: () => T, iteration?: string): T {
    if (this.#calls >= limits.calls.most) {
      this.refuse(
        'OFT1014',
        `calls are nested more than ${limits.calls.most} deep: recursion must end at compile time`,
        site,
      );
    }
    this.#calls++;
    try {
      return this.from(iteration === undefined ? spanOf(site) : { ...spanOf(site), iteration }, f);
    } finally {
      this.#calls--;
    }
  }

  /** Runs a function's body; a call site is the caller's to add. */
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

  closure(node: ts.FunctionLikeDeclaration, scope: Scope): Closure {
    const asynchronous = node.modifiers?.find((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    if (asynchronous) this.unsupported(asynchronous);
    if (node.asteriskToken) this.unsupported(node.asteriskToken);
    return new Closure(node, scope);
  }

  /** Whether a condition holds. A tensor may only be tested for presence, where its type says it may be absent. */
  truth(value: Value, node: ts.Expression): boolean {
    if (!(value instanceof Tensor)) return Boolean(value);
    const type = this.checker.getTypeAtLocation(node);
    const optional =
      type.isUnion() && type.types.some((t) => t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null));
    if (optional) return true;
    return this.refuse(
      'OFT1003',
      'a tensor has no value at compile time, so it cannot decide a condition: branch on configuration, or choose element-wise with max and min',
      node,
    );
  }

  /** The value of a name: a variable in scope, or a declaration of a module, of the language or of JavaScript. */
  resolve(name: ts.Identifier, scope: Scope): Value {
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? this.checker.getShorthandAssignmentValueSymbol(name.parent)
      : this.checker.getSymbolAtLocation(name);
    if (symbol === undefined) return this.refuse('OFT1009', `'${name.text}' is not defined`, name);
    const local = scope.find(symbol);
    return local ? local.variable.value : this.declared(symbol, name);
  }

  /** The value a symbol has outside functions. */
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
    if (file.isDeclarationFile || this.program.isSourceFileFromExternalLibrary(file)) {
      return this.refuse(
        'OFT1008',
        `'${symbol.name}' is code of another package: inside a layer only oftc and your own modules can be used`,
        site,
      );
    }
    return this.#authored(symbol, node, file, site);
  }

  #authored(symbol: ts.Symbol, node: ts.Declaration, file: ts.SourceFile, site: ts.Node): Value {
    const scope = this.#modules.get(file) ?? new Scope(undefined);
    this.#modules.set(file, scope);
    const outer = this.#sites;
    this.#sites = [];
    try {
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
    } finally {
      this.#sites = outer;
    }
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
