/**
 * The orders in which elimination with partial pivoting may take the rows of A. A device takes the row with the largest
 * element of a column, the first of equals. Its elements of the reduced rows err, so that rows whose elements differ by
 * less than the errors are all possible. A large matrix has more such orders than are followed.
 *
 * After k steps, with A₁ the first k rows and columns, the reduced element of row i and column k is Mᵢ·A·Nₖ, where Mᵢ
 * subtracts the rows above and Nₖ = (−A₁⁻¹·A₁ₖ, 1). To first order it errs by |Mᵢ|·E·|Nₖ|, with E = E_A + γ·|L||U| as in
 * bound-solve.ts.
 */

/** A matrix (n, n), row-major. */
type Matrix = Float64Array;

/** The most orders that are followed. */
const MOST = 16;

interface Accuracy {
  readonly gamma: number;
  /** The absolute error of an element whose steps are flushed to 0. */
  readonly flushed: number;
}

/** Rows part of the way through elimination. Row i of each matrix belongs to row `order[i]` of A. */
interface State {
  readonly order: number[];
  /** U above row k, the reduced rows from it on. */
  readonly rows: Matrix;
  /** The combination of A's rows that a reduced row is, by the places of the rows in A. */
  readonly combined: Matrix;
  /** |L||U| as far as it is known, by the places of the rows in A. */
  readonly sizes: Matrix;
}

interface Orders {
  /** The order without errors comes first. */
  readonly orders: readonly (readonly number[])[];
  /** Whether no other order is possible. Not so where there are too many, or A may be singular. */
  readonly areAll: boolean;
}

export function pivotOrders(a: Matrix, errorA: Matrix, n: number, accuracy: Accuracy): Orders {
  const orders: number[][] = [];
  let areAll = true;
  const start: State = {
    order: Array.from({ length: n }, (_, i) => i),
    rows: a.slice(),
    combined: Float64Array.from(a, (_, e) => (e % (n + 1) === 0 ? 1 : 0)),
    sizes: new Float64Array(n * n),
  };
  const waiting: { readonly state: State; readonly step: number }[] = [{ state: start, step: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { state, step } = next;
    for (let k = step; k < n - 1; k++) {
      const { rows, isSure } = candidates(state, areAll ? errorA : undefined, n, k, accuracy);
      const [best, ...others] = rows;
      areAll &&= isSure && orders.length + waiting.length + others.length < MOST;
      // Where not all orders are followed, only the one without errors counts.
      if (!areAll) waiting.length = 0;
      else
        for (const row of others) waiting.push({ state: afterStep(copyOf(state), n, k, row), step: k + 1 });
      afterStep(state, n, k, best!);
    }
    orders.push(state.order);
    if (!areAll) break;
  }
  return { orders: areAll ? orders : orders.slice(0, 1), areAll };
}

const copyOf = ({ order, rows, combined, sizes }: State): State => ({
  ...{ order: [...order], rows: rows.slice(), combined: combined.slice(), sizes: sizes.slice() },
});

/**
 * The places of the rows that step k may take, the largest element's first, and whether it takes no other. Without
 * errors of A only the first is found.
 */
function candidates(
  state: State,
  errorA: Matrix | undefined,
  n: number,
  k: number,
  accuracy: Accuracy,
): { rows: readonly number[]; isSure: boolean } {
  const size = (i: number) => Math.abs(state.rows[i * n + k]!);
  let best = k;
  for (let i = k + 1; i < n; i++) if (size(i) > size(best)) best = i;
  if (!errorA) return { rows: [best], isSure: false };
  const errors = elementErrors(state, errorA, n, k, accuracy);
  const least = size(best) - errors[best]!;
  if (!(least > 0)) return { rows: [best], isSure: false };
  const others = state.order.flatMap((_, i) => {
    const isOut = i < k || i === best || size(i) + errors[i]! < least;
    return isOut || (errors[i] === 0 && errors[best] === 0) ? [] : [i];
  });
  return { rows: [best, ...others], isSure: true };
}

/** The error of each reduced row's element of column k. */
function elementErrors(
  { order, rows, combined, sizes }: State,
  errorA: Matrix,
  n: number,
  k: number,
  { gamma, flushed }: Accuracy,
): Float64Array {
  const column = new Float64Array(n);
  column[k] = 1;
  for (let p = k - 1; p >= 0; p--) {
    let rest = -rows[p * n + k]!;
    for (let j = p + 1; j < k; j++) rest -= rows[p * n + j]! * column[j]!;
    column[p] = rest / rows[p * n + p]!;
  }
  const backward = new Float64Array(n);
  for (const [i, row] of order.entries()) {
    for (let j = 0; j <= k; j++) {
      const reduced = k > 0 && i >= k ? Math.abs(rows[i * n + j]!) : 0;
      const own = k === 0 ? 0 : 2 * gamma * (sizes[row * n + j]! + (j >= k ? reduced : 0)) + flushed;
      backward[row] = backward[row]! + (errorA[row * n + j]! + own) * Math.abs(column[j]!);
    }
  }
  return Float64Array.from(order, (_, i) => {
    let error = 0;
    for (let r = 0; r < n; r++) error += Math.abs(combined[i * n + r]!) * backward[r]!;
    // The factor covers what the first order leaves out.
    return 2 * error;
  });
}

/** Takes step k with the row at `best`, and changes the state to the one after it. */
function afterStep(state: State, n: number, k: number, best: number): State {
  const { order, rows, combined, sizes } = state;
  [order[k], order[best]] = [order[best]!, order[k]!];
  for (const m of [rows, combined]) {
    const moved = m.slice(k * n, (k + 1) * n);
    m.copyWithin(k * n, best * n, (best + 1) * n);
    m.set(moved, best * n);
  }
  const pivot = rows[k * n + k]!;
  for (let i = k; i < n; i++) {
    const l = i === k ? 1 : rows[i * n + k]! / pivot;
    const row = order[i]!;
    for (let j = k; j < n; j++) sizes[row * n + j]! += Math.abs(l * rows[k * n + j]!);
    if (i === k) continue;
    for (let j = k; j < n; j++) rows[i * n + j] = rows[i * n + j]! - l * rows[k * n + j]!;
    for (let r = 0; r < n; r++) combined[i * n + r] = combined[i * n + r]! - l * combined[k * n + r]!;
  }
  return state;
}
