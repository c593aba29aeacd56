/**
 * OFT on the experts of a mixture: each token chooses k of them, and y[t, s] = x[t]·R_e·W_eᵀ for its choice e of number
 * s. Between `dispatch` and `collect` stands the layer of one expert, as it is written for any frozen layer. No W_e is
 * copied for a token, and no R_e·W_eᵀ is formed.
 */
import {
  blockDiag,
  cayleyNeumann,
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  skew,
  trainable,
} from 'oftc';

export const oftExperts = layer(
  {
    x: input('tokens', 'in'),
    chosen: input('tokens', 'k', { dtype: 'i32' }),
    W: frozen('experts', 'out', 'in'),
    v: trainable('experts', 'r', 'tri(b)', { init: 'zeros' }),
  },
  ({ x, chosen, W, v }) => {
    const R = blockDiag(cayleyNeumann(skew(ofExpert(v, chosen)), { terms: 5 }));
    const y = dispatch(x, chosen, 'experts').matmul(R.matmul(ofExpert(W, chosen).T));
    return collect(y, chosen, 'experts');
  },
  { where: { in: 'r*b' }, source: 'https://arxiv.org/abs/2506.19847' },
);
