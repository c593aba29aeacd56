/** The equation of an einsum, and the labels that it gives to the axes of its operands. */
import { type Dim, dimConst, equalDim, printDim, productDim } from '../dims/dims.ts';
import { sameSize } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import { printShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import type { Labelled, Labels } from './contraction.ts';

const ELLIPSIS = '...';
const EXAMPLE = "einsum('ti,oi->to', x, W)";
/** The length at which texts are cut in messages. */
const SHOWN = 80;

/** An equation with the operands that fit it. */
export interface Contraction {
  readonly operands: readonly Labelled[];
  /** The size of each label. An operand's axis may have size 1 instead. */
  readonly sizes: ReadonlyMap<string, Dim>;
  readonly output: Labels;
}

/** The terms of an equation as letters and '...', and its output where that is stated. Throws OFT2014. */
function parse(text: string): { terms: readonly Labels[]; output: Labels | undefined } {
  const refuse = (what: string): never => {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    throw new OftcError('OFT2014', `einsum: '${shown}' ${what}`);
  };
  for (const { 1: wrong, index } of text.matchAll(/\.{3}|->|[A-Za-z,\s]|(.)/gu)) {
    const parts =
      "a letter names an axis, ',' separates operands, '->' precedes the output, '...' stands for the axes without a letter";
    if (wrong !== undefined) refuse(`has '${wrong}' at position ${index + 1}: ${parts}`);
  }
  const [left, right, more] = text.split('->');
  if (more !== undefined) refuse("has '->' twice: what comes after it is the output");
  if (right?.includes(',')) refuse("has ',' in the output, which is one tensor");
  const letters = (term: string): Labels => term.match(/\.{3}|[A-Za-z]/g) ?? [];
  const [terms, output] = [left!.split(',').map(letters), right === undefined ? undefined : letters(right)];
  if ([...terms, output ?? []].some((t) => t.indexOf(ELLIPSIS) !== t.lastIndexOf(ELLIPSIS)))
    refuse("has '...' twice in a row of axes: it stands for all that have no letter");
  const known = new Set([ELLIPSIS, ...terms.flat()]);
  const alone = output?.find((l) => !known.has(l));
  if (alone !== undefined)
    refuse(`has '${alone}' in the output and in no operand: expand(a, …) repeats along an axis`);
  const twice = output?.find((l, n) => output.indexOf(l) !== n);
  if (twice !== undefined)
    refuse(`has '${twice}' twice in the output: diag(v) is the matrix with a vector on its diagonal`);
  return { terms, output };
}

/**
 * The term with a label for each of the n axes that '...' stands for. The labels count from the last axis, because
 * broadcasting aligns last axes.
 */
const labelsOf = (term: Labels, n: number): Labels =>
  term.flatMap((l) => (l === ELLIPSIS ? Array.from({ length: n }, (_, i) => String(n - i)) : [l]));
const isUnnamed = (label: string): boolean => /\d/.test(label);

/** An operand in a message: its name or its number, and its shape. */
const described = (node: Node, n: number): string =>
  `${node.kind === 'input' ? node.name : `operand ${n + 1}`} ${printShape(node.type.shape)}`;

/** Labels each axis of operand n. Throws OFT2015 where the term has another number of axes. */
function labelled(node: Node, n: number, terms: readonly Labels[], tensors: readonly Node[]): Labelled {
  const term = terms[n]!;
  const rank = node.type.shape.length;
  const rest = rank - term.filter((l) => l !== ELLIPSIS).length;
  if (rest < 0 || (rest > 0 && !term.includes(ELLIPSIS))) {
    const view = rest < 0 ? viewOf(node.type.shape, term, lettersOf(terms, tensors)) : undefined;
    const split = view?.map((d) => `'${printDim(d)}'`).join(', ');
    const reshaped = `write ${node.kind === 'input' ? node.name : '…'}.reshape(${split})`;
    const few = view ? reshaped : 'leave letters out';
    const advice = rest < 0 ? few : "name each axis, or write '...' for the others";
    const message = `einsum: '${term.join('')}' names ${rank - rest} ax${rank - rest === 1 ? 'i' : 'e'}s, ${described(node, n)} has ${rank}: ${advice}`;
    throw new OftcError('OFT2015', message);
  }
  return { node, labels: labelsOf(term, rest) };
}

/** The sizes of the letters of those terms that name each axis of their operands. */
const lettersOf = (terms: readonly Labels[], tensors: readonly Node[]): ReadonlyMap<string, Dim> =>
  new Map(
    terms.flatMap((term, n) => {
      const { shape } = tensors[n]!.type;
      return term.length === shape.length ? term.map((letter, axis) => [letter, shape[axis]!] as const) : [];
    }),
  );

/** The sizes of more letters than a shape has axes, where consecutive letters make up each axis; undefined otherwise. */
function viewOf(
  [first, ...rest]: readonly Dim[],
  term: Labels,
  sizes: ReadonlyMap<string, Dim>,
): readonly Dim[] | undefined {
  if (!first) return term.length === 0 ? [] : undefined;
  for (let n = 1; n <= term.length; n++) {
    const own = n === 1 ? [sizes.get(term[0]!) ?? first] : term.slice(0, n).map((l) => sizes.get(l));
    if (!own.every((d) => d !== undefined) || !equalDim(productDim(own), first)) continue;
    const others = viewOf(rest, term.slice(n), sizes);
    if (others) return [...own, ...others];
  }
  return undefined;
}

/** A size that a label has, and the operand that has it. */
interface LabelSize {
  readonly size: Dim;
  readonly operand: number;
}

/** The size of each label; axes of size 1 broadcast. Throws OFT2015 where two operands, or two axes of one, differ. */
function sizesOf(operands: readonly Labelled[]): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, LabelSize>();
  const isOne = ({ size }: LabelSize) => equalDim(size, dimConst(1));
  const check = (label: string, a: LabelSize, b: LabelSize) => {
    if (!equalDim(a.size, b.size)) throw differ(label, [a, b], operands);
  };
  operands.forEach(({ node, labels }, operand) => {
    labels.forEach((label, axis) => {
      const [own, first] = [axis, labels.indexOf(label)].map((n) => ({
        size: node.type.shape[n]!,
        operand,
      }));
      check(label, first!, own!);
      const known = sizes.get(label) ?? own!;
      if (!isOne(known) && !isOne(own!)) check(label, known, own!);
      sizes.set(label, isOne(known) ? own! : known);
    });
  });
  return new Map([...sizes].map(([label, { size }]) => [label, size]));
}

