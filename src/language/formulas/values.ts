/** Gives ids to the values of expressions: x·(R·Wᵀ), (x·R)·Wᵀ and x·R·Wᵀ have the same id. */
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
/** The most parts of a flattened product or sum. Repeated squaring would double their number each time. */
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

  /** The id of the transpose of a value. */
  readonly transposed: (id: number) => number = foldOver<number, number>(
    (id) => this.#turned(id),
    (id, of) => {
      // The id may have been recorded meanwhile, as that of another value's transpose.
      const known = this.#transposes.get(id);
      if (known !== undefined) return known;
      const other = this.#transposed(id, this.#terms[id]!, of);
      this.#transposes.set(other, id);
      return other;
    },
    this.#transposes,
  );

  /** The parts of a value that its transpose transposes. */
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
