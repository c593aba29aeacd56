/** A layer of experts, each with an adapter whose rotation takes a solve. */
import { hra } from '../../src/adapters/hra.ts';
import {
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  trainable,
} from '../../src/language/dsl/index.ts';

/** HRA on experts, in tiles of four rows. */
export const hraExperts = layer(
  {
    x: input('tokens', 'in'),
    chosen: input('tokens', 'k', { dtype: 'i32' }),
    W: frozen('experts', 'out', 'in'),
    u: trainable('experts', 'in', 'r'),
  },
  ({ x, chosen, W, u }) => {
    const rows = 4;
    const y = hra({
      x: dispatch(x, chosen, 'experts', { rows }),
      W: ofExpert(W, chosen, { rows }),
      u: ofExpert(u, chosen, { rows }),
    });
    return collect(y, chosen, 'experts', { rows });
  },
  { name: 'hraExperts' },
).trace();
