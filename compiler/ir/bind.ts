/**
 * Binds dimensions. The user's sizes and the shapes of actual tensors give a size for every name. In the bound Program,
 * only `tokens` is symbolic. The errors are OFT30xx.
 */
import {
  type Binding,
  constantOf,
  type Dim,
  DimError,
  dimConst,
  dimNames,
  dimVar,
  isRuntimeName,
  printDim,
  RUNTIME_DIM,
  substituteDim,
} from '../dims/dims.ts';
import { type Equation, solveEquations } from '../dims/solve.ts';
import { triangleSide } from '../dims/triangle.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { entryOf } from '../records.ts';
import { apply, mapClaims, topological, withSpans } from './build.ts';
import { remedies } from './contradiction.ts';
import type { Attr, Attrs, InputNode, Node, OpNode, Program } from './node.ts';
import { leadingAxes, madeSquare, twoMeanings } from './size-notes.ts';
import { fold } from './walk.ts';

/**
 * The names of all dimensions of the program: first those of the inputs in order of first appearance, then those that
 * only operators have, then those of `where`.
 */
export function programDims(program: Program): string[] {
  const names = new Set<string>();
  substituteProgram(program, (d) => {
    for (const n of dimNames(d)) names.add(n);
    return d;
  });
  return [...new Set([...names, ...Object.keys(program.where)])];
}

/**
 * Throws OFT3001 for a dimension that `where` does not state and whose name is one of `settings` too, and for a size whose
 * name is no dimension. If that is one of `settings`, the message says where its value belongs.
 */
export function checkSizeNames(program: Program, given: object, settings: readonly string[]): void {
  const names = programDims(program);
  const both = settings.find((n) => names.includes(n) && !Object.hasOwn(program.where, n));
  if (both !== undefined)
    throw new OftcError(
      'OFT3001',
      `'${both}' is a dimension of '${program.name}', and of its configuration too: for the size write size('${both}') in place of c.${both}, and leave ${both} out of the configuration; else give one of them another name`,
    );
  for (const [name, value] of Object.entries(given))
    if (!names.includes(name)) throw noDimension(program, names, name, { value, settings });
}

function noDimension(
  program: Program,
  names: readonly string[],
  name: string,
  of?: { readonly value: unknown; readonly settings: readonly string[] },
): OftcError {
  const has = `'${program.name}' has no dimension '${name}'`;
  if (of?.settings.includes(name)) {
    const advice = `it is a setting: give it in config, { ${name}: ${String(of.value)} } (command line: --set ${name}=${String(of.value)})`;
    return new OftcError('OFT3001', `${has}; ${advice}`);
  }
  const settings = of && (of.settings.length > 0 ? `the settings ${of.settings.join(', ')}` : 'no settings');
  const advice = didYouMean(name, names) || (settings ? `, and ${settings}` : '');
  return new OftcError('OFT3001', `${has}; it has ${names.join(', ')}${advice}`);
}

/**
 * The sizes of all dimensions, from `given` ones and from the shapes of tensors (`shapes`, by input name). Names that
 * stay unknown are absent. Throws OFT3001 for an unknown name, OFT3002 for a contradiction, and OFT3003 for a
 * quotient that does not divide.
 */
export function solveDims(
  program: Program,
  given: Binding,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Record<string, number> {
  try {
    return solvedDims(program, given, shapes);
  } catch (error) {
    if (!(error instanceof OftcError && error.code === 'OFT3002')) throw error;
    const square = madeSquare(program);
    const advice = square ? `; ${square}` : remedies(given, shapes, (g, s) => solvedDims(program, g, s));
    throw new OftcError(error.code, `${error.message}${advice}`, error.spans);
  }
}

function solvedDims(
  program: Program,
  given: Binding,
  shapes: Readonly<Record<string, readonly number[]>>,
): Record<string, number> {
  const names = programDims(program);
  const equations: Equation[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) throw noDimension(program, names, name);
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OftcError(
        'OFT3004',
        `dimension '${name}' must be a whole number of at least 1, got ${typeof value === 'number' ? value : typeof value}`,
      );
    }
    equations.push({
      dim: entryOf(program.where, name) ?? dimVar(name),
      value,
      from: `${name} = ${value}`,
    });
  }
  for (const input of program.inputs) {
    const shape = entryOf(shapes, input.name);
    if (!shape) continue;
    if (shape.length !== input.type.shape.length) {
      throw new OftcError(
        'OFT3005',
        `tensor '${input.name}' has shape [${shape.join(', ')}] but is declared (${input.type.shape.map(printDim).join(', ')}): rank ${shape.length} against ${input.type.shape.length}${packing(input.type.shape, shape)}`,
        input.spans,
      );
    }
    input.type.shape.forEach((dim, axis) => {
      equations.push({
        dim,
        value: shape[axis]!,
        from: `axis ${axis} of tensor '${input.name}' is ${shape[axis]}`,
      });
    });
  }
  return solveEquations(equations, program.where, (d) => {
    const meanings = twoMeanings(program, d);
    return meanings && `; ${meanings}`;
  });
}

/** The dimensions that an author binds: those that no equality defines. */
export const freeDims = (program: Program): string[] =>
  programDims(program).filter((n) => !isRuntimeName(n) && !Object.hasOwn(program.where, n));

