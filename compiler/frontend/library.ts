/** The part of JavaScript's standard library that has no side effects and gives no random values. */
import { arrayMethod, MUTATORS } from './arrays.ts';
import { callback, costOf, type Evaluation } from './evaluation.ts';
import { loopFor } from './for-each.ts';
import { objectFunctions } from './objects.ts';
import type { ts } from './ts-host.ts';
import { describe, isArray, isObject, isPrimitive, Method, Namespace, Native, type Value } from './values.ts';

/** The value of a global that TypeScript's standard library declares. */
export function globalValue(I: Evaluation, name: string, site: ts.Node): Value {
  switch (name) {
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case 'NaN':
      return Number.NaN;
    case 'Math':
      return new Namespace('Math', (member, at) => mathMember(I, member, at));
    case 'Number':
      return new Native(name, ([v]) => Number(v), numberMembers(I));
    case 'String':
      return new Native(name, ([v], at) =>
        v !== undefined && !isPrimitive(v) ? wrongKind(I, 'String', v, at) : String(v),
      );
    case 'Boolean':
      return new Native(name, ([v]) => Boolean(v));
    case 'parseInt':
    case 'parseFloat':
      return numberMembers(I).get(name);
    case 'Array':
      return new Native(
        name,
        (_, at) =>
          I.refuse('OFT1007', 'Array(n) has holes: write Array.from({ length: n }, (_, i) => …)', at),
        arrayStatics(I),
      );
    case 'Object':
      return new Native(
        name,
        (_, at) => I.refuse('OFT1007', 'write an object literal', at),
        objectFunctions(I),
      );
    default:
      return I.refuse('OFT1007', `'${name}' is not available at compile time`, site);
  }
}

const wrongKind = (I: Evaluation, f: string, v: Value, at: ts.Node): never =>
  I.refuse('OFT1017', `${f} does not take ${describe(v)}`, at);

function mathMember(I: Evaluation, name: string, site: ts.Node): Value {
  const value: unknown = Object.hasOwn(Math, name) ? Math[name as keyof Math] : undefined;
  if (typeof value === 'number') return value;
  if (typeof value !== 'function') return I.refuse('OFT1009', `Math has no '${name}'`, site);
  if (name === 'random')
    return I.refuse(
      'OFT1007',
      "Math.random is not available: a layer is the same at every compilation. Declare the numbers as an input, such as mask: input('tokens', 'in'), and write x.mul(mask)",
      site,
    );
  return new Native(`Math.${name}`, (args, at) => {
    const wrong = args.find((a) => typeof a !== 'number');
    if (wrong !== undefined) {
      const hint = describe(wrong) === 'a tensor' ? `: use ${name}(…) of oftc where there is one` : '';
      return I.refuse(
        'OFT1017',
        `Math.${name} takes numbers that are known at compile time, not ${describe(wrong)}${hint}`,
        at,
      );
    }
    return (value as (...n: number[]) => number)(...(args as number[]));
  });
}

const NUMBER_FUNCTIONS = [
  'isInteger',
  'isSafeInteger',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
] as const;
const NUMBER_CONSTANTS = [
  'EPSILON',
  'MAX_SAFE_INTEGER',
  'MIN_SAFE_INTEGER',
  'MAX_VALUE',
  'MIN_VALUE',
] as const;

function numberMembers(I: Evaluation): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ...NUMBER_CONSTANTS.map((k): [string, Value] => [k, Number[k]]),
    ...NUMBER_FUNCTIONS.map((k): [string, Value] => [
      k,
      new Native(`Number.${k}`, (args, at) => {
        const wrong = args.find((a) => !isPrimitive(a));
        if (wrong !== undefined) return wrongKind(I, `Number.${k}`, wrong, at);
        return (Number[k] as (...a: unknown[]) => number | boolean)(...args);
      }),
    ]),
  ]);
}

