/** A whole WGSL module around the statements of one kernel. */
import type { DType } from '../../compiler/ir/node.ts';
import type { PlanKernel } from '../../runtime/plan.ts';
import { nf4Function } from './dequantize.ts';
import type { Emitter } from './emitter.ts';
import type { Tensor } from './value.ts';

export interface ModuleOptions {
  readonly tensors: readonly Tensor[];
  readonly out: DType;
  readonly workgroup: number;
  readonly shared?: { readonly name: string; readonly elements: number };
  /** An f32 temporary named `scratch`, bound before the result. */
  readonly scratch?: boolean;
}

export type Module = Omit<PlanKernel, 'name'>;

/**
 * Declarations before the entry point; statements see `group` (linear), `lane` and `tokens`. What uses subgroups has
 * one of them for a workgroup.
 */
export function assemble(e: Emitter, o: ModuleOptions): { module: Module; reads: readonly number[] } {
  const reads = [...e.used].sort((a, b) => a - b);
  const half = o.out === 'f16' || reads.some((r) => o.tensors[r]!.dtype === 'f16');
  const subgroups = e.body().some((l) => l.includes('subgroup'));
  const nf4 = e.body().some((l) => l.includes('nf4('));
  const lines: string[] = [];
  let binding = 0;
  const bindings: ('read' | 'read_write')[] = [];
  const buffer = (name: string, type: DType | 'u32', access: 'read' | 'read_write') => {
    lines.push(`@group(0) @binding(${binding++}) var<storage, ${access}> ${name}: array<${type}>;`);
    bindings.push(access);
  };
  for (const r of reads) buffer(`arg${r}`, o.tensors[r]!.storage ? 'u32' : o.tensors[r]!.dtype, 'read');
  if (o.scratch) buffer('scratch', 'f32', 'read_write');
  buffer('out', o.out, 'read_write');
  if (e.usesTokens) {
    lines.push(
      'struct Params { tokens: u32 }',
      `@group(0) @binding(${binding}) var<uniform> params: Params;`,
    );
  }
  if (o.shared) lines.push(`var<workgroup> ${o.shared.name}: array<f32, ${o.shared.elements}>;`);
  const wgsl = [
    ...(half ? ['enable f16;'] : []),
    ...(subgroups ? ['enable subgroups;'] : []),
    ...lines,
    ...(nf4 ? nf4Function() : []),
    '',
    `@compute @workgroup_size(${o.workgroup})`,
    `fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(${subgroups ? 'subgroup_invocation_id' : 'local_invocation_index'}) local: u32) {`,
    ...(e.usesTokens ? ['  let tokens = i32(params.tokens);'] : []),
    '  let group = i32(id.y * grid.x + id.x);',
    '  let lane = i32(local);',
    ...e.body().map((l) => `  ${l}`),
    '}',
    '',
  ].join('\n');
  return {
    module: {
      wgsl,
      entryPoint: 'main',
      workgroupSize: [o.workgroup, 1, 1],
      workgroupBytes: o.shared ? 4 * o.shared.elements : 0,
      bindings,
      uniforms: e.usesTokens ? ['tokens'] : [],
      features: [...(half ? (['shader-f16'] as const) : []), ...(subgroups ? (['subgroups'] as const) : [])],
    },
    reads,
  };
}

/** A float as the element type of the result. */
export const stored = (text: string, dtype: DType): string => (dtype === 'f32' ? text : `${dtype}(${text})`);
