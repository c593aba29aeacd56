import type {
  DevicePlan,
  Extent,
  Plan,
  PlanDType,
  PlanKernel,
  PlanStep,
  PlanTensor,
} from '../../runtime/index.ts';

/** Hand-written Plans, as kernels-gen would emit them. */

export const mul = (a: Extent, b: Extent): Extent => ({ op: 'mul', a, b });
export const ceildiv = (a: Extent, b: Extent): Extent => ({ op: 'ceildiv', a, b });

export const tensor = (
  name: string,
  role: PlanTensor['role'],
  shape: readonly Extent[],
  dtype: PlanDType = 'f32',
): PlanTensor => ({ name, role, dtype, shape });

export const kernel = (name: string, wgsl: string, more: Partial<PlanKernel> = {}): PlanKernel => ({
  name,
  wgsl,
  entryPoint: 'main',
  workgroupSize: [8, 1, 1],
  workgroupBytes: 0,
  bindings: ['read', 'read_write'],
  uniforms: [],
  features: [],
  ...more,
});

export const step = (
  kernelIndex: number,
  bind: PlanStep['bind'],
  workgroups: Extent,
  more: Partial<PlanStep> = {},
): PlanStep => ({
  kernel: kernelIndex,
  bind,
  workgroups,
  flops: 'tokens',
  bytes: mul('tokens', 8),
  label: `step of kernel ${kernelIndex}`,
  source: ['adapter.ts:3:14'],
  ...more,
});

export const plan = (
  name: string,
  { variants, ...more }: Partial<Plan> & Pick<DevicePlan, 'kernels' | 'variants'>,
): Plan => ({
  format: 'oftc-plan',
  version: 2,
  name,
  inputs: [],
  outputs: [],
  classes: [{ name: 'portable', devices: {}, variants }],
  ...more,
});

/** The start of a kernel's WGSL: the linear index i of an invocation in a folded grid, with 8 to a workgroup. */
const INDEX = `
@compute @workgroup_size(8) fn main(
  @builtin(workgroup_id) wg: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
  @builtin(local_invocation_index) local: u32) {
  let i = (wg.y * n.x + wg.x) * 8u + local;`;

/** A Plan of y[t] = a[0] · x[t] + y0[t]. A uniform guards the stores. */
export const saxpy: Plan = plan('saxpy', {
  inputs: [
    tensor('a', 'trainable', [1]),
    tensor('x', 'input', ['tokens']),
    tensor('y0', 'input', ['tokens']),
  ],
  outputs: [tensor('y', 'output', ['tokens'])],
  kernels: [
    kernel(
      'saxpy',
      `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y0: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
struct Sizes { tokens: u32 }
@group(0) @binding(4) var<uniform> sizes: Sizes;
${INDEX}
  if (i < sizes.tokens) { y[i] = a[0] * x[i] + y0[i]; }
}`,
      { bindings: ['read', 'read', 'read', 'read_write'], uniforms: ['tokens'] },
    ),
  ],
  variants: [
    {
      minTokens: 0,
      maxTokens: null,
      slots: [],
      steps: [
        step(0, [{ input: 'a' }, { input: 'x' }, { input: 'y0' }, { output: 'y' }], ceildiv('tokens', 8), {
          label: 'y = a·x + y0',
        }),
      ],
    },
  ],
});

/**
 * A Plan of z = 2x + 1, through a temporary, and of s = Σ x, whose size does not depend on tokens. The variant for
 * few tokens adds 1 a second time, which shows that it ran.
 */
