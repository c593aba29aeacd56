/**
 * The values of expressions: tensors, and all that is known at compile time. Arrays and objects without a prototype
 * are plain data; the other values are instances of the classes below.
 */
import type { ParamSpec } from '../ir/layer.ts';
import type { Node } from '../ir/node.ts';
import type { LayerDefinition } from './declare.ts';
import type { ts } from './ts-host.ts';

export type Value =
  | number
  | string
  | boolean
  | undefined
  | null
  | readonly Value[]
  | StaticObject
  | Tensor
  | Parameter
  | Callable
  | LayerValue
  | Namespace;

export interface StaticObject {
  readonly [key: string]: Value;
}

export class Tensor {
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
  }
}

/** A declared parameter. */
export class Parameter {
  readonly spec: ParamSpec;
  constructor(spec: ParamSpec) {
    this.spec = spec;
  }
}

/** A function that the author wrote: its source and the variables that it sees. */
export class Closure {
  readonly node: ts.FunctionLikeDeclaration;
  readonly scope: Scope;
  constructor(node: ts.FunctionLikeDeclaration, scope: Scope) {
    this.node = node;
    this.scope = scope;
  }
}

/** The place of a call in the source. The nodes that the call builds, and its errors, have this place. */
export type Site = ts.Node;

/** A function of the language or of JavaScript's standard library. */
export class Native {
  readonly name: string;
  readonly call: (args: readonly Value[], site: Site) => Value;
  /** The function's static members, such as `from` of `Array`. */
  readonly members: ReadonlyMap<string, Value>;
  constructor(name: string, call: Native['call'], members: Native['members'] = new Map()) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

/**
 * A native function bound to its receiver. It is called where it is named, because JavaScript loses the receiver
 * elsewhere.
 */
export class Method extends Native {}

export type Callable = Closure | Native;

export class LayerValue {
  readonly definition: LayerDefinition;
  readonly node: ts.Node;
  constructor(definition: LayerDefinition, node: ts.Node) {
    this.definition = definition;
    this.node = node;
  }
}

/** A namespace: `Math`, or a module imported with `* as`. `member` throws for a name that it does not have. */
export class Namespace {
  readonly name: string;
  readonly member: (name: string, site: Site) => Value;
  constructor(name: string, member: Namespace['member']) {
    this.name = name;
    this.member = member;
  }
}

/** A variable. Only the function call that declared it can assign to it, and only if it is declared with `let`. */
export interface Variable {
  value: Value;
  readonly mutable: boolean;
}

/** A lexical scope. The blocks of one function call share its `invocation`. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly invocation: object;
  readonly variables = new Map<ts.Symbol, Variable>();
  constructor(parent: Scope | undefined, invocation: object = parent?.invocation ?? {}) {
    this.parent = parent;
    this.invocation = invocation;
  }

  find(symbol: ts.Symbol): { readonly variable: Variable; readonly scope: Scope } | undefined {
    const variable = this.variables.get(symbol);
    return variable ? { variable, scope: this } : this.parent?.find(symbol);
  }
}

export const isArray = (v: Value): v is readonly Value[] => Array.isArray(v);

export const isObject = (v: Value): v is StaticObject =>
  typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === null;

export const isPrimitive = (v: Value): v is number | string | boolean | undefined | null =>
  v === null || (typeof v !== 'object' && typeof v !== 'function');

export function staticObject(entries: Iterable<readonly [string, Value]>): StaticObject {
  const object: Record<string, Value> = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** A value's name in messages. */
export function describe(v: Value): string {
  if (v === null || v === undefined) return String(v);
  if (isPrimitive(v)) return `${typeof v} ${JSON.stringify(v)}`;
  if (isArray(v)) return 'an array';
  if (v instanceof Tensor) return 'a tensor';
  if (v instanceof Parameter) return 'a declared parameter';
  if (v instanceof LayerValue) return 'a layer';
  if (v instanceof Closure || v instanceof Native) return 'a function';
  if (v instanceof Namespace) return `'${v.name}'`;
  return 'an object';
}

/** Whether a value is plain data, as configurations and options must be. */
export function isPlain(v: Value): boolean {
  return isPrimitive(v) || (isArray(v) ? v.every(isPlain) : isObject(v) && Object.values(v).every(isPlain));
}
