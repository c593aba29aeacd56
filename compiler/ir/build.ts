/** Builds nodes: checks signatures, gives spans, and holds the structural identity that sharing rests on. */
import { type Dim, equalDim, printDim } from '../dims/dims.ts';
import type { Rational } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { aboveLimit, limits } from '../limits.ts';
import { postOrder } from '../primitives/walk.ts';
import type { Attr, Attrs, Claims, InputNode, Node, OpNode, Program, TensorType } from './node.ts';
import { isConstant, operator } from './operator.ts';
import { argsOf, fold } from './walk.ts';

let current: readonly Span[] = [];

/**
 * Runs `f`. Its new nodes carry `spans`, and so does a refusal that has no place yet. The front end and the rules say
 * with them where nodes come from.
 */
export function withSpans<T>(spans: readonly Span[], f: () => T): T {
  const outer = current;
  current = spans;
  try {
    return f();
  } catch (e) {
    throw located(e);
  } finally {
    current = outer;
  }
}

/** The number of nodes that the author's code may still build; infinite where other code builds them. */
let allowed = Number.POSITIVE_INFINITY;

/** Runs the author's code, which may build as many nodes as a layer may have. */
export function withinProgram<T>(f: () => T): T {
  const outer = allowed;
  allowed = Math.min(outer, limits.programNodes.most);
  try {
    return f();
  } finally {
    allowed = outer;
  }
}

/** The error, located at the current spans if it is a refusal that has no place yet. */
const located = (e: unknown): unknown =>
  e instanceof OftcError && e.spans.length === 0 && current.length > 0 ? e.at(current) : e;

const NO_ATTRS: Attrs = {};

/** The types of operands. Beside f16, a constant is f16. */
export function typesOf(args: readonly Node[]): TensorType[] {
  const types = args.map((a) => a.type);
  const isMixed = types.some((t) => t.dtype === 'f16') && types.some((t) => t.dtype === 'f32');
  return isMixed
    ? types.map((t, i) => (t.dtype === 'f32' && isConstant(args[i]!) ? { ...t, dtype: 'f16' } : t))
    : types;
}

/** Applies a registered operator. Throws OftcError, located at the spans, where the signature refuses. */
export function apply(op: string, args: readonly Node[], attrs = NO_ATTRS): OpNode {
  if (--allowed < 0) {
    const { most } = limits.programNodes;
    throw located(new OftcError('OFT1015', aboveLimit(most - allowed, limits.programNodes)));
  }
  try {
    const type = operator(op).type(typesOf(args), attrs);
    return { kind: 'op', op, args, attrs, type, spans: current };
  } catch (e) {
    throw located(e);
  }
}

/** The node's operator applied to other arguments, with the node's attributes and spans. */
export function reapply(node: OpNode, args: readonly Node[]): OpNode {
  if (args.length === node.args.length && args.every((a, i) => a === node.args[i])) return node;
  return withSpans(node.spans, () => apply(node.op, args, node.attrs));
}

export const input = (name: string, role: InputNode['role'], type: TensorType): InputNode => ({
  kind: 'input',
  name,
  role,
  type,
  spans: current,
});

const isDim = (a: object): a is Dim => 'terms' in a;
const isRational = (a: object): a is Rational => 'num' in a;

/** Prints an attribute in normal form; equal attributes print the same. */
export function printAttr(a: Attr): string {
  if (typeof a !== 'object') return JSON.stringify(a);
  if (Array.isArray(a)) return `[${a.map(printAttr).join(',')}]`;
  if (isDim(a)) return printDim(a);
  if (isRational(a)) return `${a.num}/${a.den}`;
  const known = printed.get(a);
  if (known !== undefined) return known;
  const entries = Object.entries(a as Attrs).sort(([x], [y]) => (x < y ? -1 : 1));
  const text = `{${entries.map(([k, v]) => `${k}:${printAttr(v)}`).join(',')}}`;
  printed.set(a, text);
  return text;
}

/** The texts of attributes that were printed before. A node that is built again shares its attributes. */
const printed = new WeakMap<object, string>();

/**
 * Structural identity: two nodes get the same id exactly when they are the same expression, spans aside. One table per
 * compilation.
 */
export class Identity {
  readonly #ids = new Map<string, number>();
  readonly #first = new Map<number, Node>();
  readonly of: (node: Node) => number = fold((node, of) => {
    const key =
      node.kind === 'input'
        ? `input ${node.name}`
        : `${node.op} ${printAttr(node.attrs)} ${node.args.map(of).join(' ')}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(key, id);
    this.#first.set(id, node);
    return id;
  }, new WeakMap<Node, number>());

  /** The first node seen with this structure. */
  canonical(node: Node): Node {
    return this.#first.get(this.of(node))!;
  }
}

/** Whether two nodes are the same expression, spans aside. The comparison ends at the first difference. */
export function sameExpression(a: Node, b: Node): boolean {
  const alike = new Map<Node, Set<Node>>();
  const open: [Node, Node][] = [[a, b]];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [x, y] = pair;
    if (x === y || alike.get(x)?.has(y)) continue;
    if (x.kind === 'input' && y.kind === 'input' && x.name === y.name) continue;
    if (x.kind === 'input' || y.kind === 'input') return false;
    if (x.op !== y.op || x.args.length !== y.args.length) return false;
    if (!sameShape(x.type.shape, y.type.shape) || printAttr(x.attrs) !== printAttr(y.attrs)) return false;
    alike.set(x, (alike.get(x) ?? new Set()).add(y));
    x.args.forEach((arg, i) => {
      open.push([arg, y.args[i]!]);
    });
  }
  return true;
}

/** The expression with some of its nodes replaced. The replacements are taken as they are. */
export function substitute(root: Node, by: ReadonlyMap<Node, Node>): Node {
  return rebuild(new Map(by))(root);
}

/** Builds expressions again, arguments first. `done` holds the nodes that are built already, and gets the others. */
export const rebuild = (
  done: Map<Node, Node>,
  build: (node: OpNode, args: readonly Node[]) => Node = reapply,
): ((node: Node) => Node) => fold((n, of) => (n.kind === 'input' ? n : build(n, n.args.map(of))), done);

/** All nodes below the roots, arguments before their uses. */
export const topological = (roots: readonly Node[]): Node[] => postOrder(roots, argsOf);

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => equalDim(d, b[i]!));

export const printShape = (s: readonly Dim[]): string => `(${s.map(printDim).join(', ')})`;
export const printType = ({ dtype, shape }: TensorType): string => `${dtype}${printShape(shape)}`;

/** The results of a program with their shapes, as `y (tokens, out)`: a size that `where` names has its name. */
export function resultsOf({ outputs, where }: Program): string[] {
  const named = (d: Dim) => Object.keys(where).find((n) => equalDim(where[n]!, d)) ?? printDim(d);
  return outputs.map(({ name, node }) => `${name} (${node.type.shape.map(named).join(', ')})`);
}

/** The results of a program, and what it claims. */
export const rootsOf = ({ outputs, claims }: Program): Node[] => [
  ...outputs.map((o) => o.node),
  ...[claims?.weight, claims?.bias, ...(claims?.orthogonal ?? [])].filter((n) => n !== undefined),
];

/** The claims with each of their tensors replaced. */
export const mapClaims = <A, B>({ weight, bias, orthogonal }: Claims<A>, f: (tensor: A) => B): Claims<B> => ({
  ...(weight === undefined ? {} : { weight: f(weight) }),
  ...(bias === undefined ? {} : { bias: f(bias) }),
  orthogonal: orthogonal.map(f),
});
