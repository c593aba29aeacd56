/**
 * Verification of alternatives: before a device runs one, it must compute what the step's portable kernel computes.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  Executable,
  type Plan,
  type PlanDType,
  type PlanKernel,
  type PlanStep,
} from '../../runtime/index.ts';
import { planOf } from '../kernels-gen/execute.ts';
import { matmul } from '../kernels-gen/layers.ts';
import { testDevice } from '../support/device.ts';
import { onlyVariants, variantsIn } from '../support/plans.ts';
import { emulated } from '../support/subgroup-matrices.ts';
import { ceildiv, kernel, mul, plan, step, tensor } from './plans.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const TERMS = 4096;

/** A kernel of y[t] = Σ_k x[t, k]·w[k]: `body` is the body of the loop over k, `before` stands before the loop. */
function dot(
  name: string,
  before: string,
  body: string,
  dtype: PlanDType = 'f32',
  features: PlanKernel['features'] = [],
) {
  return kernel(
    name,
    `${dtype === 'f16' ? 'enable f16;' : ''}
@group(0) @binding(0) var<storage, read> x: array<${dtype}>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> at: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<${dtype}>;
struct Sizes { tokens: u32 }
@group(0) @binding(4) var<uniform> sizes: Sizes;
fn coarse(v: f32) -> f32 { return bitcast<f32>((bitcast<u32>(v) + 0x1000u) & 0xffffe000u); }
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let t = id.x;
  if (t < sizes.tokens) {
    var sum = 0.0;
    ${before}
    for (var i = 0u; i < ${TERMS}u; i++) { let k = i; let a = f32(x[t * ${TERMS}u + k]); let b = w[k]; ${body} }
    y[t] = ${dtype}(sum);
  }
}`,
    { bindings: ['read', 'read', 'read', 'read_write'], uniforms: ['tokens'], features },
  );
}

function withAlternative(
  portable: PlanKernel,
  other: PlanKernel,
  dtype: PlanDType = 'f32',
  more: Partial<PlanStep> = {},
): Plan {
  const verify: PlanDType[] = [dtype, 'f32', 'i32', dtype];
  const bind = [{ input: 'x' }, { input: 'w' }, { input: 'at' }, { output: 'y' }] as const;
  const workgroups = ceildiv('tokens', 8);
  return plan('dots', {
    inputs: [
      tensor('x', 'input', ['tokens', TERMS], dtype),
      tensor('w', 'frozen', [TERMS]),
      tensor('at', 'input', ['tokens'], 'i32'),
    ],
    outputs: [tensor('y', 'output', ['tokens'], dtype)],
    kernels: [portable, other],
    variants: [
      {
        minTokens: 0,
        maxTokens: null,
        slots: [],
        steps: [
          step(0, bind, workgroups, {
            alternatives: [{ kernel: 1, workgroups, verify }],
            ...more,
          }),
        ],
      },
    ],
  });
}

const refused = (p: Plan) =>
  expect(Executable.create(device, p)).rejects.toMatchObject({ code: 'KernelMismatch' });
const taken = async (p: Plan): Promise<string[]> => {
  const executable = await Executable.create(device, p);
  executable.dispose();
  return executable.plan.kernels.map((k) => k.name);
};

const PORTABLE = dot('portable', '', 'sum += a * b;');
const HALVES = dot(
  'other',
  'var odd = 0.0;',
  `if (i % 2u == 0u) { sum += a * b; } else { odd += a * b; } if (i == ${TERMS - 1}u) { sum += odd; }`,
);

describe('an alternative runs', () => {
  it('where it sums in another order', async () => {
    expect(await taken(withAlternative(PORTABLE, HALVES))).toEqual(['other']);
  });
  it('where both results are NaN or the same infinity', async () => {
    const of = (name: string, sum: string) => dot(name, `sum = ${sum};`, 'sum += 0.0 * (a + b);');
    const pair = (one: string, two: string) => withAlternative(of('portable', one), of('other', two));
    expect(await taken(pair('1.0 / f32(t)', '2.0 / f32(2u * t)'))).toEqual(['other']);
    expect(await taken(pair('sqrt(0.5 - f32(t))', 'sqrt(-f32(t) + 0.5)'))).toEqual(['other']);
    await refused(pair('1.0 / f32(t)', '1.0 / f32(t) + f32(t)'));
    await refused(pair('1.0 / f32(t)', '-1.0 / f32(t)'));
  });
  it('in f16, where results differ only by rounding', async () => {
    const [portable, other] = [PORTABLE, HALVES].map((k, i) => ({
      ...dot(k.name, i === 0 ? '' : 'sum = 0.001;', 'sum += a * b;', 'f16', ['shader-f16']),
    }));
    expect(await taken(withAlternative(portable!, other!, 'f16'))).toEqual(['other']);
  });
});

