/** Registers every operator. */
import './elementwise.ts';
import './broadcast.ts';
import './transpose.ts';
import './matmul.ts';
import './skew.ts';
import './block-diag.ts';
import './polynomial.ts';
import './identity.ts';
import './cayley.ts';
import './gradient-control.ts';
import './indexing.ts';
import './parts.ts';
import './gather.ts';
import './diag.ts';
import './shuffle.ts';
import './kronecker.ts';
import './hadamard.ts';
import './phases.ts';
import './sparse.ts';
import './householder.ts';
import './convolution.ts';
import './classify.ts';
import './attention.ts';
import './experts.ts';
import './top.ts';

export * from '../ir/operator.ts';
