/**
 * The matrices that elimination may take as they are, and what a sum keeps of it. Every other matrix is pivoted.
 *
 * - A triangular matrix: elimination is then substitution, whose backward error is at most γ(n)·|A| (Higham, Accuracy
 *   and Stability of Numerical Algorithms, theorem 8.5).
 * - A matrix A = T + S with a positive definite symmetric part T and a skew-symmetric part S. No pivot is 0, and with
 *   A = L·U, ‖|L||U|‖ ≤ n·(‖T‖ + ‖S·T⁻¹·S‖) in the Frobenius norm on the left and the 2-norm on the right (Golub and Van Loan 1979, Unsymmetric
 *   positive definite linear systems; Higham, §10.4). A symmetric one has ‖|L||U|‖ of the size of ‖A‖, which is as good as with
 *   pivoting. I − Q has at most n·(1 + ‖Q‖²).
 */
import type { Facts } from '../ir/operator.ts';

/** Whether elimination without pivoting is safe. A Gram matrix that has an inverse is positive definite. */
export const isEliminable = ({ definite, symmetric, triangular }: Facts): boolean =>
  triangular === true || definite === 'positive' || (definite === 'semi' && symmetric === true);

/** Whether a sum has xᵀAx > 0 or ≥ 0. A skew-symmetric addend has xᵀSx = 0. */
export function definiteSum(addends: readonly Facts[]): Pick<Facts, 'definite'> {
  if (addends.some((f) => !f.definite && !f.skewSymmetric)) return {};
  const known = addends.map((f) => f.definite);
  if (known.includes('positive')) return { definite: 'positive' };
  return known.includes('semi') ? { definite: 'semi' } : {};
}
