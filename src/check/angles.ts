/** Reports what a layer that rotates keeps: the angles between neurons, the rows of W, and their hyperspherical energy. */
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { Output, Program } from '../../compiler/ir/node.ts';
import { type Domain, type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { exactWeight, rotates } from '../energy/exact.ts';
import { type AnglesAndEnergy, keptEntry, keptOf } from '../energy/kept.ts';
import { changed, degrees, percent } from '../energy/text.ts';
import { printSizes } from '../identity/sizes.ts';
import { realValues, type Values } from '../identity/values.ts';
import type { HostTensor } from '../session/tensors.ts';
import { initialise } from '../start/initialise.ts';
import { random } from '../start/random.ts';
import { drawn, evaluator } from './evaluate.ts';
import { replacedBy } from './merge.ts';
import { noting } from './orthogonality.ts';
import type { Finding } from './report.ts';

/** The most elements of W for which the reference computes the merged weight as it is written. */
const MOST_ELEMENTS = 65_536;

/** A layer with bound sizes, and the name of the frozen weight whose place its merged weight takes. */
interface At {
  readonly program: Program;
  readonly name: string;
  /** The shape of the weight as a matrix. All axes but the first are one: a kernel of a convolution is a neuron. */
  readonly matrix: readonly [number, number];
}

/**
 * Reports the angles of a layer whose merged weight has a rotation. Over the field it settles whether all of them are
 * kept; in float64, at the first sizes that the reference can afford, by how much they change. The finding passes
 * either way: a rotation of outputs changes the angles, and no layer claims that it keeps them.
 */
export function checkAngles(
  source: Program,
  sizes: readonly Binding[],
  trials: number,
  seed: number,
): Finding[] {
  const weight = source.claims?.weight;
  const W = weight && rotates(source) ? replacedBy(weight) : undefined;
  if (!W) return [];
  const least = sizes.at(-1)!;
  const at = (bound: Binding) => boundAt(source, W.name, bound);
  const verdict = inField(at(least), trials, seed);
  const chosen = sizes.find((s) => at(s).matrix[0] * at(s).matrix[1] <= MOST_ELEMENTS) ?? least;
  const field = verdict === 'undecided' ? [] : [`field at ${printSizes(least)}`];
  return [
    {
      property: PROPERTIES[verdict],
      where: [...field, `float64 at ${printSizes(chosen)}`].join('; '),
      trials: field.length === 0 ? 0 : trials,
      passed: true,
      note: inFloat64(at(chosen), seed),
    },
  ];
}

type Verdict = 'kept' | 'changed' | 'undecided';

const PROPERTIES: Readonly<Record<Verdict, string>> = {
  kept: 'angles between neurons (rows of W) are kept, exactly',
  changed: 'angles between neurons (rows of W) change',
  undecided: 'angles between neurons (rows of W)',
};

function boundAt(source: Program, name: string, sizes: Binding): At {
  const program = bindProgram(source, sizes);
  const { shape } = program.inputs.find((i) => i.name === name)!.type;
  const [rows = 1, ...rest] = shape.map((d) => evalDim(d, {}));
  return { program, name, matrix: [rows, rest.reduce((n, d) => n * d, 1)] };
}

const outputsOf = ({ claims }: Program): Output[] => [{ name: 'weight', node: claims!.weight! }];

/** Whether cos² of every angle is the same for W and W′ over the field, at random points. */
function inField({ program, name, matrix }: At, trials: number, seed: number): Verdict {
  const of = evaluator(program, outputsOf(program));
  const next = random(seed);
  const called = new Set<string>();
  for (let t = 0; t < trials; t++) {
    const same = drawn(program, 1, next, (domain, values) => {
      const merged = of(noting(domain, called), values, 1).weight!;
      return sameAngles(domain, tensor(matrix, values[name]!.values), tensor(matrix, merged.values));
    });
    if (!same) return called.size > 0 ? 'undecided' : 'changed';
  }
  return 'kept';
}

/** Whether (aᵢ·aⱼ)²·‖bᵢ‖²‖bⱼ‖² = (bᵢ·bⱼ)²·‖aᵢ‖²‖aⱼ‖² for all rows i and j of A and B. */
function sameAngles(
  { mul, matmul }: Domain<number>,
  A: TensorValue<number>,
  B: TensorValue<number>,
): boolean {
  const rows = A.shape[0]!;
  const [a, b] = [matmul(A, A).values, matmul(B, B).values];
  const square = (x: number) => mul(x, x);
  const lengths = (of: Float64Array, i: number, j: number) => mul(of[i * rows + i]!, of[j * rows + j]!);
  return a.every((product, at) => {
    const [i, j] = [Math.floor(at / rows), at % rows];
    return mul(square(product), lengths(b, i, j)) === mul(square(b[at]!), lengths(a, i, j));
  });
}

/** The change of angles and energy near the start, in words. */
function inFloat64({ program, name, matrix }: At, seed: number): string {
  const exact = exactWeight(program);
  const values = nearStart(program, seed);
  const outputs = [...outputsOf(program), ...(exact ? [{ name: 'exact', node: exact }] : [])];
  const results = evaluator(program, outputs)(float64, values, 1);
  const given = { W: values[name]!.values, merged: results.weight!.values, exact: results.exact?.values };
  const all = keptOf([keptEntry(name, matrix, given)]);
  const { truncation } = all;
  return [
    `${matrix[0]} neurons with an energy Σ 1/‖ŵᵢ − ŵⱼ‖ of ${all.energyBefore.toPrecision(6)}: ${inWords(all)}`,
    ...(truncation
      ? [
          `with the Cayley transform in place of its truncated series ${inWords(truncation.exact)}; the series misses ${percent(truncation.missed)} of W′ − W`,
        ]
      : []),
    ...(all.pairs < all.of ? [`measured on ${all.pairs} of ${all.of} pairs`] : []),
  ].join('; ');
}

/**
 * Random values as `realValues` draws them. A trainable lies so far from its start, and a frozen tensor with a
 * start is at it.
 */
function nearStart(program: Program, seed: number): Values {
  const values = realValues(program, 1, random(seed));
  const frozen = program.inputs.filter((i) => i.role === 'frozen' && i.init === undefined);
  const given = frozen.map(({ name }): [string, HostTensor] => {
    const { shape, values: data } = values[name]!;
    return [name, { shape, data }];
  });
  const starts = startsOf(program, Object.fromEntries(given), seed);
  const moved = program.inputs.flatMap(({ name, role }) => {
    const start = starts[name];
    if (!start) return [];
    const { shape, values: drawn } = values[name]!;
    const from = Array.from(start.data, Number);
    return [[name, tensor(shape, role === 'frozen' ? from : from.map((x, k) => x + drawn[k]!))] as const];
  });
  return { ...values, ...Object.fromEntries(moved) };
}

/** The starts of a layer; none where it does not state them, or they do not exist at these sizes. */
function startsOf(
  program: Program,
  frozen: Readonly<Record<string, HostTensor>>,
  seed: number,
): Readonly<Record<string, HostTensor>> {
  try {
    return initialise(program, { frozen, seed });
  } catch (e) {
    if (e instanceof OftcError) return {};
    throw e;
  }
}

const inWords = ({ largest, energyChange }: AnglesAndEnergy): string =>
  `angles change by at most ${degrees(largest)} and the energy by ${changed(energyChange)}`;
