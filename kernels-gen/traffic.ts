/** What steps write and read, by number: orders of the same steps are compared again and again. */
import { type Dim, dimConst, evalReal, mulDim, productDim } from '../compiler/ir/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { dtypeBytes } from '../runtime/plan.ts';

/** What one step reads and writes; `scratch` is a number of f32 elements it works in. */
export interface Access {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
  readonly scratch: Dim | null;
  /** Whether one that it writes may lie where another does that it reads; absent where none ever may. */
  readonly overwrites?: (tensor: Prim, by: Prim) => boolean;
}

/** What a step writes, or works in. */
export interface Held {
  /** null for what a step works in. */
  readonly tensor: Prim | null;
  readonly size: Dim;
  /** At the count that is planned for. */
  readonly bytes: number;
  /** The output that it is; undefined for a temporary. */
  readonly output: string | undefined;
  readonly writer: number;
  /** The steps that read it, each once. */
  readonly readers: number[];
}

export class Traffic<S extends Access> {
  readonly steps: readonly S[];
  /** In the order of the steps that write them. */
  readonly held: readonly Held[];
  /** By step: what it writes of `held`. */
  readonly writes: readonly (readonly number[])[];
  /** By step: what it reads of `held`, each once. */
  readonly reads: readonly (readonly number[])[];

  constructor(steps: readonly S[], outputs: ReadonlyMap<Prim, string>, tokens: number) {
    const held: Held[] = [];
    const numbers = new Map<Prim, number>();
    const hold = (tensor: Prim | null, size: Dim, writer: number): number => {
      const bytes = evalReal(size, { tokens });
      const output = tensor === null ? undefined : outputs.get(tensor);
      return held.push({ tensor, size, bytes, output, writer, readers: [] }) - 1;
    };
    this.writes = steps.map(({ writes, scratch }, writer) => {
      const own = writes.map((p) => {
        const number = hold(p, bytesOf(p), writer);
        numbers.set(p, number);
        return number;
      });
      if (scratch !== null) hold(null, mulDim(scratch, dimConst(4)), writer);
      return own;
    });
    this.reads = steps.map(({ reads }, reader) => {
      const own: number[] = [];
      for (const p of reads) {
        const number = numbers.get(p);
        if (number === undefined || held[number]!.readers.at(-1) === reader) continue;
        held[number]!.readers.push(reader);
        own.push(number);
      }
      return own;
    });
    this.steps = steps;
    this.held = held;
  }

  /** Whether a step may store one that it writes where another lies. */
  overwrites(old: number, next: number): boolean {
    const [{ tensor }, { tensor: by, writer }] = [this.held[old]!, this.held[next]!];
    return tensor !== null && by !== null && !!this.steps[writer]!.overwrites?.(tensor, by);
  }
}

const known = new WeakMap<Prim, Dim>();

function bytesOf(p: Prim): Dim {
  const bytes = known.get(p) ?? mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype)));
  known.set(p, bytes);
  return bytes;
}
