/**
 * Checks the form of a kernel: each name is defined once before it is used, an index has one part for each dimension,
 * loops over workgroups are outermost, and all invocations of a workgroup meet each barrier.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { LoopError } from './error.ts';
import type { Body, For, LoopKernel, Statement, Store } from './type.ts';

/** The names of a block and whether each is the same in all invocations of a workgroup. */
type Names = Map<string, boolean>;

/** The names and loops around a statement. */
interface Around {
  readonly names: Names;
  /** Whether all invocations of a workgroup run the statement. */
  readonly together: boolean;
  /** The number of invocations that the loops around distribute. */
  readonly bound: number;
  readonly outermost: boolean;
}

const fail = (message: string): never => {
  throw new LoopError('form', message);
};

/** Returns the kernel. Throws LoopError where it is no kernel. */
export function checked(kernel: LoopKernel): LoopKernel {
  checkBlock(kernel, kernel.body, { names: new Map(), together: true, bound: 1, outermost: true });
  return kernel;
}

function checkBlock(kernel: LoopKernel, block: Body, around: Around): void {
  const names = new Map(around.names);
  for (const s of block)
    checkStatement(kernel, s, { ...around, names, outermost: around.outermost && block.length === 1 });
}

function checkStatement(kernel: LoopKernel, s: Statement, around: Around): void {
  switch (s.k) {
    case 'for':
      checkLoop(kernel, s, around);
      break;
    case 'let':
      define(around.names, s.name, isUniform(kernel, s.value, around.names));
      break;
    case 'digits': {
      const uniform = isUniform(kernel, s.of, around.names);
      for (const a of s.axes) define(around.names, a.name, uniform);
      break;
    }
    case 'if': {
      const together = around.together && isUniform(kernel, s.cond, around.names);
      checkBlock(kernel, s.body, { ...around, together, outermost: false });
      break;
    }
    case 'store':
    case 'accumulate':
      checkStore(kernel, s, around.names);
      break;
    case 'collect':
      if (kernel.memories[s.to]?.space !== 'register') fail('only registers are combined across a subgroup');
      requireTogether(around, 'an operation of a subgroup');
      break;
    case 'barrier':
      requireTogether(around, 'a barrier');
      break;
    default:
      throw new TypeError(`unknown statement ${s satisfies never}`);
  }
}

function requireTogether({ together }: Around, what: string): void {
  if (!together)
    throw new LoopError(
      'divergent',
      `${what} is in a branch or loop that invocations leave at different times`,
    );
}

function checkLoop(kernel: LoopKernel, s: For, around: Around): void {
  const { names } = around;
  const fixed = constantOf(s.trips.of);
  const extent = fixed === undefined ? undefined : Math.ceil(fixed / s.trips.by);
  if (s.from && s.how !== 'serial' && s.how !== 'opaque')
    fail(`loop ${s.axis} has a start, so that it runs one by one`);
  if ((s.how === 'unrolled' || s.how === 'vector') && extent === undefined)
    fail(`loop ${s.axis} has no number of iterations before the kernel runs`);
  const startsTogether = s.from === undefined || isUniform(kernel, s.from.value, names);
  const inner = new Map(names);
  define(inner, s.axis, s.how !== 'invocation' && startsTogether);
  const within: Around = {
    ...around,
    names: inner,
    together: around.together && startsTogether,
    outermost: false,
  };
  if (s.how === 'workgroup') {
    if (!around.outermost) fail(`loop ${s.axis} over workgroups is inside other statements`);
    checkBlock(kernel, s.body, { ...within, outermost: true });
    return;
  }
  if (s.how === 'invocation') {
    const own = extent ?? fail(`loop ${s.axis} distributes no fixed number of iterations`);
    // A loop over all invocations may stand inside others: each iteration is then distributed again.
    const isAll = own === kernel.threads && (s.stride ?? 1) === 1;
    const bound = isAll ? Math.max(around.bound, own) : around.bound * own;
    if (bound > kernel.threads)
      fail(`loops around ${s.axis} distribute ${bound} of ${kernel.threads} invocations`);
    checkBlock(kernel, s.body, { ...within, bound });
    return;
  }
  checkBlock(kernel, s.body, within);
}

function checkStore(
  { memories, ...kernel }: LoopKernel,
  { to, index, value }: Omit<Store, 'k'>,
  names: Names,
): void {
  const memory = memories[to] ?? fail(`there is no memory ${to}`);
  if (memory.space === 'input') fail(`${memory.name} is an input, which no kernel stores to`);
  if (memory.shape.length !== index.length)
    fail(`${memory.name} has ${memory.shape.length} dimensions, not ${index.length}`);
  for (const e of [...index, value]) isUniform({ memories, ...kernel }, e, names);
}

function define(names: Names, name: string, uniform: boolean): void {
  if (names.has(name)) fail(`${name} is defined twice`);
  names.set(name, uniform);
}

/** Whether an expression has one value in all invocations. Throws LoopError for unknown names and memories. */
function isUniform({ memories }: LoopKernel, e: Expr | IntExpr | BoolExpr, names: Names): boolean {
  let uniform = true;
  visit(e, (x) => {
    if (x.k === 'axis')
      uniform = (names.get(x.name) ?? fail(`${x.name} is used before it is defined`)) && uniform;
    if (x.k !== 'load' && x.k !== 'iload') return;
    const memory = memories[x.arg] ?? fail(`there is no memory ${x.arg}`);
    if (memory.shape.length !== x.index.length)
      fail(`${memory.name} has ${memory.shape.length} dimensions, not ${x.index.length}`);
    uniform = false;
  });
  return uniform;
}
