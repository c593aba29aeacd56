/**
 * `OFTC_STRATEGY=direct`, or another of STRATEGIES, makes tests on a device run the kernels of that strategy only
 * (`npm run test:strategies`). Plain WGSL replaces subgroup matrices, which the software device does not have.
 */
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';
import { Executable, type Plan } from '../../runtime/index.ts';
import { dispatchesOf } from '../../runtime/plan.ts';
import { withVariants } from './plans.ts';
import { emulated } from './subgroup-matrices.ts';

const given = process.env.OFTC_STRATEGY;
const strategy: Strategy | undefined = STRATEGIES.find((s) => s === given);
if (given !== undefined && strategy === undefined)
  throw new Error(`OFTC_STRATEGY=${given}: use one of ${STRATEGIES.join(', ')}`);

if (strategy === 'matrix') {
  const create = Executable.create.bind(Executable);
  Executable.create = (device, plan, options) => create(device, emulated(plan), options);
}

export const forced: { readonly strategy?: Strategy } = strategy ? { strategy } : {};

/** A Plan in which every alternative of a step is a step of its own, so that each runs on any device. */
export const withAlternatives = (plan: Plan): Plan =>
  withVariants(plan, (v) => ({
    ...v,
    steps: v.steps.flatMap((step) => dispatchesOf(step).map((d) => ({ ...step, ...d, alternatives: [] }))),
  }));
