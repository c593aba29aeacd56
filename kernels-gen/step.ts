/** Generates the code of a launch, and says what it reads, writes and may overwrite. */
import type { Prim } from '../compiler/primitives/prim.ts';
import { generateBlocks } from './families/blocks/index.ts';
import type { ScheduleOptions } from './families/family.ts';
import { generate } from './families/index.ts';
import { type FusedBlocks, spansOf, writesOf } from './fuse/blocks.ts';
import type { Kernel, Overwritten } from './fuse/kernel.ts';
import type { Replaced } from './memory/buffers.ts';
import { groupOverwrites, overwriting } from './memory/overwrite.ts';
import { WAYS } from './schedule/ways.ts';

/**
 * The code of a launch, and what it reads and writes. `codeOver` gives the code that stores results over what it reads.
 */
export function stepOf(k: Kernel | FusedBlocks, scheduling: ScheduleOptions) {
  if ('members' in k) {
    const code = generateBlocks(k, scheduling, WAYS.blocks);
    const step = {
      code,
      writes: writesOf(k),
      spans: spansOf(k),
      label: labelOfGroup(k),
      args: k.args,
      launch: k,
    };
    return {
      ...step,
      reads: code.reads,
      scratch: code.scratch,
      overwrites: (tensor: Prim, by: Prim) => groupOverwrites(k, { tensor, by }),
      codeOver: (over: readonly Replaced[]) => ({
        ...generateBlocks(k, scheduling, WAYS.blocks, over),
        bytes: code.bytes,
      }),
    };
  }
  const code = generate(k, scheduling, WAYS);
  const ways = new Map<Prim, Overwritten | undefined>();
  const over = (tensor: Prim) => {
    if (!ways.has(tensor)) ways.set(tensor, overwriting(k, tensor));
    return ways.get(tensor);
  };
  const step = { code, writes: [k.tensor], spans: k.spans, label: labelOf(k), args: k.root.args, launch: k };
  return {
    ...step,
    reads: code.reads,
    scratch: code.scratch,
    overwrites: (tensor: Prim) => over(tensor) !== undefined,
    codeOver: ([place]: readonly Replaced[]) => ({
      ...generate({ ...k, overwrites: over(place!.tensor)! }, scheduling, WAYS),
      // The kernel loads and stores as much as it does without overwriting.
      bytes: code.bytes,
    }),
  };
}

/** A tensor in the author's terms. */
export const said = (p: Prim): string => p.formula ?? p.label;

function labelOf({ root, tensor }: Kernel): string {
  return said(root) === said(tensor) ? said(tensor) : `${said(root)}; ${said(tensor)}`;
}

const labelOfGroup = (group: FusedBlocks): string => writesOf(group).map(said).join('; ');