function arrayStatics(I: Evaluation): ReadonlyMap<string, Value> {
  const from = ([source, f]: readonly Value[], at: ts.Node): Value => {
    const items = itemsOf(I, source, at);
    if (f === undefined) return items;
    return items.map((v, i) => I.call(callback(I, f, at), [v, i], at));
  };
  return new Map<string, Value>([
    ['from', new Native('Array.from', from)],
    ['of', new Native('Array.of', (args) => args)],
    ['isArray', new Native('Array.isArray', ([v]) => isArray(v))],
  ]);
}

/** The elements that `Array.from` reads from an array, a string, or `{ length }`. */
function itemsOf(I: Evaluation, source: Value, at: ts.Node): readonly Value[] {
  if (isArray(source)) return source;
  if (typeof source === 'string') return [...source];
  const length = source !== undefined && source !== null && isObject(source) ? source.length : undefined;
  if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 0) {
    I.checkLength(length, 'elements', at);
    return Array.from<Value>({ length });
  }
  return I.refuse('OFT1017', 'Array.from reads an array or { length: n } with a whole number n', at);
}

export function arrayMember(I: Evaluation, array: readonly Value[], name: string, site: ts.Node): Value {
  if (name === 'length') return array.length;
  const method = arrayMethod(name);
  if (method) {
    return new Method(name, (args, at) => {
      I.spend(costOf(array.length), at);
      return method(I, array, args, at);
    });
  }
  if (name === 'forEach')
    return I.refuse(
      'OFT1006',
      `'forEach' has no result, and functions have no effects: write ${loopFor(site)}`,
      site,
    );
  const instead = MUTATORS.get(name);
  if (instead) return I.refuse('OFT1006', `'${name}' changes an array in place: write ${instead}`, site);
  return I.refuse('OFT1009', `an array has no '${name}' at compile time`, site);
}

const STRING_METHODS = new Set([
  'at',
  'charAt',
  'charCodeAt',
  'concat',
  'endsWith',
  'includes',
  'indexOf',
  'lastIndexOf',
  'padEnd',
  'padStart',
  'repeat',
  'replaceAll',
  'replace',
  'slice',
  'split',
  'startsWith',
  'substring',
  'toLowerCase',
  'toUpperCase',
  'trim',
  'trimEnd',
  'trimStart',
  'toString',
]);
/** The largest number of characters that the result of a method can have. */
function longestOf(text: string, method: string, args: readonly Value[]): number {
  const [first, second] = args;
  if (method === 'repeat') return text.length * Number(first);
  if (method === 'padStart' || method === 'padEnd') return Math.max(text.length, Number(first));
  if (method === 'concat') return args.reduce<number>((n, a) => n + String(a).length, text.length);
  if (method !== 'replaceAll' && method !== 'replace') return text.length;
  const places = method === 'replace' ? 1 : text.split(String(first)).length;
  // A pattern such as `$&` may stand for the whole text.
  const each = String(second).includes('$') ? text.length + String(second).length : String(second).length;
  return text.length + places * each;
}

const NUMBER_METHODS = new Set(['toFixed', 'toPrecision', 'toExponential', 'toString']);

/** The members of strings, numbers and booleans. */
export function primitiveMember(
  I: Evaluation,
  value: string | number | boolean,
  name: string,
  site: ts.Node,
): Value {
  if (typeof value === 'string' && name === 'length') return value.length;
  const known =
    typeof value === 'string'
      ? STRING_METHODS
      : typeof value === 'number'
        ? NUMBER_METHODS
        : new Set(['toString']);
  if (!known.has(name))
    return I.refuse('OFT1009', `a ${typeof value} has no '${name}' at compile time`, site);
  return new Method(name, (args, at) => {
    const wrong = args.find((a) => !isPrimitive(a));
    if (wrong !== undefined) return wrongKind(I, name, wrong, at);
    if (typeof value === 'string') {
      I.spend(costOf(value.length), at);
      I.checkLength(longestOf(value, name, args), 'characters', at);
    }
    const method = (
      Object(value) as Record<string, (...a: unknown[]) => string | number | boolean | string[]>
    )[name]!;
    try {
      return method.apply(value, [...args]);
    } catch (e) {
      return I.refuse('OFT1017', `${name}: ${(e as Error).message}`, at);
    }
  });
}
