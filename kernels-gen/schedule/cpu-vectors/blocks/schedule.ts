/**
 * The schedule of fused blocks in lanes: one subgroup computes all nests for its block, one after another. Its lanes
 * (invocations) keep results in registers for later nests. The code of a small map has no loops. The places of its
 * elements are then constants, and lanes read each other's elements by shuffles, as from a packed triangle to its matrix.
 * Elsewhere, lanes read each other's elements from workgroup memory. A block in storage that several products or a
 * small map read is first copied into registers.
 */
import { constantOf, dimConst, productDim } from '../../../../compiler/dims/dims.ts';
import { ax, load } from '../../../../compiler/primitives/build.ts';
import type { Axis, ContractionPrim, MapPrim } from '../../../../compiler/primitives/prim.ts';
import type { Rewrite } from '../../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../../compiler/primitives/visit.ts';
import {
  type Access,
  flatIndex,
  inBlock,
  mapLoops,
  memoriesOf,
  productLoops,
  reductionLoops,
  toArray,
  toOutput,
} from '../../../families/blocks/naive.ts';
import { joinedNests, mapSteps, shareSteps, tiledSteps } from '../../../families/blocks/schedule.ts';
import { canonical } from '../../../families/contraction/root.ts';
import { numbered } from '../../../families/map/schedule.ts';
import { canonical as canonicalReduction } from '../../../families/reduction/schedule.ts';
import { axisRefs, count, extents } from '../../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, type Nest, writesOf } from '../../../fuse/blocks.ts';
import type { ContractionKernel, ReductionKernel } from '../../../fuse/kernel.ts';
import { nest } from '../../../loops/naive.ts';
import { type Memory, type Scheduled, VECTOR } from '../../../loops/type.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { bind, bindInvocation } from '../../steps/bind.ts';
import { clamp } from '../../steps/clamp.ts';
import { exchange } from '../../steps/exchange.ts';
import { fission } from '../../steps/fission.ts';
import { flatten } from '../../steps/flatten.ts';
import { keep } from '../../steps/keep.ts';
import { loadVectors } from '../../steps/load-vectors.ts';
import { reorder } from '../../steps/reorder.ts';
import { roll } from '../../steps/roll.ts';
import { split } from '../../steps/split.ts';
import { type LoopStep, scheduled } from '../../steps/step.ts';
import { vectorise } from '../../steps/vectorise.ts';
import { laneTileSteps } from '../lane-tile.ts';
import { LANE, LANES } from '../lanes.ts';
import { soleLaneSchedule } from '../tiles.ts';
import {
  heldPlaces,
  ofVectors,
  type Places,
  placesOf,
  type Reader,
  type Whereabouts,
  type Work,
  worksOf,
} from './places.ts';
import { keptSteps, ownAxis, widthAlong } from './product.ts';

/** The largest number of chunks of LANES vectors that are loaded without a loop. */
const WRITTEN = 8;

/** The places that are no lanes' registers. */
const ELSEWHERE: ReadonlySet<Whereabouts> = new Set(['held', 'storage']);

/** An array that lanes divide among them. */
interface LaneArray {
  readonly name: string;
  readonly place: 'kept' | 'transposed' | 'copied';
  /** The slot, or for a copy the argument. */
  readonly of: number;
  readonly size: number;
  /** The number of a lane's neighbouring elements that make a vector. */
  readonly width: number;
}

export function laneBlocksLoops(
  group: FusedBlocks,
  over: readonly Replaced[],
  isLockstep: boolean,
): Scheduled {
  const works = worksOf(group);
  const places = works ? placesOf(group, works, over) : heldPlaces(group);
  return new LaneBlocks(group, works, places, over).joined(isLockstep);
}

class LaneBlocks {
  readonly #group: FusedBlocks;
  /** The works of the nests; undefined where lanes compute products in tiles. */
  readonly #works: readonly Work[] | undefined;
  readonly #places: Places;
  readonly #over: readonly Replaced[];
  readonly #arrays: readonly LaneArray[];
  readonly #memories: readonly Memory[];
  /** The steps that put arrays into the lanes' registers. */
  readonly #keeping: readonly LoopStep[];

