/** Names the tensors of indices that a function defines first. */
import type { Dim } from '../../../compiler/dims/dims.ts';
import { dimText } from './dims.ts';
import type { Names } from './python-text.ts';

/** The names of indices by the number of dimensions after theirs. */
const NAMES = ['column', 'row'];

export class Indices {
  readonly #names: Names;
  readonly #like: string;
  readonly #known = new Map<string, string>();
  /** The lines that define them. */
  readonly lines: string[] = [];

  /** `like` is the text of a tensor on whose device they are. */
  constructor(names: Names, like: string) {
    this.#names = names;
    this.#like = like;
  }

  get names(): readonly string[] {
    return [...this.#known.values()];
  }

  /** The name of the numbers from 0 to below `extent`, followed by `after` dimensions of size 1. */
  of(extent: Dim, after: number): string {
    const size = dimText(extent);
    const key = `${size} ${after}`;
    const known = this.#known.get(key);
    if (known) return known;
    const name = this.#names.take(NAMES[after] ?? 'index');
    const ones = after === 0 ? '' : `[:, ${Array(after).fill('None').join(', ')}]`;
    this.lines.push(`${name} = torch.arange(${size}, device=${this.#like}.device)${ones}`);
    this.#known.set(key, name);
    return name;
  }
}
