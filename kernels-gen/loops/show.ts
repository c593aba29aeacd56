/** Prints a loop form for people. */
import { constantOf, type Dim, dimConst, printDim, substituteDim } from '../../compiler/dims/dims.ts';
import { printQ } from '../../compiler/dims/rational.ts';
import { int } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Iterations, LoopCost } from './cost.ts';
import type { Body, LoopKernel, Memory, Statement, Trips } from './type.ts';

type Any = Expr | IntExpr | BoolExpr;

const INFIX: Readonly<Record<string, string>> = {
  ...{ iadd: '+', isub: '-', imul: '*', ilt: '<', ieq: '==', flt: '<', and: 'and', or: 'or' },
  ...{ add: '+', sub: '-', mul: '*', div: '/' },
};
/** The operators whose operands need parentheses, and those that may stand in each other. */
const BINDING = new Set(['imul', 'mul', 'div', 'idiv', 'imod', 'isub', 'sub', 'and', 'or']);
const ASSOCIATIVE = new Set(['imul', 'mul', 'and', 'or']);
const TESTS = new Set(['ilt', 'ieq', 'flt']);

/** The text of a kernel: its memories, and its statements in indented loops. */
export function showLoops({ memories, threads, body }: LoopKernel): string {
  const declared = memories.map((m) => `${m.space} ${m.name}${shapeOf(m)}: ${typeOf(m, memories)}`);
  return [...declared, `${threads} invocations a workgroup`, ...showBlock(body, memories)].join('\n');
}

const shapeOf = ({ shape }: Memory): string =>
  shape.length > 0 ? `[${shape.map(printDim).join(', ')}]` : '';
const typeOf = ({ dtype, storage, alias, vectors }: Memory, all: readonly Memory[]): string =>
  [
    storage ? `quantised ${dtype}` : vectors ? `vectors of ${dtype}` : dtype,
    ...(alias === undefined ? [] : [`in the buffer of ${all[alias]!.name}`]),
  ].join(', ');

const showTrips = ({ of, by }: Trips): string => (by === 1 ? printDim(of) : `⌈${printDim(of)} / ${by}⌉`);

const showIterations = (t: Iterations): string =>
  t.longest === undefined ? showTrips(t) : `min(${t.longest}, ${showTrips(t)})`;

/** The text of a cost: polynomials in the iterations of loops, and these numbers. Loops of one iteration are left out. */
export function showCost({ sizes, registers, matrices, ...cost }: LoopCost): string {
  const isOne = ({ of, by }: Trips) => (constantOf(of) ?? Infinity) <= by;
  const ones = Object.fromEntries([...sizes].flatMap(([n, t]) => (isOne(t) ? [[n, dimConst(1)]] : [])));
  const counts: readonly (readonly [string, Dim])[] = [
    ['flops', cost.flops],
    ...[...cost.loaded].map(([space, count]) => [`bytes loaded from ${space}`, count] as const),
    ...[...cost.stored].map(([space, count]) => [`bytes stored to ${space}`, count] as const),
    ['shuffles', cost.shuffles],
    ['barriers', cost.barriers],
    ['registers of an invocation', dimConst(registers)],
    ['elements of matrices of a subgroup', dimConst(matrices)],
  ];
  const known = [...sizes].filter(([, t]) => !isOne(t)).map(([name, t]) => `${name} = ${showIterations(t)}`);
  return [
    ...counts.flatMap(([what, n]) =>
      n.terms.length > 0 ? [`${what}: ${printDim(substituteDim(n, ones))}`] : [],
    ),
    ...(known.length > 0 ? [`with ${known.join(', ')}`] : []),
  ].join('\n');
}

function showBlock(block: Body, memories: readonly Memory[]): string[] {
  const show = (e: Any) => showExpr(e, memories);
  const inner = (b: Body) => showBlock(b, memories).map((line) => `  ${line}`);
  const element = (to: number, index: readonly IntExpr[]) => elementText(to, index.map(show), memories);
  return block.flatMap((s: Statement): string[] => {
    switch (s.k) {
      case 'for': {
        const end = s.end ? show(s.end) : showTrips(s.trips);
        const { value, step } = s.from ?? { value: s.end && int(0), step: 1 };
        const range = value ? `${show(value)}, ${step} more, … < ${end}` : end;
        const how =
          s.how === 'serial'
            ? ''
            : s.how === 'invocation'
              ? ` by invocation / ${s.stride ?? 1}`
              : ` ${s.how}`;
        return [`for ${s.axis} in ${range}${how}:`, ...inner(s.body)];
      }
      case 'let':
        return [`let ${s.name} = ${show(s.value)}`];
      case 'digits':
        return [`let (${s.axes.map((a) => a.name).join(', ')}) = digits of ${show(s.of)}`];
      case 'if':
        return [`if ${show(s.cond)}:`, ...inner(s.body)];
      case 'store':
        return [`${element(s.to, s.index)} = ${show(s.value)}`];
      case 'accumulate':
        return [`${element(s.to, s.index)} ${s.combine === 'sum' ? '+=' : 'max='} ${show(s.value)}`];
      case 'collect':
        return [`${element(s.to, s.index)} = ${s.combine} over the subgroup`];
      case 'barrier':
        return [`barrier of the ${s.scope}`];
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  });
}

const elementText = (of: number, index: readonly string[], memories: readonly Memory[]): string => {
  const name = memories[of]?.name ?? `memory ${of}`;
  return index.length > 0 ? `${name}[${index.join(', ')}]` : name;
};

function showExpr(e: Any, memories: readonly Memory[], around = ''): string {
  const show = (x: Any) => showExpr(x, memories);
  const infix = (k: string, a: string, b: string) => {
    const text = `${a} ${INFIX[k]} ${b}`;
    const isBare = around === '' || (around === k && ASSOCIATIVE.has(k));
    const isTest = (around === 'and' || around === 'or') && TESTS.has(k);
    return isBare || isTest ? text : `(${text})`;
  };
  const operand = (x: Any, k: string) => showExpr(x, memories, BINDING.has(k) ? k : '');
  switch (e.k) {
    case 'axis':
      return e.name;
    case 'int':
      return `${e.value}`;
    case 'extent':
      return printDim(e.dim);
    case 'const':
      return printQ(e.value);
    case 'idiv':
      return `⌊${operand(e.a, e.k)} / ${e.by}⌋`;
    case 'imod':
      return around === '' || around === 'idiv'
        ? `${operand(e.a, 'imod')} mod ${e.by}`
        : `(${operand(e.a, 'imod')} mod ${e.by})`;
    case 'isqrt':
      return `⌊√${show(e.a)}⌋`;
    case 'fromInt':
      return showExpr(e.a, memories, around);
    case 'not':
      return `not (${show(e.a)})`;
    case 'load':
    case 'iload':
      return elementText(e.arg, e.index.map(show), memories);
    case 'select':
    case 'iselect':
      return `(${show(e.then)} if ${show(e.cond)} else ${show(e.else)})`;
    case 'iadd':
    case 'isub':
    case 'imul':
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      return infix(e.k, operand(e.a, e.k), operand(e.b, e.k));
    case 'call': {
      const [a, b] = e.args;
      if (INFIX[e.fn] && a && b) return infix(e.fn, operand(a, e.fn), operand(b, e.fn));
      return e.fn === 'neg' ? `-${operand(a!, 'mul')}` : `${e.fn}(${e.args.map(show).join(', ')})`;
    }
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}
