/** Prints the assignments of a pass as Python statements. */
import { type Dim, ofTokens } from '../../../compiler/dims/dims.ts';
import type { OpNode } from '../../../compiler/ir/node.ts';
import { factsOf } from '../../../compiler/ir/operator.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import type { Annotated } from './annotated.ts';
import type { Assignment } from './graph.ts';
import { Indices } from './indices.ts';
import { isPrimary, Names, tensorName } from './python-text.ts';
import type { QuantizedNames } from './quantized.ts';
import { addmmText, expressionOf } from './statement.ts';
import { chained, reads, renamed, type Statement } from './statements.ts';

/** The knowledge about tensors that their forms, names and dtypes are chosen by. */
export interface Tensors extends Omit<Annotated, 'primitives'> {
  isParameter(p: Prim): boolean;
  isCotangent(p: Prim): boolean;
  /** Whether a tensor is given to the layer and has no row for each token: a frozen one, or such an input. */
  isGiven(p: Prim): boolean;
  /** The names of an input that is held quantised; undefined for all other tensors. */
  quantized(p: Prim): QuantizedNames | undefined;
  /** The laws by which a tensor's expression came about. */
  lawsOf(p: Prim): readonly string[];
}

/** The texts of tensors in one function, and its statements so far. */
export class PassPrinter {
  readonly #tensors: Tensors;
  readonly #names = new Names();
  readonly #texts = new Map<Prim, string>();
  /** Tensors of indices, which the function defines before all statements. */
  readonly indices: Indices;
  readonly #wide: string;
  readonly #narrow: string | undefined;
  readonly #said = new Set<string>();
  /** The names of decoded tensors, by what they are decoded from and to. */
  readonly #decoded = new Map<string, string>();
  /** The names of arguments and sizes. */
  readonly #given: string[] = [];
  #statements: Statement[] = [];

  /**
   * `wide` is the text of an activation, in whose dtype tensors with a row for each token are computed. `narrow` is
   * that of a parameter, in whose dtype all others are. No tensor has the name of one of the sizes.
   */
  constructor(tensors: Tensors, wide: string, narrow: string | undefined, sizes: readonly string[]) {
    this.#tensors = tensors;
    this.#wide = wide;
    this.#narrow = narrow;
    this.indices = new Indices(this.#names, wide);
    for (const s of sizes) this.#given.push(this.#names.take(s));
  }

  /** Gives a tensor a name that the function has from its arguments. */
  take(p: Prim, name: string): string {
    const own = this.#names.take(name);
    this.#given.push(own);
    this.#texts.set(p, own);
    return own;
  }

  get statements(): readonly Statement[] {
    return this.#statements;
  }

  /** Shortens the statements once all are printed. `kept` are the tensors that the function returns. */
  finish(kept: readonly Prim[]): void {
    const returned = () => kept.map((p) => this.text(p));
    for (const name of this.#decoded.values()) this.#guard(name);
    const joined = chained(this.#statements, returned());
    const { statements, names } = renamed(joined, returned(), [...this.#given, ...this.indices.names]);
    this.#statements = statements;
    for (const [p, text] of this.#texts) this.#texts.set(p, names.get(text) ?? text);
  }

  text(p: Prim): string {
    return this.#texts.get(p)!;
  }

  print({ tensor, computes, added }: Assignment, base: string | undefined, needs: readonly string[]): void {
    const isWide = this.#isWide(tensor);
    const like = isWide ? this.#wide : (this.#narrow ?? this.#wide);
    const read = (p: Prim): string => {
      const quantized = this.#tensors.quantized(p);
      if (quantized) return this.#decode(p, quantized, like);
      const text = this.#texts.get(p)!;
      // A frozen tensor, or an input without tokens, may have another dtype than the parameters.
      if (!isWide && this.#narrow !== undefined && p.dtype !== 'i32' && this.#tensors.isGiven(p))
        return `${text}.to(${this.#narrow}.dtype)`;
      return isWide && p.dtype !== 'i32' && !this.#isWide(p) && this.#narrow !== undefined
        ? `${text}.to(${this.#wide}.dtype)`
        : text;
    };
    const node = this.#tensors.nodeOf(tensor);
    const own = this.#tensors.isWhole(tensor) ? this.#tensors.form(tensor, tensor.args.map(read)) : undefined;
    // Such a result is computed in the dtype of what it reads, and then converted.
    const isReduced = !isWide && computes.args.some((a) => this.#isWide(a)) && this.#narrow !== undefined;
    const frame = {
      name: read,
      like: isReduced ? this.#wide : like,
      range: (extent: Dim, after: number) => this.indices.of(extent, after),
    };
    const code = own ?? (added ? addmmText(added, frame) : expressionOf(computes, frame));
    const value = isReduced ? `${isPrimary(code) ? code : `(${code})`}.to(${like}.dtype)` : code;
    const letter = base === undefined ? this.#letter(tensor, node) : undefined;
    const name = this.#names.take(base ?? letter!);
    this.#texts.set(tensor, name);
    const isMatrix = tensor.shape.length > 1;
    this.#statements.push({
      code: `${name} = ${value}`,
      comment: this.#comment(tensor),
      needs,
      name,
      letter,
      isWide,
      isMatrix,
    });
  }

  /** The name of a quantised tensor that is decoded in the dtype of `like`, by a statement before its first reader. */
  #decode(p: Prim, { form, parts }: QuantizedNames, like: string): string {
    const code = `${form}.decode(${like}.dtype, *${parts})`;
    const known = this.#decoded.get(code);
    if (known) return known;
    const name = this.#names.take(tensorName(p.label));
    this.#decoded.set(code, name);
    this.#statements.push({
      ...{ code: `${name} = ${code}`, comment: undefined, needs: [], name, letter: undefined },
      ...{ isWide: false, isMatrix: true },
    });
    return name;
  }

  /** Lets a tensor be decoded only where a gradient is asked for that a reader of it serves. */
  #guard(name: string): void {
    const readers = this.#statements.filter((s) => reads(s.code, name));
    const needs = new Set(readers.flatMap((s) => s.needs));
    this.#statements = this.#statements.map((s) => (s.name === name ? { ...s, needs: [...needs] } : s));
  }

  /** The laws of a tensor, each beside the first line that it made. */
  #comment(tensor: Prim): string {
    const laws = this.#tensors.lawsOf(tensor).filter((law) => !this.#said.has(law));
    for (const law of laws) this.#said.add(law);
    return laws.join('; ');
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
