/**
 * Binding dimensions: from sizes the user gives and shapes of actual tensors to a size for every name, then
 * a Program in which only `tokens` is symbolic. Codes OFT30xx.
 */

import {
  type Binding,
  constantOf,
  type Dim,
  DimError,
  dimConst,
  dimNames,
  evalReal,
  printDim,
  RUNTIME_DIM,
  substituteDim,
} from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { checkSlices } from '../ops/indexing.ts';
import { emptyRecord, entryOf } from '../records.ts';
import type { Attr, Attrs, Claims, InputNode, Node, Program } from './node.ts';
import { fold } from './walk.ts';

interface Equation {
  readonly dim: Dim;
  readonly value: number;
  /** For messages: where the value comes from. */
  readonly from: string;
}

/**
 * Names of every dimension of the program, those that only an operator has included: of the inputs in order of
 * first appearance, then of operators, then of `where`.
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
 * Sizes of all dimensions from `given` ones and from the shapes of tensors (`shapes`, by input name).
 * Throws OFT3001 unknown name, OFT3002 contradiction, OFT3003 does not divide; names that stay unknown
 * are absent from the result.
 */
export function solveDims(
  program: Program,
  given: Binding,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Record<string, number> {
  const names = programDims(program);
  const equations: Equation[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      throw new OftcError(
        'OFT3001',
        `'${program.name}' has no dimension '${name}'; it has ${names.join(', ')}${didYouMean(name, names)}`,
      );
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OftcError(
        'OFT3004',
        `dimension '${name}' must be a whole number of at least 1, got ${typeof value === 'number' ? value : typeof value}`,
      );
    }
    equations.push({
      dim: entryOf(program.where, name) ?? dimVarOf(name),
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
        `tensor '${input.name}' has shape [${shape.join(', ')}] but is declared (${input.type.shape.map(printDim).join(', ')}): rank ${shape.length} against ${input.type.shape.length}`,
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
  const known = emptyRecord<number>();
  const because = emptyRecord<string>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const e of equations) {
      const open = dimNames(e.dim).filter((n) => !(n in known));
      if (open.length !== 1) continue;
      known[open[0]!] = solve(e, open[0]!, known, because);
      because[open[0]!] = e.from;
      progress = true;
    }
  }
  for (const e of equations) {
    if (dimNames(e.dim).some((n) => !(n in known))) continue;
    const size = evalReal(e.dim, known);
    if (size !== e.value) {
      const why = dimNames(e.dim).map((n) => sourced(n, known, because));
      throw new OftcError(
        'OFT3002',
        `${e.from}, but '${printDim(e.dim)}' is ${size}${why.length ? ` with ${why.join(', ')}` : ''}`,
      );
    }
  }
  for (const [name, dim] of Object.entries(program.where)) {
    if (!dimNames(dim).every((n) => n in known)) continue;
    const size = evalReal(dim, known);
    if (!Number.isSafeInteger(size) || size < 0) {
      const why = dimNames(dim).map((n) => sourced(n, known, because));
      throw new OftcError(
        'OFT3003',
        `'${name}' is '${printDim(dim)}', which is ${size} with ${why.join(', ')}: not a whole number of elements; choose sizes that divide`,
      );
    }
    known[name] = size;
  }
  return { ...known };
}

const dimVarOf = (name: string): Dim => ({ terms: [{ coef: { num: 1n, den: 1n }, powers: [[name, 1]] }] });

/** A size with where it comes from, unless that is how it was given. */
function sourced(name: string, known: Binding, because: Readonly<Record<string, string>>): string {
  const size = `${name} = ${known[name]}`;
  return because[name] === size ? size : `${size} (${because[name]})`;
}

/** For x·y = value with y known: the nearest y below and above that divide. */
function dividing({ dim, value }: Equation, open: string, known: Binding): string {
  const [name, ...more] = dimNames(dim).filter((n) => n !== open);
  const product = dim.terms.length === 1 && dim.terms[0]!.powers.every(([, p]) => p === 1);
  if (name === undefined || more.length > 0 || !product || value < 1) return '';
  const scale = evalReal(dim, { [open]: 1, [name]: 1 });
  const fits = (y: number) => Number.isInteger(value / (scale * y));
  const given = known[name]!;
  const [below, above] = [-1, 1].map((step) => {
    for (let y = given + step; y >= 1 && y <= Math.min(value, given + 4096); y += step) if (fits(y)) return y;
    return undefined;
  });
  const found = [below, above].filter((y) => y !== undefined).map((y) => `${name} = ${y}`);
  return found.length === 0 ? '' : `: ${found.join(' or ')} does`;
}

/** The whole x ≥ 0 with dim(x) = value, the other names known. Throws OFT3003 when there is none. */
function solve(e: Equation, name: string, known: Binding, because: Readonly<Record<string, string>>): number {
  const at = (x: number) => evalReal(e.dim, { ...known, [name]: x });
  const fail = (): never => {
    const others = dimNames(e.dim)
      .filter((n) => n !== name)
      .map((n) => sourced(n, known, because));
    throw new OftcError(
      'OFT3003',
      `${e.from}, and '${printDim(e.dim)}' must equal it, but no whole '${name}' does${others.length ? ` with ${others.join(', ')}` : ''}; choose sizes that divide${dividing(e, name, known)}`,
    );
  };
  const [t] = e.dim.terms;
  if (e.dim.terms.length === 1 && t!.powers.some(([n, p]) => n === name && p === -1)) {
    const x = at(1) / e.value;
    return Number.isSafeInteger(x) && at(x) === e.value ? x : fail();
  }
  let [lo, hi] = [1, 1];
  while (at(hi) < e.value && hi < 2 ** 40) hi *= 2;
  while (lo < hi) {
    const mid = Math.floor((lo + hi) / 2);
    if (at(mid) < e.value) lo = mid + 1;
    else hi = mid;
  }
  if (at(lo) === e.value) return lo; // before 0, which tri(b) = 0 also has as a root
  return at(0) === e.value ? 0 : fail();
}

/**
 * The program at these sizes; every dimension but `tokens` must be bound (OFT3006 lists those that are
 * not, and the `option` of the command line that gives them), every quotient must be whole (OFT3003) and every slice within its axis (OFT2012).
 */
export function bindProgram(program: Program, sizes: Binding, option = '--dims'): Program {
  const needed = programDims(program).filter((n) => n !== RUNTIME_DIM && !Object.hasOwn(program.where, n));
  const open = needed.filter((n) => !Object.hasOwn(sizes, n));
  if (open.length > 0) {
    const named = open.map((n) => `'${n}'`).join(', ');
    throw new OftcError(
      'OFT3006',
      `unbound dimension${open.length > 1 ? 's' : ''} ${named} of '${program.name}'; give ${open.map((n) => `${n}=…`).join(',')} (command line: ${option})`,
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
  checkSlices(bound);
  return bound;
}

/** Rebuilds the program with every dimension of its types and attributes replaced; sharing is kept. */
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
    where: program.where,
    ...(program.claims ? { claims: boundClaims(program.claims, visit) } : {}),
  };
}

const boundClaims = ({ weight, bias, orthogonal }: Claims, visit: (n: Node) => Node): Claims => ({
  ...(weight ? { weight: visit(weight) } : {}),
  ...(bias ? { bias: visit(bias) } : {}),
  orthogonal: orthogonal.map(visit),
});
