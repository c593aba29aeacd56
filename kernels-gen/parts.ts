/** Tells which tensors a launch computes by which rule, and why those that it reads have launches of their own. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import { type FusedBlocks, writesOf } from './fuse/blocks.ts';
import { whyApart } from './fuse/grouping.ts';
import type { Kernel } from './fuse/kernel.ts';
import type { Decision, FusionKind } from './fuse/record.ts';
import { fusedOf, launchesOf } from './launches.ts';
import { originalOf } from './memory/repetitions.ts';
import type { VariantProgram } from './variants.ts';

type Launch = Kernel | FusedBlocks;

export interface Parts {
  /** The tensors that the launch computes beside its last result. */
  readonly computes: readonly { readonly rule: FusionKind | 'blocks'; readonly tensor: Prim }[];
  /** The tensors of other launches that it reads, each with the reasons that rules give. */
  readonly reads: readonly {
    readonly tensor: Prim;
    readonly from: Launch;
    readonly why: readonly string[];
  }[];
}

const membersOf = (l: Launch): readonly Kernel[] => ('members' in l ? l.members : [l]);
const storedBy = (l: Launch): readonly Prim[] => ('members' in l ? writesOf(l) : [l.tensor]);

export function partsOf(launch: Launch, v: VariantProgram, device: DeviceClass): Parts {
  const { decisions, groups } = fusedOf(v, device);
  const members = membersOf(launch);
  const within = new Set<Prim>();
  const absorbed = members.flatMap((m) => absorbedBy(originalOf(m.tensor), decisions, within));
  const others = launchesOf(v, device).kernels.filter((l) => l !== launch);
  return {
    computes: [
      ...members.slice(0, -1).map((m) => ({ rule: 'blocks' as const, tensor: m.tensor })),
      ...absorbed.filter((d) => d.rule !== 'layout'),
    ],
    reads: others.flatMap((other) =>
      storedBy(other).flatMap((tensor) => {
        const reader = members.find((m) => m.root.args.includes(tensor));
        if (reader === undefined) return [];
        const blocks = `blocks: ${whyApart(membersOf(other), reader, groups)}`;
        return [{ tensor, from: other, why: [...refusalsOf(tensor, decisions, within), blocks] }];
      }),
    ),
  };
}

/** The decisions by which a tensor's kernel took others in, and these took others. `within` gets all their tensors. */
function absorbedBy(tensor: Prim, decisions: readonly Decision[], within: Set<Prim>): Decision[] {
  if (within.has(tensor)) return [];
  within.add(tensor);
  return decisions
    .filter((d) => d.reader === tensor && d.why === undefined && !within.has(d.tensor))
    .flatMap((d) => [d, ...absorbedBy(d.tensor, decisions, within)]);
}

/** The reasons that rules give against one kernel of a tensor and the readers in `within`. */
function refusalsOf(
  tensor: Prim,
  decisions: readonly Decision[],
  within: ReadonlySet<Prim>,
): readonly string[] {
  const first = originalOf(tensor);
  const names = new Set([
    first,
    ...decisions.flatMap((d) => (d.rule === 'layout' && d.reader === first ? [d.tensor] : [])),
  ]);
  const refused = decisions.filter(
    ({ tensor: of, reader, why }) => why && names.has(of) && (reader === undefined || within.has(reader)),
  );
  return [...new Set(refused.map(({ rule, why }) => `${rule}: ${why}`))];
}
