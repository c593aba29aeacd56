/**
 * Inlines maps, which are then computed where they are read. Let a map have the weight w (cost.ts), and let
 * its readers evaluate each element E times. The map is inlined into all of them where w·(E − 1) is at most
 * the price of storing an element. Views are always inlined, arithmetic where it is not repeated, and a
 * contraction's operand while it is light. Where no size grows with tokens, the price includes an element's
 * share of a launch, which dominates below a million elements.
 *
 * A product of a column and a row is inlined like a map, unless a sum reads it: the sum then becomes a product.
 *
 * A map is stored instead where
 * - it is an output, or an attention reads it,
 * - it could be the epilogue of the kernel that it reads, and would be repeated, or sizes grow with tokens and it would
 *   load several tensors in readers that are no epilogues of that kernel,
 * - or a reader with its body would pass a limit on storage bindings or on the size of bodies.
 */
import { type DeviceClass, type FusionCosts, launchOperations } from '../../compiler/devices/index.ts';
import { constantOf, equalDim, productDim } from '../../compiler/dims/dims.ts';
import type { ContractionPrim, MapPrim, Prim, ReducePrim } from '../../compiler/primitives/prim.ts';
import {
  expressionsOf,
  isLoop,
  type LoopPrim,
  loopAxes,
  simplifyPrim,
  substitute,
} from '../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import { evaluations, nodesOf, sizeAt, weight } from './cost.ts';
import { uniqueAxes } from './graph.ts';
import { MAX_STORAGE_BINDINGS, mostArgs } from './kernel.ts';
import { mapOf } from './outer.ts';
import { Readings } from './readings.ts';
import { type Refuse, refusing, type Tell } from './record.ts';
import { splitAxes } from './split.ts';

/** The primitive that computes each tensor. Its arguments are inputs or other computed tensors. */
export type Computed = Readings<Exclude<Prim, { kind: 'input' }>>;

/** The limit that a reader with the body of a map passes; undefined where it passes none. */
function beyondLimits(p: LoopPrim, { tiledNodes, bodyNodes }: FusionCosts): string | undefined {
  if (p.args.length > mostArgs(p)) return `a reader would bind more than ${MAX_STORAGE_BINDINGS} tensors`;
  const nodes = p.kind === 'contraction' ? tiledNodes : bodyNodes;
  return expressionsOf(p).every((e) => nodesOf(e) <= nodes)
    ? undefined
    : `a reader's body would have more than ${nodes} nodes`;
}

/**
 * Inlines maps into their readers. `order` lists producers before readers; the tensors `kept` are stored. `tell` is told
 * of each map.
 */
export function inlineMaps(
  order: readonly Prim[],
  kept: ReadonlySet<Prim>,
  tokens: number,
  device: DeviceClass,
  tell: Tell = () => {},
): Computed {
  const computed: Computed = new Readings((c) => c.args);
  for (const [i, p] of order.entries()) {
    if (p.kind === 'input') continue;
    computed.set(p, isLoop(p) ? simplifyPrim(uniqueAxes(p, i)) : p);
  }
  for (const tensor of order) {
    const producer = asMap(tensor, computed);
    if (producer === undefined) continue;
    const refuse = refusing(tell, { rule: 'inline', tensor });
    const inlined = kept.has(tensor)
      ? refuse('it is an output, or always stored')
      : inlineInto(tensor, producer, computed, { tokens, device, refuse });
    if (inlined === undefined) continue;
    for (const [reader, c] of inlined) {
      computed.set(reader, c);
      tell({ rule: 'inline', tensor, reader });
    }
    computed.delete(tensor);
  }
  return computed;
}

/**
 * The map that computes a tensor; undefined where it is computed in another way. A product of columns and rows, whose
 * sums have one step each, is a map where no sum reads it.
 */
function asMap(tensor: Prim, computed: Computed): MapPrim | undefined {
  const p = computed.get(tensor);
  if (p?.kind === 'map') return p;
  if (p?.kind !== 'contraction') return undefined;
  if (computed.readersOf(tensor).some((r) => computed.get(r)!.kind === 'reduce')) return undefined;
  return mapOf(p);
}

function inlineInto(
  tensor: Prim,
  producer: MapPrim,
  computed: Computed,
  { tokens, device, refuse }: { tokens: number; device: DeviceClass; refuse: Refuse },
): [Prim, LoopPrim][] | undefined {
  const { fusion } = device;
  const readers = computed.readersOf(tensor).map((r) => [r, computed.get(r)!] as const);
  const loops = readers.filter((r): r is [Prim, LoopPrim] => isLoop(r[1]));
  if (loops.length < readers.length) return refuse('an attention reads it');
  const result: [Prim, LoopPrim][] = [];
  /** The operations for each element beyond computing it once. */
  let repeated = -weight(producer.body);
  for (const [reader, c] of loops) {
    const substituted = substitute(c, tensor, producer);
    if (substituted === undefined) return refuse('the index of a load does not tell where its element is');
    const fused = isSum(substituted) ? splitAxes(substituted) : substituted;
    const limit = beyondLimits(fused, fusion);
    if (limit !== undefined) return refuse(limit);
    const before = expressionsOf(c).map(weight);
    const times = evaluations(c, tensor, tokens, fusion);
    for (const [e, body] of expressionsOf(fused).entries())
      repeated += Math.max(0, weight(body) - before[e]!) * times[e]!;
    result.push([reader, fused]);
  }
  const known = loops.every(([, c]) => loopAxes(c).every((a) => constantOf(a.extent) !== undefined));
  const launch = known ? launchOperations(device.chosenBy) / sizeAt(tensor.shape, tokens) : 0;
  const price = fusion.materialise + launch;
  if (repeated > price)
    return refuse(
      `its readers would repeat ${rounded(repeated)} operations for each element, and storing one costs as much as ${rounded(price)}`,
    );
  const staysEpilogue = loops.length === 1 && loops[0]![1].kind === 'map';
  const isDearer = repeated > 0 || (!known && !staysEpilogue && loadsOf(producer.body).length > 1);
  if (isDearer && producer.args.some((a) => feedsOnly(a, tensor, computed)))
    return refuse('it costs less as the epilogue of the sum that it reads');
  return result;
}

const rounded = (n: number): number => Number(n.toPrecision(3));

const isSum = (p: LoopPrim): p is ContractionPrim | ReducePrim =>
  p.kind === 'contraction' || p.kind === 'reduce';

/**
 * Whether only `reader` loads `source`, by a single load, and `source` is a sum of as many elements. As the epilogue of
 * the sum, the reader costs nothing more.
 */
function feedsOnly(source: Prim, reader: Prim, computed: Computed): boolean {
  const kind = computed.get(source)?.kind;
  if (kind !== 'contraction' && kind !== 'reduce') return false;
  if (!equalDim(productDim(source.shape), productDim(reader.shape))) return false;
  const readers = computed.readersOf(source);
  const only = computed.get(reader);
  if (readers.length !== 1 || readers[0] !== reader || only?.kind !== 'map') return false;
  const { body, args } = only;
  return loadsOf(body).filter((l) => args[l.arg] === source).length === 1;
}
