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

export * from './operator.ts';
