import { blockDiag, cayleyNeumann, max, skew, sqrt, sum, type Tensor } from 'oftc';

/** Each row scaled down to norm 1 where it is longer. */
export const bounded = (v: Tensor): Tensor => v.div(max(1, sqrt(sum(v.mul(v), -1))));
export const rotation = (v: Tensor): Tensor => blockDiag(cayleyNeumann(skew(v), { terms: 6 }));
