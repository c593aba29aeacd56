/** The form of a method of PEFT: the layer and the configuration that its fields mean. */
import * as v from 'valibot';
import { limits } from '../../../compiler/limits.ts';
import { checkLimit } from '../error.ts';
import { byName, isNumber } from '../schema.ts';
import type { Fields } from './fields.ts';
import type { LayerConfig, LayerName } from './layers.ts';
import { modulePattern } from './targets.ts';

type Sizes = Readonly<Record<string, number>>;

/** The meaning of the fields for one module. */
export interface Meaning {
  readonly layer: LayerName;
  readonly config: LayerConfig;
  /** Sizes that only the fields give, not the tensors. */
  readonly sizes: Sizes;
  /** A difference between fields and tensors that the user is told. */
  readonly note?: string;
  /** Returns the sizes that the fields imply, each with its field's name. `sizes` has those of all dimensions. */
  readonly expect: (sizes: Sizes) => Readonly<Record<string, readonly [field: string, size: number]>>;
}

export interface Method {
  /** The layers that may compute the method. A file names tensors as these layers do. */
  readonly layers: readonly LayerName[];
  /** The stored names of tensors that the layers have in some configurations, and not by default. */
  readonly also?: readonly string[];
  /**
   * Parses and checks the fields. The result gives their meaning for a module with tensors of these shapes, by stored
   * name, and of this size, where the model is known.
   */
  readonly read: (fields: Fields) => {
    readonly of: (
      module: string,
      shapes: Readonly<Record<string, readonly number[]>>,
      size: Sizes | undefined,
    ) => Meaning;
    readonly notes: readonly string[];
  };
}

/** No sizes that the fields imply. */
export const nothing = () => ({});
export const flag = (value: boolean) => v.nullish(v.boolean(), value);

/** Numbers by module, as `rank_pattern` has them. */
export const pattern = v.nullish(
  byName((n): n is number => isNumber(n) && n > 0, 'numbers by module are expected'),
  {},
);

/** A seed of PyTorch's generator. */
export const seed = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n), 'a whole number of less than 2⁵³ is expected'),
);

/** The regular expression of a path that has a pattern's match at its end, and anywhere. */
const AT_END = (pattern: string): string => `(?:.*\\.)?(?:${pattern})$`;
export const ANYWHERE = (pattern: string): string => `.*(?:${pattern})`;

/**
 * A number by module, with the field that gives it: `name`, or the same without `_pattern`. Each pattern is a regular expression
 * for a path, by default for its end; the first that matches counts.
 */
export function statedByModule<T>(
  patterns: Readonly<Record<string, number>>,
  otherwise: T,
  fields: Fields,
  name: `${string}_pattern`,
  whole = AT_END,
): (module: string) => readonly [field: string, n: number | T] {
  const entries = Object.entries(patterns);
  const at = { file: fields.file, name };
  checkLimit(
    entries.length,
    limits.modulePatterns,
    'InvalidAdapter',
    at,
    'Name several modules by one pattern.',
  );
  const compiled = entries.map(([p, n]) => [modulePattern(p, whole(p), fields, name), n] as const);
  return (module) => {
    const found = compiled.find(([p]) => p.test(module));
    return found ? [name, found[1]] : [name.replace(/_pattern$/, ''), otherwise];
  };
}

/** The number of `statedByModule` alone. */
export function byModule<T>(...of: Parameters<typeof statedByModule<T>>): (module: string) => number | T {
  const stated = statedByModule(...of);
  return (module) => stated(module)[1];
}
