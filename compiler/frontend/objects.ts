/** `Object.keys` and the other static methods of `Object`. */
import type { Evaluation } from './evaluation.ts';
import type { ts } from './ts-host.ts';
import {
  describe,
  isArray,
  isObject,
  Native,
  type StaticObject,
  staticObject,
  type Value,
} from './values.ts';

export function objectFunctions(I: Evaluation): ReadonlyMap<string, Value> {
  const over = (name: string, f: (o: StaticObject) => Value): [string, Value] => [
    name,
    new Native(`Object.${name}`, ([o], at) => f(objectOf(I, name, o, at))),
  ];
  return new Map<string, Value>([
    over('keys', (o) => Object.keys(o)),
    over('values', (o) => Object.values(o)),
    over('entries', (o) => Object.entries(o)),
    ['fromEntries', new Native('Object.fromEntries', ([entries], at) => fromEntries(I, entries, at))],
  ]);
}

function objectOf(I: Evaluation, name: string, v: Value, at: ts.Node): StaticObject {
  if (v !== undefined && isArray(v)) return staticObject(v.map((e, i) => [String(i), e]));
  return isObject(v) ? v : I.refuse('OFT1017', `Object.${name} does not take ${describe(v)}`, at);
}

function fromEntries(I: Evaluation, entries: Value, at: ts.Node): Value {
  const pairs = isArray(entries)
    ? entries
    : I.refuse('OFT1017', `Object.fromEntries does not take ${describe(entries)}`, at);
  return staticObject(
    pairs.map((pair) => {
      const [key, value] = isArray(pair) ? pair : [];
      if (typeof key === 'string' || typeof key === 'number') return [String(key), value] as const;
      return I.refuse('OFT1017', 'an entry is a pair [name, value]', at);
    }),
  );
}
