/** Plans, as `oftc/runtime` takes them from anyone: refused, or computed with to the end on a device without kernels. */
import { compileProgram } from '../../../compiler/pipeline.ts';
import { oft } from '../../../examples/oft.ts';
import { Executable, OftcRuntimeError } from '../../../runtime/index.ts';
import { nullDevice } from '../../../runtime/node.ts';
import { dispatchesOf, type Extent, evalExtent, type Plan, temporaryBytes } from '../../../runtime/plan.ts';
import { checkPlan, countAt } from '../../../runtime/plan-check.ts';
import { readPlan } from '../../../runtime/plan-read.ts';
import { planOf } from '../../../src/session/plan.ts';
import { saxpy, throughOutput, twoStep } from '../../runtime/plans.ts';
import { type Case, holds, keeps, same, type Target } from '../target.ts';

const TOKENS = [0, 1, 7, 4096];
/** The part of the accepted Plans that run, since a device takes long beside the reader. */
const RUN_ONE_IN = 16;

let device: GPUDevice | undefined;

async function run({ plan: text }: Case): Promise<string> {
  const value = JSON.parse(text!) as unknown;
  const plan = readPlan(value);
  keeps(value, plan, 'the Plan');
  same('read twice', plan, readPlan(JSON.parse(JSON.stringify(plan))));
  checkPlan(plan);
  for (const { variants } of plan.classes)
    for (const variant of variants)
      for (const tokens of TOKENS) {
        if (tokens < variant.minTokens || tokens > (variant.maxTokens ?? tokens)) continue;
        for (const slot of variant.slots) count(slot, tokens, plan);
        holds(temporaryBytes(variant, tokens) >= 0, 'its temporaries have less than no bytes');
        for (const step of variant.steps)
          for (const dispatch of dispatchesOf(step)) {
            count(dispatch.workgroups, tokens, plan);
            for (const extent of plan.kernels[dispatch.kernel]!.uniforms) evalExtent(extent, tokens);
          }
      }
  if (text!.length % RUN_ONE_IN !== 0) return 'read';
  return ran(plan);
}

/** Checks that an extent is a count, where the runtime takes it for one. */
function count(extent: Extent, tokens: number, plan: Plan): void {
  const n = countAt(extent, tokens, plan, 'an extent');
  holds(Number.isSafeInteger(n) && n >= 0, `${n} counts as a number of elements`);
}

/** Creates the Plan on a device that runs no kernels, and runs it. */
async function ran(plan: Plan): Promise<string> {
  device ??= await nullDevice();
  const executable = await Executable.create(device, plan);
  try {
    for (const tokens of [0, 3]) {
      const inputs = executable.plan.inputs.map(({ name, dtype }) => {
        const data = dtype === 'i32' ? new Int32Array(tokens) : new Float32Array(tokens);
        return [name, data] as const;
      });
      executable.peakBytes(tokens);
      executable.run(tokens, Object.fromEntries(inputs)).destroy();
    }
    return 'ran';
  } finally {
    executable.dispose();
  }
}

export const target: Target = {
  name: 'plan',
  parts: { plan: 'json' },
  seeds: () => {
    const sizes = { in: 8, out: 6, b: 4, r: 2 };
    const compiled = planOf(compileProgram(oft.trace(), { sizes, gradients: false }));
    const small = { ...compiled, classes: compiled.classes.slice(0, 1) };
    return [saxpy, twoStep, throughOutput, small].map((plan) => ({ plan: JSON.stringify(plan) }));
  },
  words: [
    'tokens',
    'add',
    'mul',
    'max',
    'ceildiv',
    'input',
    'output',
    'slot',
    'read',
    'read_write',
    'f16',
    'i32',
    'shader-f16',
    'subgroups',
    'x',
    'y',
  ],
  run,
  // JSON itself is parsed by the caller.
  isRefusal: (error) => error instanceof OftcRuntimeError || error instanceof SyntaxError,
  everyTest: 200,
  faults: [
    {
      what: 'a kernel that is not there is not refused',
      file: 'runtime/plan-check.ts',
      from: 'if (kernel === undefined)',
      to: 'if (index < 0)',
      within: 20_000,
    },
    {
      what: 'a size that is no count is not refused',
      file: 'runtime/plan-check.ts',
      from: 'if (!Number.isSafeInteger(n) || n < 0) {',
      to: 'if (n < 0) {',
      within: 100_000,
    },
    {
      what: 'an unknown field is accepted and lost',
      file: 'runtime/plan-read.ts',
      from: 'const extra = [...found.keys()].find((key) => !known.has(key));\n    if (extra',
      to: 'const extra = [...found.keys()].find((key) => !known.has(key) && key === "");\n    if (extra',
      within: 20_000,
    },
    {
      what: 'a list may be missing',
      file: 'runtime/plan-read.ts',
      from: ": fail(at, 'a list', value);",
      to: ': (value as never);',
      within: 5000,
    },
  ],
};
