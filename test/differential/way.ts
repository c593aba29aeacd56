/** Defines a way of running a program, with the helpers that several kinds of ways share. */

import { OftcError } from '../../compiler/errors/error.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { bound, exact } from '../../compiler/semantics/domains/bound.ts';
import type { Domain, Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { Singular } from '../../compiler/semantics/domains/domain.ts';
import { field } from '../../compiler/semantics/domains/field.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { drawInputs, residue, type Values } from '../support/evaluate.ts';
import { checkClose, checkEqual } from './agree.ts';
import { asWritten, type Call, valuesOf } from './calls.ts';

/** Why a way does not take a call. */
export interface Skipped {
  readonly skipped: string;
}

export const skipped = (why: string): Skipped => ({ skipped: why });
export const isSkipped = (x: unknown): x is Skipped =>
  typeof x === 'object' && x !== null && 'skipped' in x && typeof x.skipped === 'string';

/** Opens the device, PyTorch and the browser at their first use. */
export interface Hosts {
  device(): Promise<GPUDevice>;
  python(): Promise<Python>;
  browser(): Promise<Tab>;
}

/** A process with PyTorch. */
export interface Python {
  run(request: object): Promise<{ readonly outputs?: Record<string, Numbers>; readonly failed?: string }>;
  close(): void;
}

/** Elements with their shape. No number of JSON is a NaN: null stands for it. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly (number | null)[];
}

/** A page with the compiler's worker. */
export interface Tab {
  ask(source: object): Promise<unknown>;
  close(): Promise<void>;
}

export interface Way {
  readonly name: string;
  /** A description of the way, as a line of the table. */
  readonly says: string;
  /** The way that it is compared with. */
  readonly with: string;
  /** How nearly they agree. */
  readonly within: string;
  readonly needs: 'nothing' | 'a device' | 'PyTorch' | 'a browser';
  /** Runs a call in this way, and compares. Throws where the two disagree. */
  check(call: Call, hosts: Hosts): Promise<Skipped | undefined>;
}

/** A program in one more form, evaluated in any domain on the values of the call. */
export type Form = (domain: Domain<number>, values: Values, tokens: number) => Values;

/** The form of a program of primitives, whose inputs and outputs may have other names. */
export const formOf =
  (
    primitives: PrimProgram,
    names: { readonly of: (own: string) => string; readonly back: (own: string) => string } = SAME,
  ): Form =>
  (domain, values, tokens) => {
    const given = Object.fromEntries(primitives.inputs.map(({ name }) => [name, values[names.of(name)]!]));
    const results = interpret(primitives, domain, given, tokens);
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [names.back(name), t]));
  };

const SAME = { of: (name: string) => name, back: (name: string) => name };

/** The variants of a compilation for a call's tokens. */
export const variantFor = <V extends { readonly maxTokens: number | null }>(
  variants: readonly V[],
  tokens: number,
): V => variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;

/**
 * Expects forms to compute what the program as written does: exactly over the prime field, and in float64 where no
 * function has a kink.
 */
export function checkForms(call: Call, forms: readonly Form[]): Skipped | undefined {
  const found = inField(call, forms);
  if (isSkipped(found)) return found;
  const [expected, ...actual] = found;
  for (const values of actual) checkEqual(expected!, values, 'over the field');
  if (!call.kinks) for (const form of forms) checkClose(reference(call), inFloat64(call, form), 'in float64');
  return undefined;
}

/** The results of the program as written and of forms over the field. */
function inField(call: Call, forms: readonly Form[]): readonly Values[] | Skipped {
  const { primitives } = asWritten(call).variants[0]!;
  const all = [formOf(primitives), ...forms];
  for (let attempt = 0; attempt < 6; attempt++) {
    const seed = call.seed + attempt * 7919;
    const values = drawInputs(primitives.inputs, seed, call.tokens, residue);
    try {
      return all.map((form) => form(field(seed), values, call.tokens));
    } catch (e) {
      // A division by zero over the field says nothing about the reals.
      if (!(e instanceof Singular)) throw e;
    }
  }
  return skipped('a matrix has no inverse over the field');
}

export const inFloat64 = (call: Call, form: Form): Values =>
  form(float64, valuesOf(call).values, call.tokens);

const references = new WeakMap<Call, Values>();

/** The results of the program as written, in float64. */
export function reference(call: Call): Values {
  const known = references.get(call);
  if (known) return known;
  const made = inFloat64(call, formOf(asWritten(call).variants[0]!.primitives));
  references.set(call, made);
  return made;
}

/** The results of primitives with the error that a device may make. */
export function withBounds(call: Call, primitives: PrimProgram): Readonly<Record<string, TensorValue<Pair>>> {
  const { values } = valuesOf(call);
  const inputs = primitives.inputs.map(({ name }) => [
    name,
    exact(values[name]!.shape, values[name]!.values),
  ]);
  return interpret(primitives, bound(), Object.fromEntries(inputs), call.tokens);
}

/** The result of a function; skipped where the function throws one of these codes. */
export function unless<T>(codes: readonly string[], make: () => T): T | Skipped {
  try {
    return make();
  } catch (e) {
    if (e instanceof OftcError && codes.includes(e.code)) return skipped(`${e.code}: ${whyOf[e.code] ?? ''}`);
    throw e;
  }
}

const whyOf: Readonly<Record<string, string>> = {
  OFT9020: 'no layer can be written so',
  OFT2020: 'a gradient is asked of what is read no more',
  OFT4005: 'no tensor shows the number of tokens',
  OFT1046: 'two tensors would have one name in Python',
};