describe('an alternative is refused', () => {
  it('with a message that says which element differs, where, and what to do', async () => {
    const wrong = dot('wrong', '', 'sum -= a * b;', 'f32', ['subgroups']);
    await expect(Executable.create(device, withAlternative(PORTABLE, wrong))).rejects.toThrow(
      /^kernel 'wrong' of plan 'dots' for 'step of kernel 0' \(adapter\.ts:3:14\) computes (\S+) on this device where 'portable' computes -?\S+ \(element 0 of 65 at tokens = 65\): request the device with requestDevice\(\{ features \}\) without subgroups$/,
    );
  });
  it.each([
    ['of operands with 10 bits, as matrix units round them', 'sum += coarse(a) * coarse(b);'],
    ['that leaves out the last term', `if (i < ${TERMS - 1}u) { sum += a * b; }`],
    ['that is wrong at the end alone', 'if (t < 64u) { sum += a * b; }'],
    ['that takes one sign for the other', 'sum += a * abs(b);'],
    ['that reads an index as another', 'sum += a * b * f32(1 - at[t]);'],
    ['that has no number', 'sum += sqrt(a * b);'],
  ])('%s', async (_, body) => {
    await refused(
      withAlternative(
        dot('portable', '', body.includes('at[') ? 'sum += a * b * f32(at[t]);' : 'sum += a * b;'),
        dot('wrong', '', body),
      ),
    );
  });
  it('in f16 as well', async () => {
    const f16 = (name: string, body: string) => dot(name, '', body, 'f16', ['shader-f16']);
    await refused(
      withAlternative(
        f16('portable', 'sum += a * b;'),
        f16('wrong', `if (i < ${TERMS - 1}u) { sum += a * b; }`),
        'f16',
      ),
    );
  });
  it('every time, while other alternatives still run', async () => {
    const wrong = withAlternative(PORTABLE, dot('wrong', '', 'sum += b;'));
    await refused(wrong);
    await refused(wrong);
    expect(await taken(withAlternative(PORTABLE, HALVES))).toEqual(['other']);
  });
});

it('only alternatives that the device would run are verified, equal ones once', async () => {
  const created = vi.spyOn(Executable, 'create');
  const fresh = withAlternative(
    dot('portable', 'sum = 0.25;', 'sum += a * b;'),
    dot('other', 'sum = 0.25;', 'sum += b * a;'),
  );
  const counted = async (p: Plan) => {
    created.mockClear();
    (await Executable.create(device, p)).dispose();
    return created.mock.calls.length;
  };
  expect(await counted(fresh)).toBe(3);
  expect(await counted(fresh)).toBe(1);
  const [variant] = variantsIn(fresh);
  const [only] = variant!.steps;
  const change = (more: object): Plan => ({
    ...onlyVariants(fresh, [
      {
        ...variant!,
        steps: [{ ...only!, alternatives: only!.alternatives!.map((a) => ({ ...a, ...more })) }],
      },
    ]),
    name: 'changed',
  });
  expect(await counted(change({ matrix: { m: 99, n: 99, k: 99, component: 'f32', result: 'f32' } }))).toBe(1);
  expect(await counted(change({ verify: undefined }))).toBe(1);
  created.mockRestore();
});

it('an alternative is verified at a token count that its variant runs', async () => {
  const wrongFrom = (n: number) =>
    dot('other', `if (sizes.tokens >= ${n}u) { sum = 5000.0; }`, 'sum += a * b;');
  const at = (minTokens: number, maxTokens: number | null, kernelWrongFrom: number): Plan => {
    const p = withAlternative(PORTABLE, wrongFrom(kernelWrongFrom));
    const [v] = variantsIn(p);
    const rest = { ...v!, steps: [{ ...v!.steps[0]!, alternatives: [] }] };
    const before = minTokens > 0 ? [{ ...rest, maxTokens: minTokens - 1 }] : [];
    const after = maxTokens === null ? [] : [{ ...rest, minTokens: maxTokens + 1 }];
    return onlyVariants(p, [...before, { ...v!, minTokens, maxTokens }, ...after]);
  };
  await refused(at(0, null, 65));
  expect(await taken(at(0, null, 66))).toEqual(['other']);
  await refused(at(80, null, 80));
  expect(await taken(at(80, null, 81))).toContain('other');
  // The inputs of a million tokens would take 16 GB.
  await refused(at(1e6, null, 1024));
  expect(await taken(at(1e6, null, 1025))).toContain('other');
  await refused(at(0, 3, 3));
  expect(await taken(at(0, 3, 4))).toContain('other');
});

