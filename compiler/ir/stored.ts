/**
 * A Program as JSON: written where a program must outlive its source, such as beside the tensors of a trained
 * adapter, and read back without running anything. The text is untrusted, so reading checks its form by a schema, its
 * size by limits, and its meaning by building every node anew through the operators' own signatures. Spans are not
 * stored: they point into a source that may be gone.
 */
import * as v from 'valibot';
import { type Dim, DimError, parseDim, printDim } from '../dims/dims.ts';
import { type Rational, rational } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import { aboveLimit, limits } from '../limits.ts';
import { defined } from '../records.ts';
import { apply, input, mapClaims, rootsOf, topological } from './build.ts';
import { checkInits } from './check-init.ts';
import { readInit } from './init.ts';
import type { Attr, Attrs, Claims, DType, InputNode, Node, OpNode, Program, Role } from './node.ts';
import { type Attribute, registered, type Takes } from './operator.ts';

/** The version of the form. It changes whenever an older reader would misread the data. */
const VERSION = 1;

/** An input by its name, or an application by its place among `nodes`. */
type Ref = string | number;
type Value = boolean | number | string | readonly (number | string)[];

interface StoredNode {
  readonly op: string;
  readonly args: readonly Ref[];
  readonly attrs?: Readonly<Record<string, Value>>;
}

export interface StoredProgram {
  readonly version: number;
  readonly name: string;
  readonly source?: string | undefined;
  readonly inputs: readonly {
    readonly name: string;
    readonly role: Role;
    readonly dtype: DType;
    readonly shape: readonly string[];
    readonly stored?: string | undefined;
    readonly init?: unknown;
  }[];
  readonly where: readonly (readonly [name: string, dim: string])[];
  /** The applications, each after its arguments. */
  readonly nodes: readonly StoredNode[];
  readonly outputs: readonly { readonly name: string; readonly node: Ref }[];
  readonly claims?: Claims<Ref> | undefined;
}

/** The error for data that is no program; the message says where and why. */
export class StoredProgramError extends Error {
  override readonly name = 'StoredProgramError';
}

const takesOf = (op: string): Takes | undefined => registered(op)?.takes;

/** The operators of a program that an author defined in code. A program that has one cannot be stored. */
export const unstorable = (program: Program): string[] => [
  ...new Set(topological(rootsOf(program)).flatMap((n) => (n.kind === 'op' && !takesOf(n.op) ? [n.op] : []))),
];

/** The program as data for JSON. Throws StoredProgramError where `unstorable` names an operator. */
export function storeProgram(program: Program): StoredProgram {
  const [operator] = unstorable(program);
  if (operator !== undefined)
    throw new StoredProgramError(`operator '${operator}' is defined in code, which is not stored`);
  const refs = new Map<Node, Ref>(program.inputs.map((i) => [i, i.name]));
  const nodes: StoredNode[] = [];
  for (const n of topological(rootsOf(program))) {
    if (n.kind === 'input') continue;
    refs.set(n, nodes.length);
    const attrs = Object.entries(n.attrs).map(([key, value]) => [key, printed(value)] as const);
    nodes.push({
      op: n.op,
      args: n.args.map((a) => refs.get(a)!),
      ...(attrs.length > 0 ? { attrs: Object.fromEntries(attrs) } : {}),
    });
  }
  const ref = (n: Node): Ref => refs.get(n)!;
  const { claims, source } = program;
  return {
    version: VERSION,
    name: program.name,
    ...(source === undefined ? {} : { source }),
    inputs: program.inputs.map(({ name, role, type, stored, init }) => ({
      name,
      role,
      dtype: type.dtype,
      shape: type.shape.map(printDim),
      ...defined({ stored, init }),
    })),
    where: Object.entries(program.where).map(([name, dim]) => [name, printDim(dim)] as const),
    nodes,
    outputs: program.outputs.map(({ name, node }) => ({ name, node: ref(node) })),
    ...(claims ? { claims: mapClaims(claims, ref) } : {}),
  };
}

const isDim = (a: object): a is Dim => 'terms' in a;

/** The stored value of an attribute. Dimensions and rationals are text, which is exact. */
function printed(a: Attr): Value {
  if (typeof a !== 'object') return a;
  if (Array.isArray(a)) return a.map((e) => printed(e as Attr) as number | string);
  if (isDim(a as object)) return printDim(a as Dim);
  const { num, den } = a as Rational;
  return `${num}/${den}`;
}

const text = v.pipe(v.string(), v.maxLength(limits.storedText.most));
const ref = v.union([text, v.pipe(v.number(), v.safeInteger(), v.minValue(0))]);
const few = <S extends v.GenericSchema>(item: S) =>
  v.pipe(v.array(item), v.maxLength(limits.storedList.most));
const schema = v.strictObject({
  version: v.literal(VERSION),
  name: text,
  source: v.optional(text),
  inputs: few(
    v.strictObject({
      name: text,
      role: v.picklist(['input', 'frozen', 'trainable']),
      dtype: v.picklist(['f32', 'f16', 'i32']),
      shape: few(text),
      stored: v.optional(text),
      init: v.optional(v.unknown()),
    }),
  ),
  where: few(v.strictTuple([text, text])),
  nodes: v.array(
    v.strictObject({
      op: text,
      args: few(ref),
      attrs: v.optional(
        v.record(text, v.union([v.boolean(), v.number(), text, few(v.union([v.number(), text]))])),
      ),
    }),
  ),
  outputs: few(v.strictObject({ name: text, node: ref })),
  claims: v.optional(
    v.strictObject({ weight: v.optional(ref), bias: v.optional(ref), orthogonal: few(ref) }),
  ),
});

