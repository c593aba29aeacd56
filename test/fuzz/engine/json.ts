/** Changes JSON values: replaces, removes, adds, repeats, swaps or nests parts of them. */
import { JUNK, KEYS } from '../../src/cli/bad-inputs/mutate.ts';
import type { Draw } from './draw.ts';

type Obj = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  16,
  31,
  32,
  33,
  64,
  128,
  255,
  1024,
  65_536,
  2 ** 24,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e300,
];

/** Most values that are taken from the seeds. */
const MOST = 4000;

export class JsonChanges {
  /** The keys and the values of the seeds, so that a field of one file comes into another. */
  readonly #keys: string[] = [...KEYS];
  readonly #values: unknown[] = [...JUNK];

  constructor(seeds: readonly unknown[], words: readonly string[]) {
    const keys = new Set<string>();
    const values = new Map<string, unknown>();
    const visit = (value: unknown): void => {
      if (values.size >= MOST) return;
      const text = JSON.stringify(value);
      if (text.length <= 400) values.set(text, value);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (isObject(value)) keys.add(key);
        visit(inner);
      }
    };
    for (const seed of seeds) visit(seed);
    this.#keys.push(...keys, ...words);
    this.#values.push(...values.values(), ...words);
  }

  change(value: unknown, draw: Draw): unknown {
    let changed = value;
    for (let n = draw.few(); n > 0; n--) changed = this.#somewhere(changed, draw, 0);
    return changed;
  }

  /** Changes the value itself, or a part of it. */
  #somewhere(value: unknown, draw: Draw, depth: number): unknown {
    const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (!isInner || draw.oneIn(depth === 0 ? 40 : 5)) return this.#changed(value, draw);
    if (draw.oneIn(4))
      return Array.isArray(value) ? this.#list(value, draw) : this.#object(value as Obj, draw);
    if (Array.isArray(value)) {
      const at = draw.below(value.length);
      return value.with(at, this.#somewhere(value[at], draw, depth + 1));
    }
    const object = value as Obj;
    const key = draw.pick(Object.keys(object));
    return assigned(object, key, this.#somewhere(object[key], draw, depth + 1));
  }

  /** Another value in place of this one: mostly of its own kind. */
  #changed(value: unknown, draw: Draw): unknown {
    const how = draw.below(8);
    if (how === 0) return draw.pick(this.#values);
    if (how === 1) return draw.pick(JUNK);
    if (how === 2) return draw.oneIn(2) ? [value] : { [draw.pick(this.#keys)]: value };
    if (typeof value === 'number') return numberLike(value, draw);
    if (typeof value === 'string') return this.#textLike(value, draw);
    if (typeof value === 'boolean') return !value;
    return draw.pick(this.#values);
  }

  #textLike(value: string, draw: Draw): string {
    const at = draw.below(value.length + 1);
    switch (draw.below(6)) {
      case 0:
        return value.slice(0, at);
      case 1:
        return (
          value.slice(0, at) +
          draw.pick(['', ' ', '.', '*', '(', ')', '\u0000', 'é', '\ud800', '0', '-', '/', '\n']) +
          value.slice(at)
        );
      case 2:
        return value.slice(0, at) + value.slice(at + 1);
      case 3:
        return value + value;
      case 4:
        return draw.pick(this.#keys);
      default: {
        const other = draw.pick(this.#values);
        return typeof other === 'string' ? other : draw.pick(this.#keys);
      }
    }
  }

  #object(value: Obj, draw: Draw): Obj {
    const key = draw.pick(Object.keys(value));
    switch (draw.below(5)) {
      case 0: {
        const { [key]: _, ...rest } = value;
        return rest;
      }
      case 1:
        return assigned(value, draw.pick(this.#keys), draw.pick(this.#values));
      case 2:
        return assigned(value, draw.pick(this.#keys), value[key]);
      case 3: {
        const other = draw.pick(Object.keys(value));
        return assigned(assigned(value, key, value[other]), other, value[key]);
      }
      default: {
        const { [key]: moved, ...rest } = value;
        return assigned(rest, key, moved);
      }
    }
  }

  #list(value: readonly unknown[], draw: Draw): readonly unknown[] {
    const at = draw.below(value.length);
    switch (draw.below(6)) {
      case 0:
        return value.toSpliced(at, 1);
      case 1:
        return value.toSpliced(at, 0, value[at]);
      case 2:
        return value.toSpliced(at, 0, draw.pick(this.#values));
      case 3:
        return value.with(at, value[draw.below(value.length)]);
      case 4:
        return value.slice(0, at);
      default:
        return draw.oneIn(30) ? Array.from({ length: 300 }, () => value[at]) : value.toReversed();
    }
  }
}

/** The object with a field. A literal keeps a field called `__proto__`, which an assignment would lose. */
const assigned = (object: Obj, key: string, value: unknown): Obj =>
  Object.fromEntries([...Object.entries(object).filter(([k]) => k !== key), [key, value]]);

function numberLike(value: number, draw: Draw): number {
  switch (draw.below(5)) {
    case 0:
      return value + draw.pick([1, -1, 0.5]);
    case 1:
      return draw.pick([-value, 2 * value, value / 2, value * value]);
    default:
      return draw.pick(NUMBERS);
  }
}
