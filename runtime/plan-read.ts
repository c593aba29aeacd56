/**
 * Reads a Plan from JSON that anyone may have changed: every field has the type that plan.ts states, and there is no
 * other field. The result is a copy, so that later changes of the given object do not reach it.
 */
import { limits } from '../compiler/limits.ts';
import { shown } from './arguments.ts';
import { OftcRuntimeError } from './errors.ts';
import type {
  Extent,
  MatrixShape,
  Plan,
  PlanAlternative,
  PlanClass,
  PlanDevices,
  PlanDispatch,
  PlanDType,
  PlanHalf,
  PlanIndexRule,
  PlanKernel,
  PlanPositionRule,
  PlanRef,
  PlanStep,
  PlanTensor,
  PlanTokenRule,
  PlanVariant,
  Tuned,
} from './plan.ts';

/** Reads a value as a T. Throws Malformed for any other. `at` is the path to the value. */
type Reader<T> = (value: unknown, at: string) => T;

class Malformed extends Error {}

/** The words of a message before a field's value: "has kernels[0].name = ". */
const has = (at: string): string => (at === '' ? 'is ' : `has ${at} = `);

function fail(at: string, wanted: string, value: unknown): never {
  throw new Malformed(`${has(at)}${shown(value)}, not ${wanted}`);
}

