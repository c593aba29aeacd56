/**
 * What an expression is worth, however it is associated: x·(R·Wᵀ), (x·R)·Wᵀ and x·R·Wᵀ have one number. Products and sums are flattened, sums in any order, transposes pushed to what they are of.
 */
import { printAttr } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { fold } from '../../../compiler/ir/walk.ts';
import { foldOver } from '../../../compiler/primitives/walk.ts';

interface Term {
  readonly op: string;
  readonly attrs: string;
  readonly args: readonly number[];
  readonly rank: number;
}

const ASSOCIATIVE: ReadonlySet<string> = new Set(['matmul', 'add']);
/** Beyond this a product is not flattened: that of squares of squares doubles with each. */
const MAX_PARTS = 64;

export class Values {
  readonly #ids = new Map<string, number>();
  readonly #terms: Term[] = [];
  readonly #transposes = new Map<number, number>();

  readonly of: (node: Node) => number = fold((node, of) => {
    const rank = node.type.shape.length;
    if (node.kind === 'input') return this.#of({ op: 'input', attrs: node.name, args: [], rank });
    const args = node.args.map(of);
    if (node.op === 'transpose') return this.transposed(args[0]!);
    return this.#of({ op: node.op, attrs: printAttr(node.attrs), args, rank });
  });

  /** The value of the transpose of what has this value. */
  readonly transposed: (id: number) => number = foldOver<number, number>(
    (id) => this.#turned(id),
    (id, of) => {
      // Made as the transpose of another one meanwhile.
      const known = this.#transposes.get(id);
      if (known !== undefined) return known;
      const other = this.#transposed(id, this.#terms[id]!, of);
      this.#transposes.set(other, id);
      return other;
    },
    this.#transposes,
  );

  /** Parts that are transposed where a value is. */
  #turned(id: number): readonly number[] {
    const { op, args } = this.#terms[id]!;
    const inside =
      op === 'matmul' || ((op === 'add' || op === 'scale') && args.every((a) => this.#terms[a]!.rank >= 2));
    return inside ? args : [];
  }

  #transposed(id: number, { op, attrs, args, rank }: Term, of: (id: number) => number): number {
    if (op === 'transpose') return args[0]!;
    if (this.#turned(id).length === 0) return this.#of({ op: 'transpose', attrs: '', args: [id], rank });
    const flipped = args.map(of);
    return this.#of({ op, attrs, args: op === 'matmul' ? flipped.reverse() : flipped, rank });
  }

  #of(term: Term): number {
    const flat = ASSOCIATIVE.has(term.op) ? term.args.flatMap((a) => this.#parts(term.op, a)) : term.args;
    const args = flat.length <= MAX_PARTS ? flat : term.args;
    const ordered = term.op === 'add' ? args.toSorted((a, b) => a - b) : args;
    const key = `${term.op} ${term.attrs} ${ordered.join(' ')}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#terms.push({ ...term, args: ordered }) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  #parts(op: string, id: number): readonly number[] {
    const term = this.#terms[id]!;
    return term.op === op ? term.args : [id];
  }
}
