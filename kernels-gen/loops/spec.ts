/**
 * Checks the form of a kernel: each name is defined once before it is used, an index has one part for each dimension,
 * loops over workgroups are outermost, all invocations of a workgroup meet each barrier, and all lanes of a subgroup
 * meet each shuffle and each operation on matrices.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { loadsOf, visit } from '../../compiler/primitives/visit.ts';
import { LoopError } from './error.ts';
import { isOverLanes, lanesOf } from './lanes.ts';
import { matrixOperation } from './matrices.ts';
import type { Body, For, LoopKernel, Memory, Statement, Store } from './type.ts';

/** The invocations that have the same value of a name, or run a statement together: the first ones are the most. */
const AMONG = ['workgroup', 'subgroup', 'invocation'] as const;
type Among = (typeof AMONG)[number];

const fewest = (a: Among, b: Among): Among => (AMONG.indexOf(a) > AMONG.indexOf(b) ? a : b);

/** The names that a statement may use. A block's names go when it ends. */
class Names {
  readonly #known = new Map<string, Among>();
  readonly #order: string[] = [];

  get(name: string): Among {
    return this.#known.get(name) ?? fail(`${name} is used before it is defined`);
  }

  define(name: string, same: Among): void {
    if (this.#known.has(name)) fail(`${name} is defined twice`);
    this.#known.set(name, same);
    this.#order.push(name);
  }

  /** Checks statements, whose names go afterwards. */
  within(check: () => void): void {
    const before = this.#order.length;
    check();
    for (const name of this.#order.splice(before)) this.#known.delete(name);
  }
}

/** The names and loops around a statement. */
interface Around {
  readonly names: Names;
  /** The invocations that run the statement together. */
  readonly together: Among;
  /** The number of invocations that the loops around distribute. */
  readonly bound: number;
  readonly outermost: boolean;
  /** The number of lanes of a subgroup, where memories are in lanes, and the axis that is a lane's number. */
  readonly lanes: number | undefined;
  readonly lane?: string;
  /** Whether the statement is an operation on matrices. */
  readonly isMatrix?: boolean;
}

const fail = (message: string): never => {
  throw new LoopError('form', message);
};

/** Returns the kernel. Throws LoopError where it is no kernel. */
export function checked(kernel: LoopKernel): LoopKernel {
  const lanes = lanesOf(kernel);
  const names = kernel.memories.map((m) => m.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) fail(`two memories have the name ${twice}`);
  checkBlock(kernel, kernel.body, {
    ...{ names: new Names(), together: 'workgroup', bound: 1, outermost: true, lanes },
  });
  return kernel;
}

function checkBlock(kernel: LoopKernel, block: Body, around: Around): void {
  const own = { ...around, outermost: around.outermost && block.length === 1 };
  around.names.within(() => {
    for (const s of block) checkStatement(kernel, s, own);
  });
}

function checkStatement(kernel: LoopKernel, s: Statement, around: Around): void {
  switch (s.k) {
    case 'for':
      around.names.within(() => checkLoop(kernel, s, around));
      break;
    case 'let':
      around.names.define(s.name, sameAmong(kernel, s.value, around));
      break;
    case 'digits': {
      const same = sameAmong(kernel, s.of, around);
      for (const a of s.axes) around.names.define(a.name, same);
      break;
    }
    case 'if': {
      const together = fewest(around.together, sameAmong(kernel, s.cond, around));
      checkBlock(kernel, s.body, { ...around, together, outermost: false });
      break;
    }
    case 'store':
    case 'accumulate':
      checkStore(kernel, s, around);
      break;
    case 'collect':
      if (kernel.memories[s.to]?.space !== 'register') fail('only registers are combined across a subgroup');
      checkIndex(kernel, s.to, s.index);
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
  if (together !== 'workgroup')
    throw new LoopError(
      'divergent',
      `${what} is in a branch or loop that invocations leave at different times`,
    );
}

function checkLoop(kernel: LoopKernel, s: For, around: Around): void {
  const fixed = constantOf(s.trips.of);
  const extent = fixed === undefined ? undefined : Math.ceil(fixed / s.trips.by);
  if ((s.from || s.end) && s.how !== 'serial' && s.how !== 'opaque')
    fail(`loop ${s.axis} has a start or an end, so that it runs one by one`);
  if (FIXED.has(s.how) && extent === undefined)
    fail(`loop ${s.axis} has no number of iterations before the kernel runs`);
  const start = s.from ? sameAmong(kernel, s.from.value, around) : 'workgroup';
  const end = s.end ? sameAmong(kernel, s.end, around) : 'workgroup';
  around.names.define(
    s.axis,
    s.how === 'invocation' ? invocationsOf(s, around) : s.how === 'subgroup' ? 'subgroup' : start,
  );
  const within: Around = {
    ...around,
    together: fewest(fewest(around.together, start), end),
    outermost: false,
    ...(isOverLanes(s, around.lanes) ? { lane: s.axis } : {}),
  };
  if (s.how === 'workgroup') {
    if (!around.outermost) fail(`loop ${s.axis} over workgroups is inside other statements`);
    checkBlock(kernel, s.body, { ...within, outermost: true });
    return;
  }
  if (s.how === 'matrix' && !around.isMatrix) {
    matrixOperation(kernel, s);
    if (around.together === 'invocation')
      throw new LoopError('divergent', `a matrix over ${s.axis} is where some of a subgroup do not run`);
    checkBlock(kernel, s.body, { ...within, isMatrix: true });
    return;
  }
  if (s.how === 'subgroup') {
    if (around.bound > 1) fail(`loop ${s.axis} over subgroups is in a loop over invocations or subgroups`);
    checkBlock(kernel, s.body, { ...within, bound: kernel.threads });
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

/** The loops whose number of iterations is known before the kernel runs. */
const FIXED: ReadonlySet<For['how']> = new Set(['unrolled', 'vector', 'subgroup', 'matrix']);

/** The invocations that run the same iteration of a loop over invocations. */
const invocationsOf = ({ stride = 1 }: For, { lanes }: Around): Among =>
  lanes !== undefined && stride % lanes === 0 ? 'subgroup' : 'invocation';

function checkStore(kernel: LoopKernel, { to, index, value }: Omit<Store, 'k'>, around: Around): void {
  const { memories } = kernel;
  const memory = memories[to] ?? fail(`there is no memory ${to}`);
  if (memory.space === 'input') fail(`${memory.name} is an input, which no kernel stores to`);
  checkIndex(kernel, to, index);
  requireMatrix(memory, around);
  for (const e of [...index, value]) sameAmong(kernel, e, around);
  if (!around.isMatrix) return;
  for (const i of [...index, ...loadsOf(value).flatMap((l) => l.index)])
    if (sameAmong(kernel, i, around) === 'invocation')
      fail(`an index of a matrix is not the same in all invocations of a subgroup`);
}

function requireMatrix({ name, space }: Memory, { isMatrix }: Around): void {
  if (space === 'matrix' && !isMatrix) fail(`${name} is a matrix, which only its operations touch`);
}

function checkIndex({ memories }: LoopKernel, of: number, index: readonly IntExpr[]): void {
  const { name, shape } = memories[of]!;
  if (shape.length !== index.length) fail(`${name} has ${shape.length} dimensions, not ${index.length}`);
}

/**
 * The invocations in which an expression has one value. Throws LoopError for unknown names and memories, and for an
 * shuffle that some lanes do not meet.
 */
function sameAmong(kernel: LoopKernel, e: Expr | IntExpr | BoolExpr, around: Around): Among {
  let same: Among = 'workgroup';
  visit(e, (x) => {
    if (x.k === 'axis') same = fewest(same, around.names.get(x.name));
    if (x.k !== 'load' && x.k !== 'iload') return;
    const memory = kernel.memories[x.arg] ?? fail(`there is no memory ${x.arg}`);
    checkIndex(kernel, x.arg, x.index);
    requireMatrix(memory, around);
    const from = x.index.at(-1);
    const isOwn = from?.k === 'axis' && from.name === around.lane;
    if (memory.space === 'lanes' && !isOwn && around.together === 'invocation')
      throw new LoopError('divergent', `lanes shuffle ${memory.name} where some of them do not run`);
    // All invocations load the same element of an input that nobody stores to.
    if (memory.space !== 'input' || memory.alias !== undefined) same = 'invocation';
  });
  return same;
}
