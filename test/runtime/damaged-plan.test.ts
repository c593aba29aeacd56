/** Damaged Plans: whatever the JSON says, the runtime runs it or refuses it with a typed error. */
import { beforeAll, expect, it } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import { oft } from '../../examples/oft.ts';
import { Executable, evalExtent, OftcRuntimeError, type Plan, temporaryBytes } from '../../runtime/index.ts';
import { nullDevice } from '../../runtime/node.ts';
import { planOf } from '../../src/session/session.ts';
import { onlyVariants, variantsIn } from '../support/plans.ts';
import { saxpy, throughOutput, twoStep } from './plans.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await nullDevice();
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

const WRONG: readonly unknown[] = [
  null,
  undefined,
  true,
  -1,
  0.5,
  Number.NaN,
  Infinity,
  2 ** 40,
  1e300,
  '',
  '__proto__',
  'constructor',
  [],
  {},
  [null],
  Symbol('s'),
  10n,
  () => 1,
  new Date(0),
  new Map(),
];

/** Copies of the JSON: in each, one node is replaced by the value, or is left out. */
function* damaged(
  json: Json,
  value: () => unknown,
  path = 'plan',
): Generator<{ path: string; plan: unknown }> {
  yield { path, plan: value() };
  if (typeof json !== 'object' || json === null) return;
  if (isList(json)) {
    for (const [i, item] of json.entries()) {
      for (const { path: at, plan } of damaged(item, value, `${path}[${i}]`))
        yield { path: at, plan: json.map((old, j) => (j === i ? plan : old)) };
    }
    return;
  }
  for (const [key, field] of Object.entries(json)) {
    for (const { path: at, plan } of damaged(field, value, `${path}.${key}`))
      yield { path: at, plan: { ...json, [key]: plan } };
    const { [key]: _, ...rest } = json;
    yield { path: `${path} without ${key}`, plan: rest };
  }
}

/** Creates and runs a Plan. Returns undefined for success, the error's code, or a text for an untyped error. */
async function outcome(plan: unknown): Promise<string | undefined> {
  try {
    const executable = await Executable.create(device, plan as Plan);
    for (const tokens of [0, 3]) {
      const inputs = executable.plan.inputs.map(({ name }) => [name, new Float32Array(tokens)] as const);
      executable.run(tokens, Object.fromEntries(inputs)).destroy();
      executable.peakBytes(tokens);
    }
    executable.dispose();
    return undefined;
  } catch (error) {
    return error instanceof OftcRuntimeError ? error.code : `untyped ${(error as Error)?.stack ?? error}`;
  }
}

const PLANS = { saxpy, twoStep, throughOutput };

it.each(Object.entries(PLANS))('%s runs or is refused with any part changed', async (_, plan) => {
  const json = JSON.parse(JSON.stringify(plan)) as Json;
  const untyped: string[] = [];
  let refused = 0;
  for (const value of WRONG) {
    for (const { path, plan: bad } of damaged(json, () => value)) {
      const found = await outcome(bad);
      if (found?.startsWith('untyped')) untyped.push(`${path} = ${String(value)}: ${found}`);
      if (found === 'InvalidPlan') refused++;
    }
  }
  expect(untyped).toEqual([]);
  expect(refused).toBeGreaterThan(1000);
});

it('a compiled Plan runs or is refused with each part replaced by one of these values', async () => {
  const sizes = { in: 8, out: 6, b: 4, r: 2 };
  const json = JSON.parse(
    JSON.stringify(planOf(compileProgram(oft.trace(), { sizes, gradients: false }))),
  ) as Json;
  const untyped: string[] = [];
  let place = 0;
  for (const { path, plan } of damaged(json, () => WRONG[place++ % WRONG.length])) {
    const found = await outcome(plan);
    if (found?.startsWith('untyped')) untyped.push(`${path}: ${found}`);
  }
  expect(place).toBeGreaterThan(200);
  expect(untyped).toEqual([]);
});

it('sizes are refused that nest ten thousand deep, share parts two hundred times over, or form a circle', async () => {
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i++) deep = { op: 'add', a: deep, b: 1 };
  let shared: unknown = 'tokens';
  for (let i = 0; i < 200; i++) shared = { op: 'max', a: shared, b: shared };
  const circle: Record<string, unknown> = { op: 'add', b: 1 };
  circle.a = circle;
  for (const size of [deep, shared, circle]) {
    const [variant] = variantsIn(saxpy);
    const [step] = variant!.steps;
    const plans: unknown[] = [
      { ...saxpy, inputs: saxpy.inputs.map((t) => ({ ...t, shape: [size] })) },
      { ...saxpy, kernels: saxpy.kernels.map((k) => ({ ...k, uniforms: [size] })) },
      onlyVariants(saxpy, [{ ...variant!, slots: [size as never] }]),
      ...['workgroups', 'flops', 'bytes'].map((field) =>
        onlyVariants(saxpy, [{ ...variant!, steps: [{ ...step!, [field]: size }] }]),
      ),
    ];
    for (const plan of plans)
      await expect(Executable.create(device, plan as Plan)).rejects.toMatchObject({
        code: 'InvalidPlan',
        message: expect.stringMatching(/^plan 'saxpy' has more than 1,?000.* of a Plan|terms/),
      });
    const bad = { code: 'InvalidPlan' };
    expect(() => evalExtent(size as never, 3)).toThrow(expect.objectContaining(bad));
    expect(() => temporaryBytes({ ...variant!, slots: [size as never] }, 3)).toThrow(
      expect.objectContaining(bad),
    );
  }
});

it('unknown fields and getters that throw are refused, and a later change of a Plan has no effect', async () => {
  const proto = JSON.parse('{"__proto__": {"name": "x"}}') as object;
  const cases: [unknown, RegExp][] = [
    [{ ...saxpy, colour: 1 }, /has a field 'colour' that no Plan has/],
    [Object.assign(JSON.parse('{"__proto__": 1}') as object, saxpy), /'__proto__'/],
    [{ ...saxpy, inputs: [proto] }, /'inputs\[0\]\.__proto__'/],
    [
      Object.defineProperty({ ...saxpy }, 'kernels', {
        enumerable: true,
        get: () => {
          throw new TypeError('no');
        },
      }),
      /plan 'saxpy' no: compile it again/,
    ],
    [
      { ...saxpy, version: 1 },
      /has version 1, which knew no classes of devices, and this oftc reads version 2/,
    ],
    [{ ...saxpy, version: 3 }, /has format 'oftc-plan' version 3, not 'oftc-plan' version 2/],
    [null, /the plan is null/],
  ];
  for (const [plan, message] of cases)
    await expect(Executable.create(device, plan as Plan)).rejects.toMatchObject({
      code: 'InvalidPlan',
      message: expect.stringMatching(message),
    });

  const plan = JSON.parse(JSON.stringify(saxpy)) as Plan;
  const executable = await Executable.create(device, plan);
  (variantsIn(plan)[0]!.steps as unknown[]).length = 0;
  expect(variantsIn(executable.plan)[0]!.steps).toHaveLength(1);
});
