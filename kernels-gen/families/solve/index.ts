/** Generates kernels for linear systems: A·X = B for each matrix A of a batch. */
import { addDim, constantOf, type Dim, mulDim, productDim } from '../../../compiler/dims/dims.ts';
import { sharedColumns } from '../../fuse/columns.ts';
import { flopsOf, sizeAt } from '../../fuse/cost.ts';
import { addExtent, extentOf, mulExtent } from '../../wgsl/size.ts';
import { chosen, type Generated, lazily, type ScheduleOptions, trafficOf, type Ways } from '../family.ts';
import { emitSolve, type SolveKernel } from './schedule.ts';

export function generateSolve(
  kernel: SolveKernel,
  options: ScheduleOptions,
  ways: Ways<SolveKernel>,
): Generated {
  const { args, a, b } = kernel.root;
  const [n, m] = kernel.tensor.shape.slice(-2) as [Dim, Dim];
  const batch = productDim(kernel.tensor.shape.slice(0, -2));
  const columns = sharedColumns(constantOf(n), sizeAt([m], options.tokens));
  const shared = columns !== undefined;
  const facts = {
    family: 'solve',
    reads: args,
    scratch: shared ? null : productDim([batch, n, addDim(n, m)]),
    // Each step takes 2·(n − 1) operations for each column right of the pivot: about n²(n + 2m) in all. What workgroups
    // with other columns of B compute again of A does not count.
    flops: mulExtent(
      extentOf(batch),
      [
        mulExtent(extentOf(mulDim(n, n)), addExtent(extentOf(n), mulExtent(2, extentOf(m)))),
        mulExtent(flopsOf(a), extentOf(mulDim(n, n))),
        mulExtent(flopsOf(b), extentOf(mulDim(n, m))),
      ].reduce(addExtent),
    ),
    bytes: trafficOf(args, kernel),
  };
  return lazily(facts, () => {
    const others = shared ? ways(kernel, options) : [];
    return chosen(options, () => emitSolve(kernel, columns), others);
  });
}
