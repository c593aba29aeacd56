/** The sizes of a layer in terms of a linear layer's features, and of the sizes that an adapter's configuration gives. */
import {
  type Binding,
  constantOf,
  type Dim,
  dimNames,
  evalReal,
  printDim,
  RUNTIME_DIM,
} from '../../../../compiler/dims/dims.ts';
import { OftcError } from '../../../../compiler/errors/error.ts';
import { programDims, solveDims, substituteProgram, toGive } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { dimText, quotientOf } from '../dims.ts';
import { pythonName } from '../python-text.ts';
import { solvedFrom } from '../sizes.ts';
import type { Adaptation } from './adaptation.ts';

export interface FeatureSizes {
  /** The sizes that the configuration gives, with the values that they were built with. */
  readonly fields: Binding;
  /** Every size by its name, as Python text in terms of config, of the features, and of sizes before it. */
  readonly texts: ReadonlyMap<string, string>;
  /** The sizes that parentheses are chosen for. */
  readonly typical: Binding;
}

/** The numbers of inputs and outputs that parentheses are chosen for where `--dims` gives none. */
const FEATURES = 4096;

/**
 * Finds which of the given sizes are fields of a configuration: those that do not follow from a layer's features.
 * Throws OFT3006 where sizes remain that nothing gives, and what `solveDims` throws.
 */
export function featureSizes(program: Program, adaptation: Adaptation, given: Binding): FeatureSizes {
  const [rows, columns] = adaptation.weight.type.shape as [Dim, Dim];
  const features = [
    { size: columns, text: 'in_features' },
    { size: rows, text: 'out_features' },
  ];
  const fields: Record<string, number> = {};
  const solved = () => solvedFrom(features, Object.keys(fields));
  for (const [name, size] of Object.entries(given)) {
    // A name of `where` stands for a product, such as the features in = r*b.
    if (Object.hasOwn(program.where, name) || solved().has(name)) continue;
    fields[name] = size;
  }
  const names = programDims(program).filter((n) => n !== RUNTIME_DIM && !Object.hasOwn(program.where, n));
  const found = solved();
  const open = names.filter((n) => !found.has(n) && !Object.hasOwn(fields, n));
  if (open.length > 0) {
    const shown = toGive(program, { ...fields, ...Object.fromEntries([...found.keys()].map((n) => [n, 1])) });
    const choices = shown
      .map((all) => all.filter((n) => !Object.hasOwn(program.where, n)))
      .filter((all) => all.length > 0);
    throw new OftcError(
      'OFT3006',
      `'${program.name}' has sizes that do not follow from a linear layer's features: give ${choices.map((all) => all.map((n) => `${n}=…`).join(' or ')).join(' and ')} (command line: --dims). Each becomes a field of the adapter's configuration, with this value by default`,
    );
  }
  return {
    fields,
    texts: new Map([...Object.keys(fields).map((n) => [n, `config.${pythonName(n)}`] as const), ...found]),
    typical: typicalSizes(program, adaptation, given, fields),
  };
}

/** The sizes of a layer of FEATURES inputs and outputs, or of so many that the fields divide, where none are given. */
function typicalSizes(program: Program, { weight }: Adaptation, given: Binding, fields: Binding): Binding {
  const known = solveDims(program, given);
  const step = Object.values(fields).reduce((p, n) => p * n, 1);
  const sides = (most: number) =>
    weight.type.shape.map((d) => (dimNames(d).every((n) => n in known) ? evalReal(d, known) : most));
  try {
    return solveDims(program, given, { [weight.name]: sides(FEATURES) });
  } catch (error) {
    if (!(error instanceof OftcError)) throw error;
    return solveDims(program, given, { [weight.name]: sides(Math.ceil(FEATURES / step) * step) });
  }
}

/** The quotients in a program's dimensions that are not whole at all sizes, each with its dividend and its divisor. */
export function quotientsIn(programs: readonly Program[]): ReadonlyMap<string, readonly [string, string]> {
  const found = new Map<string, readonly [string, string]>();
  for (const program of programs)
    substituteProgram(program, (d) => {
      const { dividend, divisor } = quotientOf(d);
      if (!isWhole(dividend, divisor)) found.set(printDim(d), [dimText(dividend), dimText(divisor)]);
      return d;
    });
  return found;
}

/** Whether a quotient is whole at all sizes, as b·(b − 1)/2 is: a small divisor divides at all residues. */
function isWhole(dividend: Dim, divisor: Dim): boolean {
  const by = constantOf(divisor);
  const names = dimNames(dividend);
  if (by === undefined || by ** names.length > 4096) return false;
  let all: Binding[] = [{}];
  for (const n of names) all = all.flatMap((b) => Array.from({ length: by }, (_, i) => ({ ...b, [n]: i })));
  return all.every((b) => evalReal(dividend, b) % by === 0);
}