  constructor(
    group: FusedBlocks,
    works: readonly Work[] | undefined,
    places: Places,
    over: readonly Replaced[],
  ) {
    [this.#group, this.#works, this.#places, this.#over] = [group, works, places, over];
    this.#arrays = this.#laneArrays();
    this.#memories = [
      ...memoriesOf(group, over, (a) => places.held.has(a)),
      ...this.#arrays.map(({ name, size }): Memory => {
        return { name, space: 'workgroup', shape: [dimConst(size)], dtype: 'f32' };
      }),
    ];
    this.#keeping = this.#arrays.map(({ name, width }) => keep(name, { lanes: LANES, width }));
  }

  joined(isLockstep: boolean): Scheduled {
    const copies = [...this.#places.copied].map((arg) => this.#copy(arg));
    const nests = this.#group.nests.flatMap((own) => {
      const isTurned = isIn(this.#places.transposed, own.arg);
      return [this.#nest(own), ...(isTurned ? [this.#transpose(own.arg!)] : [])];
    });
    return joinedNests([...copies, ...nests], this.#memories.length, isLockstep ? 'subgroup' : 'workgroup');
  }

  #laneArrays(): readonly LaneArray[] {
    const { args, slotOf, slots } = this.#group;
    const { kept, transposed, copied } = this.#places;
    const sizeOf = (arg: number) => constantOf(productDim(args[arg]!.shape))!;
    const inSlots = (place: 'kept' | 'transposed', all: ReadonlySet<number>, axis: number) =>
      slots.flatMap((_, slot): LaneArray[] => {
        const own = [...all].filter((a) => slotOf[a] === slot);
        if (own.length === 0) return [];
        const widths = new Set(own.map((a) => widthAlong(args[a]!.shape.at(axis)!)));
        const width = widths.size === 1 ? [...widths][0]! : 1;
        return [{ name: `${place}${slot}`, place, of: slot, size: Math.max(...own.map(sizeOf)), width }];
      });
    return [
      ...inSlots('kept', kept, -1),
      ...inSlots('transposed', transposed, -2),
      ...[...copied].map((of): LaneArray => {
        const { shape } = args[of]!;
        const size = Math.ceil(constantOf(productDim(shape.slice(1)))! / (LANES * VECTOR)) * LANES * VECTOR;
        return { name: `own${of}`, place: 'copied', of, size, width: widthAlong(shape.at(-1)!) };
      }),
    ];
  }

  /** The number of a memory in lanes. */
  #number(place: Whereabouts, of: number): number {
    const first = this.#memories.length - this.#arrays.length;
    return first + this.#arrays.findIndex((a) => a.place === place && a.of === of);
  }

  /** The loads of a nest, whose operands are read by some lanes. */
  #load(reader: Reader): Rewrite['load'] {
    const { args, slotOf } = this.#group;
    return (arg, index) => {
      if (arg < 0) return undefined;
      const place = this.#places.of({ arg, index }, reader);
      const { shape } = args[arg]!;
      if (place === 'storage') return undefined;
      if (place === 'held') return load(slotOf.indexOf(slotOf[arg]), [flatIndex(shape, index)]);
      if (place === 'copied')
        return load(this.#number('copied', arg), [flatIndex(shape.slice(1), index.slice(1))]);
      const at =
        place === 'kept' ? flatIndex(shape, index) : flatIndex(shape.toReversed(), index.toReversed());
      return load(this.#number(place, slotOf[arg]!), [at]);
    };
  }

  #nest(own: Nest): Scheduled {
    const work = this.#works?.[this.#group.nests.indexOf(own)];
    const { root } = own.kernel;
    if (root.kind === 'map') return this.#map(own, numbered(root), work);
    if (root.kind === 'reduce') return this.#reduction(own, canonicalReduction({ ...own.kernel, root }));
    if (!work) return this.#tiles(own, { ...own.kernel, root });
    const product = work.product!;
    const isKept = (p: ContractionPrim) => this.#isKept(p);
    const access: Access = {
      load: (p = product.root, which = 'b') => this.#load({ along: ownAxis(p, which) }),
      store: this.#store(own),
    };
    const naive = productLoops(this.#group, product, this.#withResult, access);
    const isStored = own.stored !== undefined || isIn(this.#places.held, own.arg);
    const register = isIn(this.#places.kept, own.arg) ? 'stored' : 'result';
    const stored = isStored ? register : undefined;
    return scheduled(naive, keptSteps(product, { keeping: this.#keeping, isKept, stored }));
  }

  /** A product in tiles of the lanes, one after another. */
  #tiles(own: Nest, kernel: ContractionKernel): Scheduled {
    const sole = soleLaneSchedule(kernel);
    const product = sole?.kernel ?? canonical(kernel);
    const access = { load: () => this.#load({ along: undefined }), store: this.#store(own) };
    const naive = productLoops(this.#group, product, this.#withResult, access);
    const steps = sole ? laneTileSteps(product, sole.tile, { isInBlock: true }) : tiledSteps(product, LANES);
    return scheduled(naive, [...steps, roll]);
  }

  /** A reduction, which the lanes share. */
  #reduction(own: Nest, kernel: ReductionKernel): Scheduled {
    const access = { load: () => this.#load({ along: undefined }), store: this.#store(own) };
    const naive = reductionLoops(this.#group, kernel, this.#withResult, access);
    return scheduled(naive, [...shareSteps(kernel, { threads: LANES, subgroup: true }), ...this.#keeping]);
  }

  #map(own: Nest, root: MapPrim, work: Work | undefined): Scheduled {
    const isWritten = isIn(this.#places.written, work);
    const reader = { along: work?.shared ? root.axes.at(-1) : undefined, isWritten };
    const access = { load: () => this.#load(reader), store: this.#store(own) };
    const loops = mapLoops(this.#group, root, this.#withResult, access);
    const axes = root.axes.map((a) => a.name);
    if (isWritten) return scheduled(loops, [...writtenSteps(axes), ...this.#keeping, ...unrolledSteps(axes)]);
    if (work?.shared)
      return scheduled(loops, [...sharedSteps(root.axes), ...this.#keeping, ...boundSteps(root.axes)]);
    return scheduled(loops, [...mapSteps(axes, LANES, LANE), roll, ...this.#keeping]);
  }

  /**
   * The memories, and registers for a result: all stores take it from the first one, or others than lanes' from
   * the second one.
   */
  get #withResult(): readonly Memory[] {
    const register = (name: string): Memory => ({ name, space: 'register', shape: [], dtype: 'f32' });
    return [...this.#memories, register('result'), register('stored')];
  }

  /** The stores of a nest's result, those to lanes' registers first. */
  #store({ arg, slot, stored }: Nest): Access['store'] {
    const { args, slotOf } = this.#group;
    const [result, sent] = [this.#memories.length, this.#memories.length + 1];
    return (axes, value) => {
      const at = flatIndex(extents(axes), axisRefs(axes));
      const isKept = isIn(this.#places.kept, arg);
      const own = this.#works ? load(isKept ? sent : result, []) : value;
      const others = [
        ...(isIn(this.#places.held, arg) ? [toArray(slotOf.indexOf(slot), at, own)] : []),
        ...(stored ? [toOutput(args.length + writesOf(this.#group).indexOf(stored), axes, own)] : []),
      ];
      return [
        ...(this.#works ? [{ k: 'store', to: result, index: [], value } as const] : []),
        ...(isKept ? [toArray(this.#number('kept', slot!), at, load(result, []))] : []),
        ...(isKept && others.length > 0
          ? [{ k: 'store', to: sent, index: [], value: load(result, []) } as const]
          : []),
        ...others,
      ];
    };
  }

  /** Whether lanes keep all that a product's columns' operand loads. */
  #isKept(product: ContractionPrim): boolean {
    const along = ownAxis(product, 'b');
    return loadsOf(product.b).every((l) => !ELSEWHERE.has(this.#places.of(l, { along })));
  }

  /** Copies a block of an argument, which several products or a map without loops read. */
  #copy(arg: number): Scheduled {
    const { args } = this.#group;
    const axes = args[arg]!.shape.slice(1).map((extent, d): Axis => ({ name: `c${d}`, extent }));
    const at = flatIndex(extents(axes), axisRefs(axes));
    const value = load(arg, [ax(BLOCK), ...axisRefs(axes)]);
    const naive = inBlock(
      this.#group,
      this.#memories,
      nest(axes, [toArray(this.#number('copied', arg), at, value)]),
    );
    if (!ofVectors(this.#group, arg, this.#over))
      return scheduled(naive, [...sharedSteps(axes), ...this.#keeping, ...boundSteps(axes)]);
    const chunks = Math.ceil(constantOf(count(axes))! / (LANES * VECTOR));
    const how = chunks > WRITTEN ? 'opaque' : 'unrolled';
    const names = axes.map((a) => a.name);
    const steps = [flatten(names, 'at'), loadVectors('at', { lanes: LANES, how })];
    return scheduled(naive, [...steps, ...this.#keeping]);
  }

  /** Makes the transpose of what lanes keep of an argument. */
  #transpose(arg: number): Scheduled {
    const { args, slotOf } = this.#group;
    const axes = args[arg]!.shape.map((extent, d): Axis => ({ name: `t${d}`, extent }));
    const own = axisRefs(axes);
    const from = load(this.#number('kept', slotOf[arg]!), [flatIndex(extents(axes), own)]);
    const to = flatIndex(extents(axes).toReversed(), own.toReversed());
    const store = toArray(this.#number('transposed', slotOf[arg]!), to, from);
    const naive = inBlock(this.#group, this.#memories, nest(axes, [store]));
    return scheduled(naive, [exchange('t0', 't1', LANES), ...this.#keeping]);
  }
}

const chunkOf = (axis: string): string => `${axis}_chunk`;

/** Gives each lane every LANES-th element of a map, whose rows need not be whole chunks. */
const writtenSteps = (axes: readonly string[]): readonly LoopStep[] => {
  const last = axes.at(-1)!;
  return [
    split(last, LANES, chunkOf(last), LANE),
    clamp(last),
    reorder([LANE, ...axes.slice(0, -1), chunkOf(last)]),
    bindInvocation(LANE),
  ];
};

const unrolledSteps = (axes: readonly string[]): readonly LoopStep[] =>
  [...axes.slice(0, -1), chunkOf(axes.at(-1)!)].map((axis) => bind(axis, 'unrolled'));

/** Gives each lane every LANES-th element of a map whose rows are whole chunks, in a loop. */
function sharedSteps(axes: readonly Axis[]): readonly LoopStep[] {
  const last = axes.at(-1)!;
  const others = axes.slice(0, -1).map((a) => a.name);
  const steps = [split(last.name, LANES, chunkOf(last.name), LANE)];
  const width = widthAlong(last.extent);
  if (width === 1)
    return [
      ...steps,
      reorder([LANE, ...others, chunkOf(last.name)]),
      bindInvocation(LANE),
      flatten([...others, chunkOf(last.name)], 'at'),
    ];
  return [
    ...steps,
    split(chunkOf(last.name), width, 'group', 'v'),
    reorder([LANE, ...others, 'group', 'v']),
    bindInvocation(LANE),
    flatten([...others, 'group'], 'at'),
    fission(['v']),
  ];
}

const boundSteps = (axes: readonly Axis[]): readonly LoopStep[] => [
  ...(widthAlong(axes.at(-1)!.extent) > 1 ? [vectorise('v', [])] : []),
  bind('at', 'opaque'),
];

/** Whether a set has what may be absent. */
const isIn = <T>(all: ReadonlySet<T | undefined>, one: T | undefined): boolean => all.has(one);
