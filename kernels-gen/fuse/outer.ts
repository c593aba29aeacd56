/** Turns products of columns and rows, whose sums have one step each, into maps. */
import { constantOf } from '../../compiler/dims/dims.ts';
import { call, int } from '../../compiler/primitives/build.ts';
import type { ContractionPrim, MapPrim } from '../../compiler/primitives/prim.ts';
import { rewriteExpr, simplifyPrim, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { type Kernel, RESULT } from './kernel.ts';

/** The product as a map; undefined where one of its sums has more steps than one. */
export function mapOf({ over, a, b, ...rest }: ContractionPrim): MapPrim | undefined {
  if (over.some((k) => constantOf(k.extent) !== 1)) return undefined;
  const first = substituteAxes(new Map(over.map((k) => [k.name, int(0)])));
  const body = call('mul', rewriteExpr(a, first), rewriteExpr(b, first));
  return simplifyPrim({ ...rest, kind: 'map', body });
}

/** The kernel as a map, with the epilogue in its body; the kernel itself where it sums, or adds another product. */
export function kernelOfMap(kernel: Kernel): Kernel {
  const { root, added = [], epilogue } = kernel;
  const map = root.kind === 'contraction' && added.length === 0 ? mapOf(root) : undefined;
  if (map === undefined) return kernel;
  const body = epilogue
    ? rewriteExpr(epilogue, { load: (arg) => (arg === RESULT ? map.body : undefined) })
    : map.body;
  return { ...kernel, root: simplifyPrim({ ...map, body }), epilogue: null };
}
