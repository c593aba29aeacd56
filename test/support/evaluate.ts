/** Evaluates expressions and programs on random inputs, which depend only on a seed and the inputs' names. */
import { expect } from 'vitest';
import { evalDim } from '../../compiler/dims/dims.ts';
import { topological } from '../../compiler/ir/build.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { count, Singular, type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { field, P } from '../../compiler/semantics/domains/field.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { anyPositions } from '../../src/start/positions.ts';
import { random } from './random.ts';

export type Values = Readonly<Record<string, TensorValue<number>>>;

/** A program with the given outputs, whose inputs are those that the outputs reach, in order of appearance. */
export function programOf(outputs: Readonly<Record<string, Node>>): Program {
  const nodes = topological(Object.values(outputs));
  const inputs = new Map(
    nodes.flatMap((n): [string, InputNode][] => (n.kind === 'input' ? [[n.name, n]] : [])),
  );
  return {
    name: 'test',
    inputs: [...inputs.values()],
    outputs: Object.entries(outputs).map(([name, node]) => ({ name, node })),
    where: {},
  };
}

/** A generator of random numbers in [0, 1) for a seed and a name (from their FNV-1a hash). */
function randomOf(seed: number, name: string): () => number {
  let h = 0x811c9dc5 ^ seed;
  for (const c of name) h = Math.imul(h ^ c.codePointAt(0)!, 0x01000193);
  return random(h);
}

/**
 * A random permutation of 0 to n − 1 (Fisher and Yates), which is also a valid list of indices of an axis of size n.
 */
function permutationOf(n: number, next: () => number): number[] {
  const p = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [p[i], p[j]] = [p[j]!, p[i]!];
  }
  return p;
}

/** The names of integer inputs that hold positions of a matrix, with its size. */
const POSITIONS = /^at(\d+)x(\d+)/;

/** Random inputs of a program: integers are permutations or, as their names say, positions; `element` makes other elements from a number in [0, 1). */
export function drawInputs(
  inputs: PrimProgram['inputs'],
  seed: number,
  tokens: number,
  element: (unit: number) => number,
): Record<string, TensorValue<number>> {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape: dims }) => {
      const shape = dims.map((d) => evalDim(d, { tokens }));
      const next = randomOf(seed, name);
      const [, rows, columns] = POSITIONS.exec(name) ?? [];
      const values =
        dtype === 'i32'
          ? rows === undefined
            ? permutationOf(count(shape), next)
            : [...anyPositions(shape, [Number(rows), Number(columns)], next)]
          : Float64Array.from({ length: count(shape) }, () => element(next()));
      return [name, tensor(shape, values)];
    }),
  );
}

export const residue = (unit: number): number => Math.floor(unit * P);
/** A multiple of 1/8 in [−1, 1], which is exact in every float format. */
export const eighth = (unit: number): number => Math.round(unit * 16 - 8) / 8;
export const real = (unit: number): number => 2 * unit - 1;

/**
 * Evaluates several programs over the prime field, on the same inputs. After a division by zero, which says nothing
 * about the reals, it draws inputs again, five times at most.
 */
export function inField(programs: readonly PrimProgram[], seed: number, tokens: number): Values[] {
  for (let attempt = 0; ; attempt++) {
    try {
      const s = seed + attempt * 7919;
      return programs.map((p) => interpret(p, field(s), drawInputs(p.inputs, s, tokens, residue), tokens));
    } catch (e) {
      if (!(e instanceof Singular) || attempt === 5) throw e;
    }
  }
}

export const inFloat64 = (
  programs: readonly PrimProgram[],
  seed: number,
  tokens: number,
  element: (unit: number) => number = real,
): Values[] =>
  programs.map((p) => interpret(p, float64, drawInputs(p.inputs, seed, tokens, element), tokens));

/** Lowers expressions, with structured matrices or with every operator dense. */
export const lowered = (outputs: Readonly<Record<string, Node>>, structured = true): PrimProgram =>
  lowerProgram(programOf(outputs), { structured });

export const elements = (v: TensorValue<number>): number[] => [...v.values];

/**
 * Expects the elements of two tensors to be the same. It compares them itself, because a property does so a hundred
 * thousand times, and asks `expect` only for the message.
 */
export function expectSame(
  actual: TensorValue<number>,
  expected: TensorValue<number>,
  message?: string,
): void {
  const [a, b] = [actual.values, expected.values];
  if (a.length !== b.length || !a.every((x, i) => Object.is(x, b[i])))
    expect(elements(actual), message).toEqual(elements(expected));
}

/** The largest |a − b| over all elements, relative to the largest |a|, or to 1 where that is larger. */
export function relativeError(a: TensorValue<number>, b: TensorValue<number>): number {
  if (a.values.length !== b.values.length) return Infinity;
  const scale = a.values.reduce((m, x) => Math.max(m, Math.abs(x)), 1);
  return a.values.reduce((worst, x, i) => {
    const error = Math.abs(x - b.values[i]!) / scale;
    return Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }, 0);
}

export const dot = (a: TensorValue<number>, b: TensorValue<number>): number =>
  a.values.reduce((s, x, i) => s + x * b.values[i]!, 0);
