/** Assembles a WGSL module around the statements of a kernel. */
import type { DType } from '../../compiler/ir/node.ts';
import { dtypeBytes, type PlanKernel } from '../../runtime/plan.ts';
import { ERF, erfFunction, SINE, sineFunction, TANH, tanhFunction } from './calls.ts';
import { nf4Function } from './dequantize.ts';
import type { Emitter } from './emitter.ts';
import { inlined } from './inlined.ts';
import type { Tensor } from './tensor.ts';
import { typeOf, VECTOR } from './vectors.ts';

/** An array in workgroup memory. */
export interface Memory {
  readonly name: string;
  readonly elements: number;
  readonly dtype?: 'f32' | 'f16';
  /** Whether the array is declared as one of vec4. `elements` is then a multiple of four. */
  readonly vectors?: boolean;
}

export interface ModuleOptions {
  readonly tensors: readonly Tensor[];
  /** The type of the result, which is named `out`, or the types of several: `out0`, `out1`, …. */
  readonly out: DType | readonly DType[];
  /** The indices of the results that are declared as arrays of vec4. */
  readonly vectors?: ReadonlySet<number>;
  readonly workgroup: number;
  readonly memories?: readonly Memory[];
  /** Aliases for types of subgroup matrices. Statements then see the index `subgroup` and the count `subgroups`. */
  readonly matrices?: Readonly<Record<string, string>>;
  /** An f32 temporary named `scratch`, bound before the result. */
  readonly scratch?: boolean;
}

export type Module = Omit<PlanKernel, 'name'>;

/** A storage buffer of a kernel. */
interface Buffer {
  readonly name: string;
  /** The WGSL type of an element. */
  readonly type: string;
  readonly access: 'read' | 'read_write';
}

/** The buffers in the order of their bindings: the operands that are read, the temporary, the results. */
function buffersOf(reads: readonly number[], o: ModuleOptions): Buffer[] {
  const outs =
    typeof o.out === 'string' ? [['out', o.out] as const] : o.out.map((t, i) => [`out${i}`, t] as const);
  return [
    ...reads.map((r): Buffer => {
      const { dtype, storage, vectors } = o.tensors[r]!;
      return { name: `arg${r}`, type: storage ? 'u32' : typeOf(dtype, vectors ? VECTOR : 1), access: 'read' };
    }),
    ...(o.scratch ? [{ name: 'scratch', type: 'f32', access: 'read_write' } as const] : []),
    ...outs.map(([name, type], i): Buffer => {
      return { name, type: typeOf(type, o.vectors?.has(i) ? VECTOR : 1), access: 'read_write' };
    }),
  ];
}

/** The functions of our own that the statements call. */
const functionsOf = (body: string): readonly string[] => [
  ...(body.includes('nf4(') ? nf4Function() : []),
  ...(body.includes(`${TANH}(`) ? tanhFunction() : []),
  ...(body.includes(`${ERF}(`) ? erfFunction() : []),
  ...(body.includes(`${SINE}(`) ? sineFunction() : []),
];

/**
 * The module of a kernel: declarations, then the entry point, whose statements see `group` (the workgroup's linear
 * index), `lane` and `tokens`. A workgroup that uses subgroups is one subgroup, except with matrices.
 */
export function assemble(e: Emitter, o: ModuleOptions): { module: Module; reads: readonly number[] } {
  const reads = [...e.used].sort((a, b) => a - b);
  const buffers = buffersOf(reads, o);
  const { memories = [], matrices } = o;
  const body = inlined(e.body());
  const half = [o.out].flat().includes('f16') || reads.some((r) => o.tensors[r]!.dtype === 'f16');
  const subgroups = matrices !== undefined || body.includes('subgroup');
  const features = FEATURES.filter((_, n) => [half, subgroups, matrices !== undefined][n]);
  const params = `@group(0) @binding(${buffers.length}) var<uniform> params: Params;`;
  const wgsl = [
    ...features.map((f) => `enable ${ENABLED[f]};`),
    ...buffers.map(
      ({ name, type, access }, n) =>
        `@group(0) @binding(${n}) var<storage, ${access}> ${name}: array<${type}>;`,
    ),
    ...(e.usesTokens ? ['struct Params { tokens: u32 }', params] : []),
    ...memories.map(declared),
    ...Object.entries(matrices ?? {}).map(([name, type]) => `alias ${name} = ${type};`),
    ...functionsOf(body),
    '',
    `@compute @workgroup_size(${o.workgroup})`,
    `fn main(${builtins(subgroups, matrices !== undefined)}) {`,
    ...(e.usesTokens ? [' let tokens = i32(params.tokens);'] : []),
    ' let group = i32(id.y * grid.x + id.x);',
    ` let lane = i32(local);${body}`,
    '}',
    '',
  ].join('\n');
  const module: Module = {
    wgsl,
    entryPoint: 'main',
    workgroupSize: [o.workgroup, 1, 1],
    workgroupBytes: memories.reduce((sum, m) => sum + dtypeBytes(m.dtype ?? 'f32') * m.elements, 0),
    bindings: buffers.map(({ access }) => access),
    uniforms: e.usesTokens ? ['tokens'] : [],
    features,
  };
  return { module, reads };
}

const declared = ({ name, dtype = 'f32', elements, vectors }: Memory): string => {
  const type = vectors ? `${typeOf(dtype)}, ${elements / VECTOR}` : `${dtype}, ${elements}`;
  return `var<workgroup> ${name}: array<${type}>;`;
};

const FEATURES: Module['features'] = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];

/** The extension of WGSL that a feature of the device allows. */
const ENABLED: Readonly<Record<Module['features'][number], string>> = {
  'shader-f16': 'f16',
  subgroups: 'subgroups',
  'chromium-experimental-subgroup-matrix': 'chromium_experimental_subgroup_matrix',
};

/** The parameters of a kernel. Without matrices, a workgroup with subgroups is one of them. */
const builtins = (subgroups: boolean, matrices: boolean): string =>
  [
    '@builtin(workgroup_id) id: vec3u',
    '@builtin(num_workgroups) grid: vec3u',
    `@builtin(${subgroups && !matrices ? 'subgroup_invocation_id' : 'local_invocation_index'}) local: u32`,
    ...(matrices ? ['@builtin(subgroup_id) subgroup: u32', '@builtin(num_subgroups) subgroups: u32'] : []),
  ].join(', ');

/** A float converted to the result's element type. */
export const stored = (text: string, dtype: DType): string => (dtype === 'f32' ? text : `${dtype}(${text})`);
