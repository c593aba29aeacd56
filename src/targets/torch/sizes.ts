/** States the sizes that a function's text names, each by the shape of an argument. */
import { type Dim, dimConst, divDim, equalDim, mulDim } from '../../../compiler/dims/dims.ts';
import { triangleSide } from '../../../compiler/dims/triangle.ts';
import type { InputPrim } from '../../../compiler/primitives/prim.ts';
import { dimText } from './dims.ts';
import { pythonName, tensorName } from './python-text.ts';

/** A dimension, and the Python text of its value. */
interface Stated {
  readonly size: Dim;
  readonly text: string;
}

/** The sizes that shapes give, by their names: each is Python text in terms of shapes and of sizes before it. */
const solved = (inputs: readonly Sized[], given: readonly string[]): ReadonlyMap<string, string> =>
  solvedFrom(
    inputs.flatMap((i) => i.shape.map((size, d) => ({ size, text: `${tensorName(i.name)}.shape[${d}]` }))),
    given,
  );

/** The sizes that dimensions of known values give, as `solved` does. */
export function solvedFrom(all: readonly Stated[], given: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>(given.map((n) => [n, '']));
  let before: number;
  do {
    before = found.size;
    for (const { size, text } of all) {
      const own = solve(size, text, (n) => found.has(n));
      if (own) found.set(own.name, own.text);
    }
  } while (found.size > before);
  for (const n of given) found.delete(n);
  return found;
}

/** The sizes that no shape gives, such as a group's: the function takes them beside its tensors. */
export function givenSizes(inputs: readonly Sized[]): string[] {
  const names = [...sizeNames(inputs)].sort();
  const given: string[] = [];
  for (;;) {
    const found = solved(inputs, given);
    const missing = names.find((n) => !found.has(n) && !given.includes(n));
    if (missing === undefined) return given;
    given.push(missing);
  }
}

/**
 * The lines that define sizes, such as `tokens = x.shape[0]`, where a line of `text` names them. A size is found where a
 * dimension is a product of it and of sizes that are known before, or is a packed triangle of it.
 */
export function sizeLines(inputs: readonly Sized[], text: readonly string[]): string[] {
  const found = solved(inputs, givenSizes(inputs));
  const named = (lines: readonly string[]) =>
    [...found.keys()].filter((n) => lines.some((l) => new RegExp(`(?<![\\w.])${pythonName(n)}\\b`).test(l)));
  // A size may be found by others, which are then needed too. The loop meets those that it adds.
  const needed = new Set(named(text));
  for (const m of needed) for (const n of named([found.get(m)!])) needed.add(n);
  return [...found].flatMap(([n, value]) => (needed.has(n) ? [`${pythonName(n)} = ${value}`] : []));
}

type Sized = Pick<InputPrim, 'name' | 'shape'>;

/** The names of the sizes in the shapes of inputs. */
export const sizeNames = (inputs: readonly Pick<InputPrim, 'shape'>[]): ReadonlySet<string> =>
  new Set(inputs.flatMap((i) => i.shape.flatMap((d) => d.terms.flatMap((t) => t.powers.map(([n]) => n)))));

/** The size that a dimension gives, as Python text; undefined where it gives none. */
function solve(size: Dim, place: string, isKnown: (name: string) => boolean) {
  const [first, second] = size.terms;
  if (!first) return undefined;
  const unknown = first.powers.filter(([n]) => !isKnown(n));
  const [root, another] = triangleSide(size)?.terms[0]?.powers ?? [];
  if (root && !another && !isKnown(root[0]))
    return { name: root[0], text: `oftc_torch.triangle_side(${place})` };
  if (size.terms.length > 2 || unknown.length !== 1 || unknown[0]![1] !== 1) return undefined;
  if (first.powers.some(([, power]) => power < 0)) return undefined;
  if (second && second.powers.length > 0) return undefined;
  const [name] = unknown[0]!;
  const factor = divDim(
    { terms: [first] },
    { terms: [{ coef: dimConst(1).terms[0]!.coef, powers: [[name, 1]] }] },
  );
  const rest = second ? `(${place} - ${second.coef.num})` : place;
  return { name, text: equalDim(factor, dimConst(1)) ? rest : `${rest} ${divisor(factor)}` };
}

/** Divides by a product of sizes, whose own divisor multiplies: x // (g * k) or x * 2 // b. */
function divisor(factor: Dim): string {
  const [{ coef }] = factor.terms as [Dim['terms'][number]];
  const whole = mulDim(factor, dimConst(Number(coef.den)));
  const times = coef.den === 1n ? '' : `* ${coef.den} `;
  const text = dimText(whole);
  return `${times}// ${/\W/.test(text) ? `(${text})` : text}`;
}
