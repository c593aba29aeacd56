/** The tensors that steps write and read, as numbers, so that many orders of the same steps are compared fast. */
import { type Dim, dimConst, evalReal, mulDim, productDim } from '../compiler/dims/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { dtypeBytes } from '../runtime/plan.ts';

/** The tensors that one step reads and writes; `scratch` is the number of f32 elements that it works in. */
export interface Access {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
  readonly scratch: Dim | null;
  /** Whether the result `by` may lie in the place of `tensor`, which the step reads; absent where none ever may. */
  readonly overwrites?: (tensor: Prim, by: Prim) => boolean;
}

/** A tensor that a step writes, or the scratch memory that it works in. */
export interface PlannedMemory {
  /** null for scratch memory. */
  readonly tensor: Prim | null;
  readonly size: Dim;
  /** Bytes at the token count that is planned for. */
  readonly bytes: number;
  /** The output that it is; undefined for a temporary. */
  readonly output: string | undefined;
  readonly writer: number;
  /** The steps that read it, each once. */
  readonly readers: number[];
}

export class Traffic<S extends Access> {
  readonly steps: readonly S[];
  /** All tensors and scratch memories, in the order of the steps that write them. */
  readonly memories: readonly PlannedMemory[];
  /** The places in `memories` that each step writes. */
  readonly writes: readonly (readonly number[])[];
  /** The places in `memories` that each step reads, each once. */
  readonly reads: readonly (readonly number[])[];

  constructor(steps: readonly S[], outputs: ReadonlyMap<Prim, string>, tokens: number) {
    const memories: PlannedMemory[] = [];
    const numbers = new Map<Prim, number>();
    const hold = (tensor: Prim | null, size: Dim, writer: number): number => {
      const bytes = evalReal(size, { tokens });
      const output = tensor === null ? undefined : outputs.get(tensor);
      return memories.push({ tensor, size, bytes, output, writer, readers: [] }) - 1;
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
        if (number === undefined || memories[number]!.readers.at(-1) === reader) continue;
        memories[number]!.readers.push(reader);
        own.push(number);
      }
      return own;
    });
    this.steps = steps;
    this.memories = memories;
  }

  /** Whether the step that writes `next` may store it where `old` lies. */
  overwrites(old: number, next: number): boolean {
    const [{ tensor }, { tensor: by, writer }] = [this.memories[old]!, this.memories[next]!];
    return tensor !== null && by !== null && !!this.steps[writer]!.overwrites?.(tensor, by);
  }
}

const known = new WeakMap<Prim, Dim>();

function bytesOf(p: Prim): Dim {
  const bytes = known.get(p) ?? mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype)));
  known.set(p, bytes);
  return bytes;
}
