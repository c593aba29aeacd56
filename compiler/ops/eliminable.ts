/**
 * Facts about matrices that elimination takes without pivoting. Every other matrix is pivoted.
 *
 * - A triangular matrix: elimination is then substitution, whose backward error is at most γ(n)·|A| (Higham, Accuracy
 *   and Stability of Numerical Algorithms, theorem 8.5).
 * - A symmetric matrix that is positive definite: ‖|L||U|‖ has the size of ‖A‖, which is as good as with pivoting.
 * - A matrix A = T + S with a symmetric part T ≥ I and a skew-symmetric part S. No pivot is 0, and with A = L·U,
 *   ‖|L||U|‖ ≤ n·(‖T‖ + ‖S·T⁻¹·S‖) in the Frobenius norm on the left and the 2-norm on the right (Golub and Van Loan
 *   1979, Unsymmetric positive definite linear systems; Higham, §10.4). So I − Q has at most n·(1 + ‖Q‖²): it loses
 *   digits where Q is large, and the error bound says how many. A smaller T, as of ε·I − Q, may lose all of them.
 */
import type { Rational } from '../dims/rational.ts';
import type { Facts } from '../ir/operator.ts';

/** Whether elimination without pivoting is safe. A Gram matrix that has an inverse is positive definite. */
export const isEliminable = ({ definite, symmetric, triangular }: Facts): boolean =>
  triangular === true || definite === 'unit' || (definite !== undefined && symmetric === true);

/** The least of xᵀAx that a sum keeps from its addends. A skew-symmetric addend has xᵀSx = 0. */
export function definiteSum(addends: readonly Facts[]): Pick<Facts, 'definite'> {
  if (addends.some((f) => !f.definite && !f.skewSymmetric)) return {};
  const definite = (['unit', 'positive', 'semi'] as const).find((d) => addends.some((f) => f.definite === d));
  return definite ? { definite } : {};
}

/** The least of xᵀ(c·A)x, where the factor c is positive. */
export const definiteMultiple = ({ definite }: Facts, { num, den }: Rational): Pick<Facts, 'definite'> =>
  definite === undefined || num <= 0n
    ? {}
    : { definite: definite === 'unit' && num < den ? 'positive' : definite };
