import { blockDiag, cayleyNeumann, max, skew, sqrt, sum, type Tensor } from 'oftc';

/** Scales each row that is longer than 1 down to norm 1. */
export const bounded = (v: Tensor): Tensor => v.div(max(1, sqrt(sum(v.mul(v), -1))));
export const rotation = (v: Tensor): Tensor => blockDiag(cayleyNeumann(skew(v), { terms: 6 }));