/** Advice for whole matrices where a packed triangle is declared. */
function packing(declared: readonly Dim[], shape: readonly number[]): string {
  const [last, n, rows] = [declared.at(-1), shape.at(-1)!, shape.at(-2)];
  if (!last || n !== rows || shape.length !== declared.length + 1 || !triangleSide(last)) return '';
  const packed = [...shape.slice(0, -2), (n * (n - 1)) / 2];
  return `: store the strict upper triangle of each matrix, row by row, as [${packed.join(', ')}]`;
}

/**
 * The names whose sizes are still to be given. An entry with two names asks for one of them: a size of `where` is a
 * product of both, and gives the other.
 */
export function toGive(program: Program, sizes: Binding): readonly (readonly string[])[] {
  const known = new Set(Object.keys(sizes));
  const alone: string[] = [];
  const either: string[][] = [];
  const open = (names: readonly string[]) => names.filter((n) => !known.has(n));
  for (const [name, dim] of Object.entries(program.where)) {
    const [one, other, ...more] = [...open(dimNames(dim)), ...open([name])];
    // The other sizes of a product give the last one.
    if (one && !other && dim.terms.length === 1) known.add(one);
    if (!one || !other || dim.terms.some((t) => t.powers.some(([, p]) => p < 0))) continue;
    either.push([one, other]);
    alone.push(...more);
    for (const n of [one, other, ...more]) known.add(n);
  }
  return [...[...alone, ...open(freeDims(program))].map((n) => [n]), ...either];
}

/**
 * The names of `toGive` as options of a command line. Where one of two names is asked for, the equality that gives
 * the other follows.
 */
function asOptions(program: Program, sizes: Binding): string {
  const given = toGive(program, sizes);
  const one = (n: string) => `${n}=…`;
  const alone = given.flatMap((names) => (names.length === 1 ? names.map(one) : []));
  const either = given.filter((names) => names.length > 1);
  const reasons = Object.entries(program.where)
    .filter(([name, dim]) => either.some((names) => names.every((n) => [name, ...dimNames(dim)].includes(n))))
    .map(([name, dim]) => `${name} = ${printDim(dim)}`);
  const all = [alone.join(','), ...either.map((names) => names.map(one).join(' or '))];
  return `${all.filter(Boolean).join(' and ')}${reasons.length === 0 ? '' : `, where ${reasons.join(' and ')}`}`;
}

/**
 * The program at these sizes. Every dimension but `tokens` must be bound: OFT3006 lists those that are not, and the
 * `option` of the command line that gives them. Every quotient must be an integer (OFT3003), and every operator must
 * accept the sizes: a slice lies within its axis (OFT2012), and so on.
 */
export function bindProgram(program: Program, sizes: Binding, option = '--dims'): Program {
  const open = freeDims(program).filter((n) => !Object.hasOwn(sizes, n));
  if (open.length > 0) {
    const named = open.map((n) => `'${n}'`).join(', ');
    const leading = leadingAxes(program);
    throw new OftcError(
      'OFT3006',
      `unbound dimension${open.length > 1 ? 's' : ''} ${named} of '${program.name}'; ${leading ? `${leading}; else ` : ''}give ${asOptions(program, sizes)} (command line: ${option})`,
    );
  }
  const by = Object.fromEntries(
    Object.entries(sizes)
      .filter(([n]) => n !== RUNTIME_DIM)
      .map(([n, v]) => [n, dimConst(v)]),
  );
  const bound = substituteProgram(program, (d) => {
    const dim = substituteDim(d, by);
    const size = constantOf(dim);
    const constant = dim.terms.find((t) => t.powers.length === 0);
    if ((size !== undefined && size < 0) || (constant && constant.coef.den !== 1n)) {
      throw new OftcError('OFT3003', `'${printDim(d)}' is ${printDim(dim)}: not a whole number of elements`);
    }
    return dim;
  });
  for (const n of topological(bound.outputs.map((o) => o.node))) if (n.kind === 'op') checkSizes(n);
  return bound;
}

/** Types a node again with bound sizes: an operator may refuse some that it knew by name alone. */
const checkSizes = ({ op, args, attrs, spans }: OpNode): void => {
  withSpans(spans, () => apply(op, args, attrs));
};

/** Rebuilds the program with every dimension of its types and attributes replaced; shared nodes stay shared. */
export function substituteProgram(program: Program, f: (d: Dim) => Dim): Program {
  const attr = (a: Attr): Attr => {
    if (typeof a !== 'object') return a;
    if (Array.isArray(a)) return a.map(attr);
    if ('terms' in a) {
      try {
        return f(a as Dim);
      } catch (e) {
        if (e instanceof DimError) throw new OftcError('OFT3003', e.message);
        throw e;
      }
    }
    if ('num' in a) return a;
    return Object.fromEntries(Object.entries(a).map(([k, v]) => [k, attr(v as Attr)]));
  };
  const visit = fold<Node>((n, of) => {
    const type = { ...n.type, shape: n.type.shape.map(f) };
    return n.kind === 'input'
      ? { ...n, type }
      : { ...n, type, args: n.args.map(of), attrs: attr(n.attrs) as Attrs };
  });
  return {
    ...program,
    inputs: program.inputs.map((i) => visit(i) as InputNode),
    outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })),
    ...(program.claims ? { claims: mapClaims(program.claims, visit) } : {}),
  };
}
