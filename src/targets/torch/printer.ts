/** Prints the assignments of a pass as Python statements. */
import { type Dim, ofTokens } from '../../../compiler/dims/dims.ts';
import type { OpNode } from '../../../compiler/ir/node.ts';
import { factsOf } from '../../../compiler/ir/operator.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import type { Annotated } from './annotated.ts';
import { dimText } from './dims.ts';
import type { Assignment } from './graph.ts';
import { Names } from './python-text.ts';
import { addmmText, expressionOf } from './statement.ts';

/** A statement without its indentation. */
export interface Statement {
  readonly code: string;
  readonly comment: string | undefined;
  /** The inputs whose gradients need it. */
  readonly needs: readonly string[];
  /** The name that it defines. */
  readonly name: string;
  /** Whether that tensor has a row for each token. */
  readonly isWide: boolean;
}

/** The longest expression that is made of two statements. */
const LONGEST = 90;

/** Whether a text reads a name. */
export const reads = (text: string, name: string): boolean => new RegExp(`(?<![\\w.])${name}\\b`).test(text);

/**
 * The statements with each call whose result only the next one reads, as a view of it, in that one:
 * `torch.cat((a, b), dim=1).reshape(4, 6)`. The names in `kept` stay.
 */
export function chained(statements: readonly Statement[], kept: readonly string[]): Statement[] {
  const all: Statement[] = [];
  for (const [n, s] of statements.entries()) {
    const before = all.at(-1);
    const own = before && s.code.slice(s.code.indexOf(' = ') + 3);
    const call = before?.code.slice(before.name.length + 3) ?? '';
    const isView =
      before !== undefined &&
      own!.startsWith(`${before.name}.`) &&
      /^[\w.]+\([^()]*(\([^()]*\)[^()]*)*\)$/.test(call) &&
      own!.length + call.length <= LONGEST &&
      before.needs.join() === s.needs.join() &&
      !reads(own!.slice(before.name.length), before.name) &&
      !statements.some((o, m) => m > n && reads(o.code, before.name)) &&
      !kept.some((k) => reads(k, before.name));
    if (isView) all.pop();
    all.push(isView ? { ...s, code: `${s.name} = ${call}${own!.slice(before.name.length)}` } : s);
  }
  return all;
}

/** The knowledge about tensors that their forms, names and dtypes are chosen by. */
export interface Tensors extends Omit<Annotated, 'primitives'> {
  isParameter(p: Prim): boolean;
  isCotangent(p: Prim): boolean;
  isFrozen(p: Prim): boolean;
}

/** The texts of tensors in one function, and its statements so far. */
export class PassPrinter {
  readonly #tensors: Tensors;
  readonly #names = new Names();
  readonly #texts = new Map<Prim, string>();
  readonly #ranges = new Map<string, string>();
  /** The lines that define tensors of indices. They stand before all statements. */
  readonly ranges: string[] = [];
  readonly #wide: string;
  readonly #narrow: string | undefined;
  readonly statements: Statement[] = [];

  /**
   * `wide` is the text of an activation, in whose dtype tensors with a row for each token are computed. `narrow` is
   * that of a parameter, in whose dtype all others are. No tensor has the name of one of the sizes.
   */
  constructor(tensors: Tensors, wide: string, narrow: string | undefined, sizes: readonly string[]) {
    this.#tensors = tensors;
    this.#wide = wide;
    this.#narrow = narrow;
    for (const s of sizes) this.#names.take(s);
  }

  /** Gives a tensor a name that the function has from its arguments. */
  take(p: Prim, name: string): string {
    const own = this.#names.take(name);
    this.#texts.set(p, own);
    return own;
  }

  text(p: Prim): string {
    return this.#texts.get(p)!;
  }

  print({ tensor, computes, added }: Assignment, base: string | undefined, needs: readonly string[]): void {
    const isWide = this.#isWide(tensor);
    const like = isWide ? this.#wide : (this.#narrow ?? this.#wide);
    const read = (p: Prim): string => {
      const text = this.#texts.get(p)!;
      // A frozen tensor may have another dtype than the parameters.
      if (!isWide && this.#narrow !== undefined && p.dtype !== 'i32' && this.#tensors.isFrozen(p))
        return `${text}.to(${this.#narrow}.dtype)`;
      return isWide && p.dtype !== 'i32' && !this.#isWide(p) && this.#narrow !== undefined
        ? `${text}.to(${this.#wide}.dtype)`
        : text;
    };
    const node = this.#tensors.nodeOf(tensor);
    const own = this.#tensors.isWhole(tensor) ? this.#tensors.form(tensor, tensor.args.map(read)) : undefined;
    const frame = {
      name: read,
      like,
      range: (extent: Dim, after: number) => this.#range(extent, after),
    };
    const code = own ?? (added ? addmmText(added, frame) : expressionOf(computes, frame));
    const isReduced = !isWide && computes.args.some((a) => this.#isWide(a)) && this.#narrow !== undefined;
    const value = isReduced
      ? `${/^[\w.]+(\(.*\)|\[.*\])?$|^\(.*\)\.\w+\([^()]*\)$/s.test(code) ? code : `(${code})`}.to(${like}.dtype)`
      : code;
    const name = this.#names.take(base ?? this.#letter(tensor, node));
    this.#texts.set(tensor, name);
    this.statements.push({ code: `${name} = ${value}`, comment: undefined, needs, name, isWide });
  }

  /** The name of a tensor with the numbers below an extent, which the function defines first. */
  #range(extent: Dim, after: number): string {
    const size = dimText(extent);
    const key = `${size} ${after}`;
    const known = this.#ranges.get(key);
    if (known) return known;
    const name = this.#names.take('index');
    const ones = after === 0 ? '' : `[:, ${Array(after).fill('None').join(', ')}]`;
    this.ranges.push(`${name} = torch.arange(${size}, device=${this.#wide}.device)${ones}`);
    this.#ranges.set(key, name);
    return name;
  }

  #isWide(p: Prim): boolean {
    return p.shape.some(ofTokens);
  }

  #letter(p: Prim, node: OpNode | undefined): string {
    if (node?.op === 'skew') return 'Q';
    if (node?.op === 'identity') return 'I';
    if (node && factsOf(node).orthogonal) return 'R';
    if (this.#tensors.isParameter(p)) return 'S';
    if (this.#tensors.isCotangent(p)) return this.#isWide(p) ? 'g' : 'G';
    return 'h';
  }
}