function differ(label: string, two: readonly LabelSize[], operands: readonly Labelled[]): OftcError {
  const found = two.map(
    ({ size, operand: n }) => `'${printDim(size)}' in ${described(operands[n]!.node, n)}`,
  );
  const same = sameSize(two[0]!.size, two[1]!.size);
  const what = isUnnamed(label) ? "an axis of '...'" : `'${label}'`;
  const advice = `name axes in their order, and different ones by different letters${same && `; ${same}`}`;
  return new OftcError('OFT2015', `einsum: ${what} is ${found.join(' and ')}: ${advice}`);
}

/**
 * Reads an equation. If it states no output, the output has the axes of `...`, then the letters that occur once,
 * sorted.
 */
export function read(equation: unknown, tensors: readonly Node[]): Contraction {
  if (typeof equation !== 'string')
    throw new OftcError('OFT2014', `einsum takes its equation first, as text: ${EXAMPLE}`);
  const { terms, output } = parse(equation);
  if (terms.length !== tensors.length) {
    const message = `einsum: ${terms.length} term(s) stand for ${tensors.length} operand(s): one for each, as in ${EXAMPLE}`;
    throw new OftcError('OFT2015', message);
  }
  const operands = tensors.map((node, n) => labelled(node, n, terms, tensors));
  const sizes = sizesOf(operands);
  const letters = terms.flat().filter((l) => l !== ELLIPSIS);
  const once = letters.filter((l) => letters.indexOf(l) === letters.lastIndexOf(l)).sort();
  const unnamed = [...sizes.keys()].filter(isUnnamed).length;
  return { operands, sizes, output: labelsOf(output ?? [ELLIPSIS, ...once], unnamed) };
}
