/**
 * Decides which primitives share a kernel. First maps are computed where they are read (inline.ts), and the stored ones
 * are laid out as they read (layout.ts). Then readers become epilogues and sums merge (epilogue.ts), products are added
 * to others (added.ts), and products of a column and a row that are left become maps (outer.ts). Kernels over the same
 * small blocks are joined later, by memory/recompute.ts, which asks grouping.ts.
 */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Dim } from '../../compiler/dims/dims.ts';
import { aboveLimit, limits } from '../../compiler/limits.ts';
import type { Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { isLoop, pruneArgs } from '../../compiler/primitives/substitute.ts';
import { KernelError } from '../error.ts';
import { addProducts } from './added.ts';
import { extents } from './axes.ts';
import { sizeAt } from './cost.ts';
import { fuseEpilogue, mergeSum } from './epilogue.ts';
import { topological } from './graph.ts';
import { inlineMaps } from './inline.ts';
import { type Kernel, MAX_STORAGE_BINDINGS, mostArgs } from './kernel.ts';
import { layOut } from './layout.ts';
import { kernelOfMap } from './outer.ts';
import { Readings } from './readings.ts';
import { type Decision, ignore, type Refuse, refusing, type Tell } from './record.ts';

/** A sum merges into a contraction only where at least this many results are left to compute in parallel. */
const MIN_PARALLEL_SUMS = 1024;

/**
 * The kernels of a program in an order where each runs after those whose tensors it reads. Sizes are compared at
 * `tokens`. Throws KernelError for a kernel that reads too many tensors, or counts too many elements. `tell` is told of
 * each decision.
 */
export function fuse(
  program: PrimProgram,
  tokens: number,
  device: DeviceClass,
  tell: Tell = () => {},
): Kernel[] {
  const outputs = new Set(program.outputs.map((o) => o.prim));
  const order = topological([...outputs], (p) => p.args);
  const kept = new Set(order.filter((p) => outputs.has(p) || p.stored));
  const kernels = new Readings<Kernel>((k) => k.root.args);
  const computed = inlineMaps(order, kept, tokens, device, tell);
  const laidOut = layOut(computed, kept);
  for (const [tensor, reader] of laidOut) tell({ rule: 'layout', tensor, reader });
  for (const [tensor, p] of computed) {
    const root = isLoop(p) ? pruneArgs(p) : p;
    kernels.set(tensor, { tensor, root, epilogue: null, spans: p.spans });
  }
  const onlyHere = (t: Prim, refuse = ignore) => {
    const readers = kernels.readerCount(t);
    if (kept.has(t)) refuse('it is an output, or always stored');
    else if (readers > 1) refuse(`${readers} kernels read it`);
    return !kept.has(t) && readers === 1;
  };
  for (const prim of order) {
    const tensor = laidOut.get(prim) ?? prim;
    const kernel = kernels.get(tensor);
    if (kernel === undefined) continue;
    const fused = absorb(kernel, kernels, onlyHere, { tokens, device, tell });
    if (fused === undefined) continue;
    kernels.set(tensor, fused.kernel);
    kernels.delete(fused.source);
  }
  addProducts(kernels, onlyHere, tell);
  const needed = topological([...outputs], (t) => kernels.get(t)?.root.args ?? []);
  const result = needed.flatMap((t) => kernels.get(t) ?? []).map(kernelOfMap);
  for (const t of needed) checkElements(`'${t.label}'`, t.shape);
  for (const k of result) {
    const { root } = k;
    if (root.kind === 'reduce' || root.kind === 'contraction')
      checkElements(`the sum of '${k.tensor.label}'`, extents(root.over));
    if (new Set(k.root.args).size <= mostArgs(root)) continue;
    throw new KernelError(
      `'${k.tensor.label}' reads ${k.root.args.length} tensors at once, but a kernel binds at most ${MAX_STORAGE_BINDINGS} including its result: split it`,
    );
  }
  return result;
}

/** Checks a number of elements. Throws KernelError for more than a kernel can count. */
function checkElements(what: string, extents: readonly Dim[]): void {
  const elements = sizeAt(extents, 1);
  if (elements > limits.tensorElements.most)
    throw new KernelError(`${what}: ${aboveLimit(elements, limits.tensorElements)}`);
}

/**
 * Fuses a kernel with one that it alone reads. A map becomes the epilogue of a product or sum. A sum merges
 * into a product where MIN_PARALLEL_SUMS results are left. The source with the most work is tried first.
 * Undefined where none fuses.
 */
function absorb(
  kernel: Kernel,
  kernels: ReadonlyMap<Prim, Kernel>,
  onlyHere: (tensor: Prim, refuse: Refuse) => boolean,
  { tokens, device, tell }: { tokens: number; device: DeviceClass; tell: Tell },
): { kernel: Kernel; source: Prim } | undefined {
  const { root, tensor } = kernel;
  if (root.kind !== 'map' && root.kind !== 'reduce') return undefined;
  const work = (k: Kernel): number => {
    const over = k.root.kind === 'reduce' || k.root.kind === 'contraction' ? k.root.over : [];
    return sizeAt([...k.tensor.shape, ...extents(over)], tokens);
  };
  const refuse = (source: Prim, rule: Decision['rule']) =>
    refusing(tell, { rule, tensor: source, reader: tensor });
  const sources = root.args.flatMap((a) => {
    const source = kernels.get(a);
    const rule = source && ruleFor(root, source.root);
    return rule && onlyHere(a, refuse(a, rule)) ? [{ ...source, rule }] : [];
  });
  for (const { rule, ...source } of sources.sort((a, b) => work(b) - work(a))) {
    const r = source.root;
    const no = refuse(source.tensor, rule);
    let fused: Kernel | undefined;
    if (root.kind === 'map' && (r.kind === 'contraction' || r.kind === 'reduce'))
      fused = fuseEpilogue({ ...source, root: r }, root, tensor, device.fusion, no);
    else if (root.kind === 'reduce' && r.kind === 'contraction')
      fused =
        sizeAt(tensor.shape, tokens) >= MIN_PARALLEL_SUMS
          ? mergeSum({ ...source, root: r }, root, tensor, no)
          : no(`fewer than ${MIN_PARALLEL_SUMS} results would be left to compute in parallel`);
    if (fused === undefined) continue;
    tell({ rule, tensor: source.tensor, reader: tensor });
    return { kernel: fused, source: source.tensor };
  }
  return undefined;
}

/** The rule that may make one kernel of a reader and what it reads. */
function ruleFor(reader: Kernel['root'], source: Kernel['root']): 'epilogue' | 'merge' | undefined {
  if (reader.kind === 'map')
    return source.kind === 'contraction' || source.kind === 'reduce' ? 'epilogue' : undefined;
  return reader.kind === 'reduce' && source.kind === 'contraction' ? 'merge' : undefined;
}
