/** The work of launches, and what they read and write. */
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { dtypeBytes, evalExtent } from '../../runtime/plan.ts';
import { flopsOfMember } from '../flops.ts';
import { type FusedBlocks, writesOf } from '../fuse/blocks.ts';
import { sizeAt } from '../fuse/cost.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { remembered } from '../remembered.ts';
import { groupOverwrites, overwriting } from './overwrite.ts';
import type { Access } from './traffic.ts';

export type Launch = Kernel | FusedBlocks;

export interface Work {
  /** The operations of maps and products. */
  readonly operations: number;
  /** The modelled time, by the rates `chosenBy` of the class. */
  readonly seconds: number;
}

export function workOf(
  launches: readonly Launch[],
  tokens: number,
  { flops, bandwidth, launch }: DeviceProfile,
): Work {
  const operations = sum(launches, (l) => operationsOf(l, tokens));
  const moved = sum(launches, (l) => movedBy(l, tokens));
  return { operations, seconds: operations / flops + moved / bandwidth + launches.length * launch };
}

export const sum = <T>(list: readonly T[], of: (t: T) => number): number =>
  list.reduce((n, t) => n + of(t), 0);

export const bytesOf = (p: Prim, tokens: number): number => dtypeBytes(p.dtype) * sizeAt(p.shape, tokens);

export const membersOf = (l: Launch): readonly Kernel[] => ('members' in l ? l.members : [l]);

export const accessOf = remembered((l: Launch): Access => {
  const reads = readsOf(l);
  if (!('members' in l)) {
    const may = remembered((p: Prim) => overwriting(l, p) !== undefined);
    return { reads, writes: [l.tensor], scratch: null, overwrites: (tensor) => may(tensor) };
  }
  const may = remembered((tensor: Prim) => remembered((by: Prim) => groupOverwrites(l, { tensor, by })));
  return { reads, writes: writesOf(l), scratch: null, overwrites: (tensor, by) => may(tensor)(by) };
});

/** The tensors that a launch loads from storage. */
const readsOf = (l: Launch): readonly Prim[] =>
  'members' in l ? l.args.filter((_, i) => l.slotOf[i] === undefined) : l.root.args;

/** The bytes that a launch loads and stores. */
function movedBy(l: Launch, tokens: number): number {
  const writes = 'members' in l ? writesOf(l) : [l.tensor];
  return sum([...new Set(readsOf(l)), ...writes], (p) => bytesOf(p, tokens));
}

export const operationsOf = (l: Launch, tokens: number): number =>
  sum(membersOf(l), (k) => evalExtent(operationsOfKernel(k), tokens));

const operationsOfKernel = remembered(({ root, ...k }: Kernel) =>
  root.kind === 'map' || root.kind === 'contraction' ? flopsOfMember({ ...k, root }) : 0,
);
