/**
 * The state that all parts of an evaluation share: how many steps it took, where in the source it is, and how it
 * refuses. The interpreter adds how expressions, calls and names are evaluated.
 */
import { DimError } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { withSpans } from '../ir/build.ts';
import { aboveLimit, limits } from '../limits.ts';
import { spanOf, type Via } from './diagnostics.ts';
import { ts } from './ts-host.ts';
import { unsupported } from './unsupported.ts';
import { type Callable, Closure, describe, Native, type Scope, Tensor, type Value } from './values.ts';

export abstract class Evaluation {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The call sites that led to the current place, innermost first. */
  #sites: readonly Via[] = [];
  #calls = 0;
  #steps = 0;

  constructor(program: ts.Program) {
    this.program = program;
    this.checker = program.getTypeChecker();
  }

  abstract evaluate(node: ts.Expression, scope: Scope): Value;

  /** Calls a function from a place in the source. */
  abstract call(f: Callable, args: readonly Value[], site: ts.Node, iteration?: string): Value;

  /** Runs a function's body. The caller has added the call site. */
  abstract enter(f: Closure, args: readonly Value[]): Value;

  /** The value of a name: a variable in scope, or what a module, the language or JavaScript declares. */
  abstract resolve(name: ts.Identifier, scope: Scope): Value;

  /** Counts steps of the evaluation. Throws OFT1015 once there are too many. */
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

  /** Checks the length of an array or a text. Throws OFT1015 where it is too long. */
  checkLength(length: number, of: 'elements' | 'characters', node: ts.Node): void {
    if (length > limits[of].most) this.refuse('OFT1015', aboveLimit(length, limits[of]), node);
  }

  /** Throws an error at the node, with the calls that led there. */
  refuse(code: string, message: string, node: ts.Node): never {
    throw new OftcError(code, message, [spanOf(node), ...this.#sites]);
  }

  /** Refuses a form that is not part of the language, with OFT1001. */
  unsupported(node: ts.Node): never {
    const { what, instead } = unsupported(node);
    return this.refuse('OFT1001', `${what} not part of the language: ${instead}`, node);
  }

  spans(node: ts.Node): readonly Span[] {
    return [spanOf(node), ...this.#sites];
  }

  /** Runs `f`: the nodes that it builds have the span of `node`, and so do its errors that have none. */
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

  /** Runs `f` with `site` as the innermost place on the way. */
  from<T>(site: Via, f: () => T): T {
    const outer = this.#sites;
    this.#sites = [site, ...outer];
    try {
      return f();
    } finally {
      this.#sites = outer;
    }
  }

  /** Runs `f` without call sites: what a module declares is the same for all that use it. */
  alone<T>(f: () => T): T {
    const outer = this.#sites;
    this.#sites = [];
    try {
      return f();
    } finally {
      this.#sites = outer;
    }
  }

  /** Runs the body of a call, one level deeper. Throws OFT1014 where calls are nested too deeply. */
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

  closure(node: ts.FunctionLikeDeclaration, scope: Scope): Closure {
    const asynchronous = node.modifiers?.find((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    if (asynchronous) this.unsupported(asynchronous);
    if (node.asteriskToken) this.unsupported(node.asteriskToken);
    return new Closure(node, scope);
  }

  /** Whether a condition holds. A tensor is a condition only where its type includes undefined, and then true. */
  truth(value: Value, node: ts.Expression): boolean {
    if (!(value instanceof Tensor)) return Boolean(value);
    // An earlier test narrows the type to a tensor, but the declared type still includes undefined.
    const symbol = this.checker.getSymbolAtLocation(node);
    const types = [
      this.checker.getTypeAtLocation(node),
      ...(symbol ? [this.checker.getTypeOfSymbol(symbol)] : []),
    ];
    const absent = ts.TypeFlags.Undefined | ts.TypeFlags.Null;
    const optional = types.some((type) => type.isUnion() && type.types.some((t) => t.flags & absent));
    if (optional) return true;
    return this.refuse(
      'OFT1003',
      'a tensor has no value at compile time, so it cannot decide a condition: branch on configuration, or choose element-wise with max and min',
      node,
    );
  }
}

/** The number of steps that a copy of some elements counts as. */
export const costOf = (elements: number): number => Math.ceil(elements / 64);

/** A value as a function. Throws OFT1017 where it is none. */
export function callback(I: Evaluation, f: Value, at: ts.Node): Callable {
  if (f instanceof Closure || f instanceof Native) return f;
  return I.refuse('OFT1017', `a function goes here, not ${describe(f)}`, at);
}