it('an alternative between other steps is verified with temporaries as inputs and outputs', async () => {
  const twice = kernel(
    'twice',
    `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&x)) { y[id.x] = 2.0 * x[id.x]; }
}`,
  );
  const thrice = { ...twice, name: 'thrice', wgsl: twice.wgsl.replace('2.0', '3.0') };
  const doubled = {
    ...twice,
    name: 'doubled',
    wgsl: twice.wgsl.replace('2.0 * x[id.x]', 'x[id.x] + x[id.x]'),
  };
  const of = (other: PlanKernel) => {
    const alternatives = [{ kernel: 1, workgroups: ceildiv('tokens', 8), verify: ['f32', 'f32'] as const }];
    return plan('slots', {
      inputs: [tensor('x', 'input', ['tokens'])],
      outputs: [tensor('y', 'output', ['tokens'])],
      kernels: [twice, other],
      variants: [
        {
          minTokens: 0,
          maxTokens: null,
          slots: [mul(4, 'tokens'), mul(4, 'tokens')],
          steps: [
            step(0, [{ input: 'x' }, { slot: 0 }], ceildiv('tokens', 8)),
            step(0, [{ slot: 0 }, { slot: 1 }], ceildiv('tokens', 8), { alternatives }),
            step(0, [{ slot: 1 }, { output: 'y' }], ceildiv('tokens', 8)),
          ],
        },
      ],
    });
  };
  await refused(of(thrice));
  expect(await taken(of(doubled))).toEqual(['twice', 'doubled']);
});

it('an alternative that reads what it overwrites is verified on the same old values', async () => {
  const timesOwn = (name: string, by: string) =>
    kernel(
      name,
      `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&y)) { y[id.x] = ${by}; }
}`,
      { bindings: ['read_write'] },
    );
  const of = (other: PlanKernel) => {
    const own = { kernel: 1, workgroups: ceildiv('tokens', 8), verify: ['f32'] as const };
    const steps = [step(0, [{ output: 'y' }], ceildiv('tokens', 8), { alternatives: [own] })];
    return plan('in place', {
      outputs: [tensor('y', 'output', ['tokens'])],
      kernels: [timesOwn('twice', '2.0 * y[id.x]'), other],
      variants: [{ minTokens: 0, maxTokens: null, slots: [], steps }],
    });
  };
  await refused(of(timesOwn('thrice', '3.0 * y[id.x]')));
  expect(await taken(of(timesOwn('doubled', 'y[id.x] + y[id.x]')))).toEqual(['doubled']);
});

it('a temporary is compared by its own type where it lies in an output of another type', async () => {
  // The temporary's f16 elements lie in the output's f32 buffer, two to a word, and its last element is compared.
  const [store, load] = ['t[id.x] = f16(id.x);', 'y[id.x] = f32(t[2u * id.x + 1u]);'];
  const half = (name: string, read: boolean, body: string) =>
    kernel(
      name,
      `enable f16;
@group(0) @binding(0) var<storage, ${read ? 'read' : 'read_write'}> t: array<f16>;
${read ? '@group(0) @binding(1) var<storage, read_write> y: array<f32>;' : ''}
struct Sizes { tokens: u32 }
@group(0) @binding(${read ? 2 : 1}) var<uniform> sizes: Sizes;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < ${read ? '' : '2u * '}sizes.tokens) { ${body} }
}`,
      {
        bindings: read ? ['read', 'read_write'] : ['read_write'],
        uniforms: ['tokens'],
        features: ['shader-f16'],
      },
    );
  const of = (body: string) => {
    const own = {
      kernel: 2,
      workgroups: ceildiv('tokens', 8),
      verify: ['f16', 'f32'] as const,
    };
    const steps = [
      step(0, [{ output: 'z' }], ceildiv('tokens', 4)),
      step(1, [{ output: 'z' }, { output: 'y' }], ceildiv('tokens', 8), { alternatives: [own] }),
    ];
    return plan('halves', {
      outputs: [tensor('y', 'output', ['tokens']), tensor('z', 'output', ['tokens'])],
      kernels: [half('store', false, store), half('load', true, load), half('other', true, body)],
      variants: [{ minTokens: 0, maxTokens: null, slots: [], steps }],
    });
  };
  expect(await taken(of(`let i = id.x; ${load}`))).toEqual(['store', 'other']);
  await refused(of('y[id.x] = f32(t[2u * id.x + 1u]) * f32(1 - i32(id.x == sizes.tokens - 1u));'));
});

describe('a product of subgroup matrices', () => {
  const product = emulated(planOf(matmul('NT', 'tokens', 40, 20, true), 'matrix'));
  it('is what the portable kernel computes', async () => {
    expect(await taken(product)).toEqual(['contraction_y_matrix_f32']);
  });
  it('is refused where rows are taken for columns', async () => {
    const turned = (wgsl: string) => wgsl.replaceAll('= load_Left_col_major(', '= load_Left_row_major(');
    await refused({ ...product, kernels: product.kernels.map((k) => ({ ...k, wgsl: turned(k.wgsl) })) });
  });
});