/** Reads the program that `storeProgram` wrote. Throws StoredProgramError for any other data. */
export function readProgram(data: unknown): Program {
  const count = (data as { nodes?: { length?: unknown } } | null)?.nodes?.length;
  if (typeof count === 'number' && count > limits.storedNodes.most)
    throw new StoredProgramError(aboveLimit(count, limits.storedNodes));
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > VERSION)
    throw new StoredProgramError(
      `version ${version} is of a newer oftc, and this one reads version ${VERSION}: use the newer one`,
    );
  const parsed = v.safeParse(schema, data, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new StoredProgramError(`at '${v.getDotPath(issue) ?? 'its top'}': ${issue.message}`);
  }
  const stored = parsed.output;
  const named = new Map<string, InputNode>();
  for (const i of stored.inputs)
    at(`input '${i.name}'`, () => {
      if (named.has(i.name)) throw new StoredProgramError('two inputs have this name');
      named.set(i.name, {
        ...input(i.name, i.role, { shape: i.shape.map(parseDim), dtype: i.dtype }),
        ...(i.stored === undefined ? {} : { stored: i.stored }),
        ...(i.init === undefined ? {} : { init: readInit(i.init, i.shape) }),
      });
    });
  const inputs = [...named.values()];
  at('the inputs', () => checkInits(inputs));
  const nodes: Node[] = [];
  const node = (r: Ref): Node => {
    const found = typeof r === 'string' ? named.get(r) : nodes[r];
    if (!found) throw new StoredProgramError(`'${r}' is no input and no earlier node`);
    return found;
  };
  stored.nodes.forEach(({ op, args, attrs }, i) => {
    at(`node ${i} (${op})`, () => nodes.push(applied(op, args.map(node), attrs ?? {})));
  });
  const where = at('where', () => stored.where.map(([name, dim]) => [name, parseDim(dim)] as const));
  const outputs = at('the outputs', () => {
    if (stored.outputs.length === 0) throw new StoredProgramError('there are none');
    if (new Set(stored.outputs.map((o) => o.name)).size !== stored.outputs.length)
      throw new StoredProgramError('two have one name');
    return stored.outputs.map((o) => ({ name: o.name, node: node(o.node) }));
  });
  const claims = stored.claims && at('claims', () => mapClaims(stored.claims!, node));
  return {
    name: stored.name,
    ...(stored.source === undefined ? {} : { source: stored.source }),
    inputs,
    outputs,
    where: Object.fromEntries(where),
    ...(claims ? { claims } : {}),
  };
}

/** The least number of arguments of an operator that takes any number of them. */
const LEAST = { some: 1, several: 2 } as const;

function applied(op: string, args: readonly Node[], given: Readonly<Record<string, Value>>): OpNode {
  const takes = takesOf(op);
  if (!takes) throw new StoredProgramError('it is no operator of this version of oftc');
  const isTaken =
    typeof takes.args === 'number' ? args.length === takes.args : args.length >= LEAST[takes.args];
  if (!isTaken) throw new StoredProgramError(`it takes ${takes.args} argument(s), and has ${args.length}`);
  const kinds = { ...takes.attrs, ...takes.optional };
  const missing = Object.keys(takes.attrs ?? {}).find((key) => !Object.hasOwn(given, key));
  if (missing !== undefined) throw new StoredProgramError(`attribute '${missing}' is missing`);
  const attrs: [string, Attr][] = Object.entries(given).map(([key, value]) => {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (!kind) throw new StoredProgramError(`it has no attribute '${key}'`);
    return [key, READERS[kind](value, key)];
  });
  return apply(op, args, Object.fromEntries(attrs) as Attrs);
}

const READERS: Readonly<Record<Attribute, (value: Value, key: string) => Attr>> = {
  boolean: (value, key) => (typeof value === 'boolean' ? value : refuse(key, 'true or false')),
  integer: (value, key) => (isInteger(value) ? value : refuse(key, 'a 32-bit integer')),
  integers: (value, key) => each(value, key, 'integers', isInteger),
  numbers: (value, key) => each(value, key, 'finite numbers', (n) => Number.isFinite(n)),
  rational: (value, key) => {
    const [, num, den] = /^(-?\d+)\/([1-9]\d*)$/.exec(typeof value === 'string' ? value : '') ?? [];
    return num === undefined ? refuse(key, 'a quotient of integers') : rational(BigInt(num), BigInt(den!));
  },
  dim: (value, key) => (typeof value === 'string' ? parseDim(value) : refuse(key, 'a dimension')),
  dims: (value, key) =>
    Array.isArray(value) ? value.map((d) => READERS.dim(d, key) as Dim) : refuse(key, 'dimensions'),
};

const isInteger = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;

const each = (value: Value, key: string, what: string, is: (n: number) => boolean): readonly number[] =>
  Array.isArray(value) && value.every((n) => typeof n === 'number' && is(n))
    ? (value as readonly number[])
    : refuse(key, what);

function refuse(key: string, what: string): never {
  throw new StoredProgramError(`attribute '${key}' is not ${what}`);
}

/** Runs `work` and adds `where` to its error. No front end writes such values, so any error is the data's fault. */
function at<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (e) {
    const known = e instanceof StoredProgramError || e instanceof OftcError || e instanceof DimError;
    const message = known
      ? e.message
      : `it is not well-formed (${e instanceof Error ? e.message : String(e)})`;
    throw new StoredProgramError(`${where}: ${message}`, { cause: e });
  }
}
