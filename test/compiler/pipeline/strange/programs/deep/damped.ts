import { diag, type Tensor, tanh } from 'oftc';
import * as parts from './parts.ts';

export function damped(v: Tensor, d?: Tensor): Tensor {
  const R = parts.rotation(parts.bounded(v));
  return d ? R.matmul(diag(tanh(d))) : R;
}
