/** The methods of arrays that do not change the array. */
import { callback, costOf, type Evaluation } from './evaluation.ts';
import type { ts } from './ts-host.ts';
import { isArray, isPrimitive, Tensor, type Value } from './values.ts';

type ArrayMethod = (I: Evaluation, array: readonly Value[], args: readonly Value[], site: ts.Node) => Value;

/** Advice by method, for the methods that change the array. */
export const MUTATORS: ReadonlyMap<string, string> = new Map([
  ['push', '[...xs, x]'],
  ['unshift', '[x, ...xs]'],
  ['pop', 'xs.slice(0, -1)'],
  ['shift', 'xs.slice(1)'],
  ['splice', 'xs.toSpliced(…)'],
  ['reverse', 'xs.toReversed()'],
  ['sort', 'xs.toSorted(…)'],
  ['fill', 'xs.map(() => x)'],
  ['copyWithin', 'a new array'],
]);

export const arrayMethod = (name: string): ArrayMethod | undefined =>
  Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;

/** The element at which a callback runs, for messages. */
const element = (i: number, xs: readonly Value[]): string => `at element ${i + 1} of ${xs.length}`;

const each = (I: Evaluation, xs: readonly Value[], f: Value, at: ts.Node) => (v: Value, i: number) =>
  I.call(callback(I, f, at), [v, i, xs], at, element(i, xs));

/** The callback as a condition on elements. */
const holds = (I: Evaluation, xs: readonly Value[], f: Value, at: ts.Node) => {
  const ask = each(I, xs, f, at);
  return (v: Value, i: number): boolean => {
    const answer = ask(v, i);
    if (answer instanceof Tensor)
      return I.refuse('OFT1003', 'a tensor cannot decide a condition: compare with undefined', at);
    return Boolean(answer);
  };
};

const integer = (I: Evaluation, v: Value, at: ts.Node): number | undefined =>
  v === undefined || typeof v === 'number' ? v : I.refuse('OFT1017', 'a position is a number', at);

/** The concatenation of arrays. Throws OFT1015 where it is too long. */
function joined(I: Evaluation, parts: Iterable<readonly Value[]>, at: ts.Node): readonly Value[] {
  const all: Value[] = [];
  for (const part of parts) {
    I.spend(costOf(part.length), at);
    I.checkLength(all.length + part.length, 'elements', at);
    for (const v of part) all.push(v);
  }
  return all;
}

function bounded(I: Evaluation, xs: readonly Value[], at: ts.Node): readonly Value[] {
  I.checkLength(xs.length, 'elements', at);
  return xs;
}

const listOf = (v: Value): readonly Value[] => (v !== undefined && isArray(v) ? v : [v]);

/** The array with nested arrays opened, `depth` levels down. */
function flatten(I: Evaluation, xs: readonly Value[], depth: number, at: ts.Node): readonly Value[] {
  let flat = xs;
  for (let level = 0; level < depth && flat.some((v) => v !== undefined && isArray(v)); level++)
    flat = joined(I, flat.map(listOf), at);
  return flat;
}

function* mapped(xs: readonly Value[], f: (v: Value, i: number) => Value): Generator<readonly Value[]> {
  for (const [i, v] of xs.entries()) yield listOf(f(v, i));
}

function fold(
  I: Evaluation,
  xs: readonly Value[],
  order: readonly number[],
  args: readonly Value[],
  at: ts.Node,
): Value {
  const f = callback(I, args[0], at);
  if (args.length < 2 && order.length === 0) {
    return I.refuse('OFT1017', 'reduce of an empty array needs an initial value', at);
  }
  const [start, rest] = args.length < 2 ? [xs[order[0]!], order.slice(1)] : [args[1], order];
  return rest.reduce<Value>((acc, i) => I.call(f, [acc, xs[i], i, xs], at, element(i, xs)), start);
}

const METHODS: Readonly<Record<string, ArrayMethod>> = {
  map: (I, xs, [f], at) => xs.map(each(I, xs, f, at)),
  flatMap: (I, xs, [f], at) => joined(I, mapped(xs, each(I, xs, f, at)), at),
  filter: (I, xs, [f], at) => xs.filter(holds(I, xs, f, at)),
  find: (I, xs, [f], at) => xs.find(holds(I, xs, f, at)),
  findIndex: (I, xs, [f], at) => xs.findIndex(holds(I, xs, f, at)),
  findLast: (I, xs, [f], at) => xs.findLast(holds(I, xs, f, at)),
  findLastIndex: (I, xs, [f], at) => xs.findLastIndex(holds(I, xs, f, at)),
  some: (I, xs, [f], at) => xs.some(holds(I, xs, f, at)),
  every: (I, xs, [f], at) => xs.every(holds(I, xs, f, at)),
  reduce: (I, xs, args, at) => fold(I, xs, [...xs.keys()], args, at),
  reduceRight: (I, xs, args, at) => fold(I, xs, [...xs.keys()].reverse(), args, at),
  slice: (I, xs, [from, to], at) => xs.slice(integer(I, from, at), integer(I, to, at)),
  at: (I, xs, [i], at) => xs.at(integer(I, i, at) ?? 0),
  concat: (I, xs, args, at) => joined(I, [xs, ...args.map(listOf)], at),
  includes: (_, xs, [v]) => xs.includes(v),
  indexOf: (_, xs, [v]) => xs.indexOf(v),
  lastIndexOf: (_, xs, [v]) => xs.lastIndexOf(v),
  join: (I, xs, [by], at) => {
    if (!xs.every(isPrimitive)) return I.refuse('OFT1017', 'join needs strings or numbers', at);
    const between = by === undefined ? ',' : String(by);
    const texts = xs.map((x) => (x === undefined || x === null ? '' : String(x)));
    const length = texts.reduce((n, t) => n + t.length, between.length * Math.max(0, texts.length - 1));
    I.checkLength(length, 'characters', at);
    return texts.join(between);
  },
  entries: (_, xs) => xs.map((v, i) => [i, v]),
  keys: (_, xs) => [...xs.keys()],
  values: (_, xs) => xs,
  flat: (I, xs, [depth], at) => flatten(I, xs, integer(I, depth, at) ?? 1, at),
  toReversed: (_, xs) => xs.toReversed(),
  toSorted: (I, xs, [f], at) =>
    f === undefined ? xs.toSorted() : xs.toSorted((a, b) => Number(I.call(callback(I, f, at), [a, b], at))),
  toSpliced: (I, xs, [start, count, ...items], at) =>
    bounded(I, xs.toSpliced(integer(I, start, at) ?? 0, integer(I, count, at) ?? xs.length, ...items), at),
  with: (I, xs, [i, v], at) => {
    const n = integer(I, i, at) ?? 0;
    return n >= -xs.length && n < xs.length
      ? xs.with(n, v)
      : I.refuse('OFT1017', `position ${n} is outside the array`, at);
  },
};