export const twoStep: Plan = plan('two-step', {
  inputs: [tensor('x', 'input', ['tokens'])],
  outputs: [tensor('z', 'output', ['tokens']), tensor('s', 'output', [])],
  kernels: [
    kernel(
      'double',
      `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> t: array<f32>;
struct Sizes { unused: u32, tokens: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;
${INDEX}
  if (i < sizes.tokens) { t[i] = 2.0 * x[i]; }
}`,
      { uniforms: [7, 'tokens'] },
    ),
    kernel(
      'increment',
      `
@group(0) @binding(0) var<storage, read> t: array<f32>;
@group(0) @binding(1) var<storage, read_write> z: array<f32>;
struct Sizes { tokens: u32, by: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;
${INDEX}
  if (i < sizes.tokens) { z[i] = t[i] + 1.0; }
}`,
      { uniforms: ['tokens', 1] },
    ),
    kernel(
      'sum',
      `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> s: array<f32>;
struct Sizes { tokens: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;
@compute @workgroup_size(1) fn main() {
  var sum = 0.0;
  for (var i = 0u; i < sizes.tokens; i++) { sum += x[i]; }
  s[0] = sum;
}`,
      { uniforms: ['tokens'], workgroupSize: [1, 1, 1] },
    ),
  ],
  variants: [
    {
      minTokens: 0,
      maxTokens: 4,
      slots: [mul('tokens', 4), mul('tokens', 4)],
      steps: [
        step(0, [{ input: 'x' }, { slot: 0 }], ceildiv('tokens', 8)),
        step(1, [{ slot: 0 }, { slot: 1 }], ceildiv('tokens', 8)),
        step(1, [{ slot: 1 }, { output: 'z' }], ceildiv('tokens', 8)),
        step(2, [{ input: 'x' }, { output: 's' }], 1),
      ],
    },
    {
      minTokens: 5,
      maxTokens: null,
      slots: [mul('tokens', 4)],
      steps: [
        step(0, [{ input: 'x' }, { slot: 0 }], ceildiv('tokens', 8), { label: 't = 2x' }),
        step(1, [{ slot: 0 }, { output: 'z' }], ceildiv('tokens', 8), { label: 'z = t + 1' }),
        step(2, [{ input: 'x' }, { output: 's' }], 1, { label: 's = Σx' }),
      ],
    },
  ],
});

/** A Plan of z = 2x + 1 and w = x + 1, whose temporary lies in w's buffer. */
export const throughOutput: Plan = plan('through output', {
  inputs: twoStep.inputs,
  outputs: [tensor('z', 'output', ['tokens']), tensor('w', 'output', ['tokens'])],
  kernels: twoStep.kernels.slice(0, 2),
  variants: [
    {
      minTokens: 0,
      maxTokens: null,
      slots: [],
      steps: [
        step(0, [{ input: 'x' }, { output: 'w' }], ceildiv('tokens', 8), { label: 't = 2x' }),
        step(1, [{ output: 'w' }, { output: 'z' }], ceildiv('tokens', 8), { label: 'z = t + 1' }),
        step(1, [{ input: 'x' }, { output: 'w' }], ceildiv('tokens', 8), { label: 'w = x + 1' }),
      ],
    },
  ],
});

export const twoStepReference = (x: Float32Array): { z: number[]; s: number[] } => ({
  z: [...x].map((v) => 2 * v + (x.length <= 4 ? 2 : 1)),
  s: [x.reduce((a, b) => a + b, 0)],
});

/** A Plan that copies x to y, for i32 or for the bits of f16, with one element to a workgroup. */
export const identity = (dtype: 'i32' | 'f16', count: Extent): Plan => {
  const element = dtype === 'i32' ? 'i32' : 'f16';
  return plan(`identity ${dtype}`, {
    inputs: [tensor('x', 'input', [count], dtype)],
    outputs: [tensor('y', 'output', [count], dtype)],
    kernels: [
      kernel(
        'identity',
        `${dtype === 'f16' ? 'enable f16;' : ''}
@group(0) @binding(0) var<storage, read> x: array<${element}>;
@group(0) @binding(1) var<storage, read_write> y: array<${element}>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) wg: vec3<u32>) { y[wg.x] = x[wg.x]; }`,
        { workgroupSize: [1, 1, 1], features: dtype === 'f16' ? ['shader-f16'] : [] },
      ),
    ],
    variants: [
      {
        minTokens: 0,
        maxTokens: null,
        slots: [],
        steps: [step(0, [{ input: 'x' }, { output: 'y' }], count)],
      },
    ],
  });
};
