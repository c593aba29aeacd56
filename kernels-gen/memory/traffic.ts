/** The tensors that steps write and read, by index, so that many orders of the same steps can be compared fast. */
import { type Dim, dimConst, evalReal, mulDim, productDim } from '../../compiler/dims/dims.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { dtypeBytes } from '../../runtime/plan.ts';

/** The tensors that a step reads and writes. `scratch` is the number of f32 elements of its scratch memory. */
export interface Access {
  readonly reads: readonly Prim[];
  readonly writes: readonly Prim[];
  readonly scratch: Dim | null;
  /** Whether the step may store its result `by` over `tensor`, which it reads; absent where it never may. */
  readonly overwrites?: (tensor: Prim, by: Prim) => boolean;
}

/** A tensor that a step writes, or the scratch memory that it works in. */
export interface PlannedMemory {
  /** The tensor; null for scratch memory. */
  readonly tensor: Prim | null;
  readonly size: Dim;
  /** The bytes at the token count that is planned for. */
  readonly bytes: number;
  /** The name of the output that the tensor is; undefined for a temporary. */
  readonly output: string | undefined;
  readonly writer: number;
  /** The steps that read the memory, each once. */
  readonly readers: number[];
}

export class Traffic<S extends Access> {
  readonly steps: readonly S[];
  /** All tensors and scratch memories, in the order of the steps that write them. */
  readonly memories: readonly PlannedMemory[];
  /** For each step, the indices of the memories that it writes. */
  readonly writes: readonly (readonly number[])[];
  /** For each step, the indices of the memories that it reads, each once. */
  readonly reads: readonly (readonly number[])[];

  constructor(steps: readonly S[], outputs: ReadonlyMap<Prim, string>, tokens: number) {
    const memories: PlannedMemory[] = [];
    const indices = new Map<Prim, number>();
    const hold = (tensor: Prim | null, size: Dim, writer: number): number => {
      const bytes = evalReal(size, { tokens });
      const output = tensor === null ? undefined : outputs.get(tensor);
      return memories.push({ tensor, size, bytes, output, writer, readers: [] }) - 1;
    };
    this.writes = steps.map(({ writes, scratch }, writer) => {
      const own = writes.map((p) => {
        const index = hold(p, bytesOf(p), writer);
        indices.set(p, index);
        return index;
      });
      if (scratch !== null) hold(null, mulDim(scratch, dimConst(4)), writer);
      return own;
    });
    this.reads = steps.map(({ reads }, reader) => {
      const own: number[] = [];
      for (const p of reads) {
        const index = indices.get(p);
        if (index === undefined || memories[index]!.readers.at(-1) === reader) continue;
        memories[index]!.readers.push(reader);
        own.push(index);
      }
      return own;
    });
    this.steps = steps;
    this.memories = memories;
  }

  /** Whether the step that writes `next` may store it over `old`. */
  overwrites(old: number, next: number): boolean {
    const [{ tensor }, { tensor: by, writer }] = [this.memories[old]!, this.memories[next]!];
    return tensor !== null && by !== null && !!this.steps[writer]!.overwrites?.(tensor, by);
  }
}

const known = new WeakMap<Prim, Dim>();

function bytesOf(p: Prim): Dim {
  return getOrMake(known, p, () => mulDim(productDim(p.shape), dimConst(dtypeBytes(p.dtype))));
}
