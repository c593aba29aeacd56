/** The names that authors write, each building a node: one table for src/language/dsl and the front end. */
import type { Node } from '../ir/node.ts';
import type { SurfaceArg } from './arguments.ts';
import { functions as attention } from './attention.ts';
import { functions as blockDiag } from './block-diag.ts';
import { functions as broadcast } from './broadcast.ts';
import { functions as cayley } from './cayley.ts';
import { functions as classify } from './classify.ts';
import { functions as convolution } from './convolution.ts';
import { functions as diag } from './diag.ts';
import { functions as einsum } from './einsum.ts';
import * as elementwise from './elementwise.ts';
import { functions as experts } from './experts.ts';
import { functions as gather } from './gather.ts';
import { functions as control } from './gradient-control.ts';
import { functions as hadamard } from './hadamard.ts';
import { functions as householder } from './householder.ts';
import { functions as identity } from './identity.ts';
import { methods as indexing } from './indexing.ts';
import { functions as kronecker } from './kronecker.ts';
import { methods as matmul } from './matmul.ts';
import * as parts from './parts.ts';
import { functions as phases } from './phases.ts';
import { functions as polynomial } from './polynomial.ts';
import { functions as shuffle } from './shuffle.ts';
import { functions as skew } from './skew.ts';
import { functions as sparse } from './sparse.ts';
import { functions as top } from './top.ts';
import { properties as transpose } from './transpose.ts';

/** Functions of the module `oftc`. */
export const functions = {
  ...skew,
  ...blockDiag,
  ...cayley,
  ...polynomial,
  ...identity,
  ...broadcast,
  ...control,
  ...diag,
  ...kronecker,
  ...hadamard,
  ...phases,
  ...sparse,
  ...einsum,
  ...shuffle,
  ...gather,
  ...experts,
  ...top,
  ...parts.functions,
  ...householder,
  ...attention,
  ...classify,
  ...convolution,
  ...elementwise.functions,
} satisfies Record<string, (...args: SurfaceArg[]) => Node>;

/** Methods of a tensor; the receiver comes first. */
export const methods = {
  ...matmul,
  ...elementwise.methods,
  ...indexing,
  ...parts.methods,
} satisfies Record<string, (a: Node, ...args: SurfaceArg[]) => Node>;

/** Properties of a tensor. */
export const properties = { ...transpose } satisfies Record<string, (a: Node) => Node>;
