/** The cost of a method: as derived, as written, and as the program written by hand. */
import { DEFAULT_CLASS } from '../../../../compiler/devices/index.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { type PlanCost, planCost } from '../../../../kernels-gen/index.ts';
import { evalExtent, type Plan } from '../../../../runtime/plan.ts';
import { planOf } from '../../../../src/session/session.ts';
import { variantsIn } from '../../../support/plans.ts';
import { HAND } from './hand/index.ts';
import { type Step, totalOf } from './hand/program.ts';
import type { LayerSize, Method } from './methods.ts';

const plans = new Map<string, Plan>();

/** The Plan of a method's forward pass and all gradients, compiled once. */
export function trainingPlan(method: Method, size: LayerSize, asWritten: boolean): Plan {
  const key = `${method.name}, ${size.in}, ${size.out}, ${asWritten}`;
  const known = plans.get(key);
  if (known) return known;
  const program = method.program(size);
  const sizes = solveDims(program, method.dims(size));
  const plan = planOf(compileProgram(program, { gradients: true, sizes, asWritten }), {
    devices: [DEFAULT_CLASS],
  });
  plans.set(key, plan);
  return plan;
}

/** The cost of a Plan for a number of rows of x. For a convolution, rows are patches and tokens are images. */
export const costAt = (plan: Plan, method: Method, rows: number): PlanCost =>
  planCost(plan, rows / method.rows(1));

export const handSteps = (method: Method, size: LayerSize, rows: number): readonly Step[] =>
  HAND[method.name]!({ m: rows, d: method.columns(size), n: size.out });

export const handCost = (method: Method, size: LayerSize, rows: number) =>
  totalOf(handSteps(method, size, rows));

export interface PlannedStep {
  readonly kernel: string;
  readonly label: string;
  readonly flops: number;
  readonly bytes: number;
}

/** The steps of a Plan that run for a number of rows, in order, with their costs. */
export function plannedSteps(plan: Plan, method: Method, rows: number): PlannedStep[] {
  const tokens = rows / method.rows(1);
  const variant = variantsIn(plan, DEFAULT_CLASS.name).find(
    (v) => v.maxTokens === null || tokens <= v.maxTokens,
  )!;
  return variant.steps.map((s) => ({
    kernel: plan.kernels[s.kernel]!.name,
    label: s.label,
    flops: evalExtent(s.flops, tokens),
    bytes: evalExtent(s.bytes, tokens),
  }));
}