const inside = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`);

const text: Reader<string> = (value, at) => (typeof value === 'string' ? value : fail(at, 'a text', value));

const whole =
  (from: number, to: number = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, at) =>
    typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to
      ? value
      : fail(at, `a whole number from ${from} to ${to}`, value);

const count = whole(0);

const oneOf =
  <const T>(...of: readonly T[]): Reader<T> =>
  (value, at) =>
    of.find((one) => one === value) ?? fail(at, `one of ${of.join(', ')}`, value);

const nullOr =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (value, at) =>
    value === null ? null : reader(value, at);

const list =
  <T>(reader: Reader<T>): Reader<readonly T[]> =>
  (value, at) =>
    Array.isArray(value)
      ? Array.from(value as readonly unknown[], (item, i) => reader(item, `${at}[${i}]`))
      : fail(at, 'a list', value);

const pair: Reader<readonly [number, number]> = (value, at) => {
  const [from, to, ...more] = list(count)(value, at);
  return from !== undefined && to !== undefined && more.length === 0
    ? [from, to]
    : fail(at, 'a list of two numbers', value);
};

/** Readers of an object's fields; a key that ends in `?` is of a field that may be absent. */
type Fields<T> = {
  readonly [K in keyof T as undefined extends T[K] ? `${K & string}?` : K & string]-?: Reader<
    Exclude<T[K], undefined>
  >;
};

function object<T extends object>(fields: Fields<T>): Reader<T> {
  const known = new Map(
    Object.entries<Reader<unknown>>(fields).map(([key, reader]) => [
      key.replace(/\?$/, ''),
      { reader, optional: key.endsWith('?') },
    ]),
  );
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(at, 'an object', value);
    const found = new Map<string, unknown>(Object.entries(value));
    const extra = [...found.keys()].find((key) => !known.has(key));
    if (extra !== undefined) throw new Malformed(`has a field ${shown(inside(at, extra))} that no Plan has`);
    const read: Record<string, unknown> = {};
    for (const [key, { reader, optional }] of known) {
      const field = found.get(key);
      if (field === undefined && optional) continue;
      if (field === undefined) throw new Malformed(`has no '${inside(at, key)}'`);
      read[key] = reader(field, inside(at, key));
    }
    return read as T; // each field of T is there, read by the reader of its type
  };
}

/**
 * Reads an extent. It counts terms, because shared objects may stand for many more terms than there are
 * objects.
 */
const extent: Reader<Extent> = (value, at) => {
  let terms = 0;
  const read = (part: unknown, depth: number): Extent => {
    if (++terms > limits.extentTerms.most || depth > limits.extentDepth.most) {
      const { most, counts } = depth > limits.extentDepth.most ? limits.extentDepth : limits.extentTerms;
      throw new Malformed(`has more than ${most} ${counts}, '${at}'`);
    }
    if (part === 'tokens') return part;
    if (typeof part === 'number') return Number.isFinite(part) ? part : fail(at, 'a finite number', part);
    if (typeof part !== 'object' || part === null || Array.isArray(part))
      fail(at, "a number, 'tokens' or an expression of them", part);
    const { op, a, b, ...more } = part as Record<string, unknown>;
    const [extra] = Object.keys(more);
    if (extra !== undefined) throw new Malformed(`has a field ${shown(inside(at, extra))} that no size has`);
    return {
      op: oneOf('add', 'mul', 'max', 'ceildiv')(op, `${at}.op`),
      a: read(a, depth + 1),
      b: read(b, depth + 1),
    };
  };
  return read(value, 0);
};

const dtype: Reader<PlanDType> = oneOf('f32', 'f16', 'i32');

const tensor = object<PlanTensor>({
  name: text,
  role: oneOf('input', 'frozen', 'trainable', 'cotangent', 'output'),
  dtype,
  shape: list(extent),
  'storage?': object<NonNullable<PlanTensor['storage']>>({ format: text, bytes: count }),
});

const kernel = object<PlanKernel>({
  name: text,
  wgsl: text,
  entryPoint: text,
  workgroupSize: (value, at) => {
    const [x, y, z, ...more] = list(whole(1, 0xffffffff))(value, at);
    return x !== undefined && y !== undefined && z !== undefined && more.length === 0
      ? [x, y, z]
      : fail(at, 'a list of three numbers', value);
  },
  workgroupBytes: count,
  bindings: list(oneOf('read', 'read_write')),
  uniforms: list(extent),
  features: list(oneOf('shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix')),
});

const ref: Reader<PlanRef> = (value, at) => {
  if (typeof value !== 'object' || value === null) fail(at, 'an object', value);
  if ('input' in value) return object<{ readonly input: string }>({ input: text })(value, at);
  if ('output' in value) return object<{ readonly output: string }>({ output: text })(value, at);
  return object<{ readonly slot: number }>({ slot: count })(value, at);
};

const dispatch = object<PlanDispatch>({ kernel: count, bind: list(ref), workgroups: extent });

const tuned = object<Tuned>({ adapter: text, key: text, schedule: text });

const element = oneOf('f32', 'f16');

const alternative = object<PlanAlternative>({
  kernel: count,
  workgroups: extent,
  'maxTokens?': count,
  'bind?': list(ref),
  'first?': dispatch,
  'matrix?': object<MatrixShape>({ m: count, n: count, k: count, component: element, result: element }),
  'tuned?': tuned,
  'verify?': list(dtype),
});

const step = object<PlanStep>({
  kernel: count,
  bind: list(ref),
  workgroups: extent,
  'first?': dispatch,
  'alternatives?': list(alternative),
  'tuned?': tuned,
  'halves?': list(object<PlanHalf>({ of: ref, elements: extent, label: text })),
  flops: extent,
  bytes: extent,
  label: text,
  source: list(text),
});

const variant = object<PlanVariant>({
  minTokens: count,
  maxTokens: nullOr(count),
  slots: list(extent),
  steps: list(step),
});

const devices = object<PlanDevices>({
  'smallest?': pair,
  'largest?': pair,
  'software?': oneOf(true),
  'vendors?': list(text),
  'features?': list(oneOf('subgroups')),
  'workgroupBytes?': count,
});

const planClass = object<PlanClass>({ name: text, devices, variants: list(variant) });

const plan = object<Plan>({
  format: oneOf('oftc-plan'),
  version: oneOf(2),
  name: text,
  inputs: list(tensor),
  outputs: list(tensor),
  kernels: list(kernel),
  classes: list(planClass),
  'tokenRules?': list(object<PlanTokenRule>({ value: extent, by: whole(1), says: text, source: list(text) })),
  'indexRules?': list(object<PlanIndexRule>({ input: text, size: extent, reader: text, source: list(text) })),
  'positionRules?': list(
    object<PlanPositionRule>({
      ...{ input: text, count, rows: count, columns: count },
      ...{ reader: text, source: list(text) },
    }),
  ),
});

/** Reads a value that must be a T. Throws InvalidPlan naming the field at fault. */
function reading<T>(reader: Reader<T>, value: unknown, what: string): T {
  try {
    return reader(value, '');
  } catch (cause) {
    // A getter of the caller's may throw anything.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OftcRuntimeError(
      'InvalidPlan',
      `${what} ${why}: compile it again with this version of oftc`,
      cause instanceof Malformed ? {} : { cause },
    );
  }
}

const head: Reader<string> = (value) => {
  if (typeof value !== 'object' || value === null) throw new Malformed(`is ${shown(value)}`);
  const { name, format, version } = value as Readonly<Record<string, unknown>>;
  if (format === 'oftc-plan' && version === 1)
    throw new Malformed('has version 1, which knew no classes of devices, and this oftc reads version 2');
  if (format !== 'oftc-plan' || version !== 2)
    throw new Malformed(`has format ${shown(format)} version ${shown(version)}, not 'oftc-plan' version 2`);
  return typeof name === 'string' ? `plan ${shown(name)}` : 'the plan';
};

export const readPlan = (value: unknown): Plan => reading(plan, value, reading(head, value, 'the plan'));

export const readExtent = (value: unknown): Extent => reading(extent, value, 'the extent');

export const readVariant = (value: unknown): PlanVariant => reading(variant, value, 'the variant');
