/** The conditions of a program on the number of tokens: slices stay in their axes, and every size is an integer. */
import { addDim, type Dim, evalReal, printDim, subDim } from '../dims/dims.ts';
import { isNegativeQ } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { topological } from '../ir/build.ts';
import type { Node, Program } from '../ir/node.ts';
import { isOp } from './nodes.ts';

/** A condition on the number of tokens: `rest` is an integer of at least 0. */
export interface TokenRule {
  readonly code: 'OFT2012' | 'OFT3003';
  readonly rest: Dim;
  /** The message where the condition fails; ' at tokens = …' completes it. */
  readonly says: string;
  readonly spans: readonly Span[];
}

const slices = (n: Node): TokenRule[] => {
  if (!isOp(n, 'slice')) return [];
  const axis = n.attrs.axis as number;
  const [start, length, have] = [n.attrs.start as Dim, n.attrs.length as Dim, n.args[0]!.type.shape[axis]!];
  const rule = (rest: Dim, says: string): TokenRule => ({
    code: 'OFT2012',
    rest,
    says: `slice: ${says}`,
    spans: n.spans,
  });
  const end = addDim(start, length);
  return [
    rule(subDim(have, end), `'${printDim(end)}' is past the end of axis ${axis}, '${printDim(have)}'`),
    rule(start, `'${printDim(start)}' is no place in axis ${axis}`),
  ];
};

const sizes = (n: Node): TokenRule[] =>
  n.type.shape.map((rest) => ({
    code: 'OFT3003',
    rest,
    says: `'${printDim(rest)}' is not a whole number of elements`,
    spans: n.spans,
  }));

/** Whether the condition may fail: only a subtraction or a division can break it. */
const canFail = ({ rest }: TokenRule): boolean =>
  rest.terms.some((t) => isNegativeQ(t.coef) || t.coef.den !== 1n);

/** The conditions of a program whose sizes are bound, each once, without those that every number of tokens meets. */
export function tokenRules({ outputs }: Pick<Program, 'outputs'>): TokenRule[] {
  const nodes = topological(outputs.map((o) => o.node));
  // A slice's own length is one of the sizes.
  const all = [...nodes.flatMap(sizes), ...nodes.flatMap(slices)].filter(canFail);
  const known = new Set<string>();
  return all.filter(({ says }) => !known.has(says) && known.add(says));
}

/** Whether a number of tokens meets a condition. */
export function meets({ rest }: TokenRule, tokens: number): boolean {
  const left = evalReal(rest, { tokens });
  return Number.isInteger(left) && left >= 0;
}

/** Checks a number of tokens. Throws OFT2012 or OFT3003 where it breaks a condition. */
export function checkTokens(rules: readonly TokenRule[], tokens: number): void {
  const broken = rules.find((rule) => !meets(rule, tokens));
  if (broken) throw new OftcError(broken.code, `${broken.says} at tokens = ${tokens}`, broken.spans);
}
