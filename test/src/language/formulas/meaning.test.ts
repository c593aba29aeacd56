/**
 * The meaning of displayed formulas. A formula has the value of the node that it stands for. Nodes with the same value
 * number are equal, and so are nodes with the same text.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derive } from '../../../../compiler/derive.ts';
import type { Binding } from '../../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../../compiler/ir/bind.ts';
import { printShape, topological } from '../../../../compiler/ir/build.ts';
import type { Node, Program } from '../../../../compiler/ir/node.ts';
import { isOp } from '../../../../compiler/ops/nodes.ts';
import { drawn, evaluator } from '../../../../src/check/evaluate.ts';
import { smallSizes } from '../../../../src/identity/sizes.ts';
import { Display } from '../../../../src/language/formulas/display.ts';
import { Namer } from '../../../../src/language/formulas/naming.ts';
import { Values } from '../../../../src/language/formulas/values.ts';
import { random } from '../../../../src/start/random.ts';
import { programs } from '../../../support/arbitraries/programs.ts';
import { elements, programOf } from '../../../support/evaluate.ts';
import { runs } from '../../../support/runs.ts';
import { LIBRARY, programOfCase } from '../../explain/library.ts';

const TOKENS = 2;

/** Evaluates lists of nodes with symbolic dimensions over the prime field. All lists share one draw of the inputs. */
function evaluate(lists: readonly (readonly Node[])[], { where }: Program, sizes: Binding): number[][][] {
  const named = lists.flatMap((nodes, l) => nodes.map((node, n) => [`${l} ${n}`, node] as const));
  const bound = bindProgram({ ...programOf(Object.fromEntries(named)), where }, sizes);
  const of = evaluator(bound, bound.outputs);
  const values = drawn(bound, TOKENS, random(7), (domain, at) => of(domain, at, TOKENS));
  return lists.map((nodes, l) => nodes.map((_, n) => elements(values[`${l} ${n}`]!)));
}

const nodesOf = (...of: readonly Program[]): Node[] =>
  topological(of.flatMap((p) => p.outputs.map((o) => o.node)));

/** Expects nodes with the same key to have equal values. */
function expectEqualWithin(
  nodes: readonly Node[],
  values: readonly number[][],
  key: (n: Node) => string | number,
) {
  const first = new Map<string | number, number>();
  for (const [k, node] of nodes.entries()) {
    const said = key(node);
    const like = first.get(said) ?? k;
    first.set(said, like);
    expect(values[k], String(said)).toEqual(values[like]);
  }
}

function expectFaithful(source: Program, derived: Program, sizes: Binding) {
  const nodes = nodesOf(source, derived).filter((n) => n.type.dtype !== 'i32');
  const display = new Display();
  const [values, shown] = evaluate([nodes, nodes.map((n) => display.of(n))], source, sizes);
  expect(shown).toEqual(values);

  const numbers = new Values();
  expectEqualWithin(nodes, values!, (n) => numbers.of(display.of(n)));

  const namer = new Namer({ source, derived: [derived] });
  // The text of an identity does not say its size, which its place in a formula decides; nor does that of a sum with one.
  const sized = (n: Node, text: string) => (isUnsized(n) ? `${text} ${printShape(n.type.shape)}` : text);
  expectEqualWithin(nodes, values!, (n) => sized(n, namer.text(n).text));
  expectEqualWithin(nodes, values!, (n) => sized(n, namer.written(n)));
}

const isUnsized = (n: Node): boolean => isConstant(n) || (isOp(n, 'add') && n.args.some(isConstant));
const isConstant = (n: Node): boolean => topological([n]).every((m) => m.kind === 'op');

/** Sizes of the methods for which the usual small sizes do not fit, or make a matrix singular. */
const SMALL: Readonly<Record<string, readonly Binding[]>> = {
  'boft {"factors":4}': [{ b: 2, r: 8, out: 3 }],
  'boft {"factors":4,"bias":true}': [{ b: 2, r: 8, out: 3 }],
  'hra {"gs":true}': [{ in: 5, out: 4, r: 2 }],
};

describe('every method of the library', () => {
  it.each(LIBRARY.filter((c) => !('levels' in c.config && c.config.levels === 12)))('$name', (c) => {
    const program = programOfCase(c);
    const { program: derived } = derive(program, { gradients: true });
    const sizes = SMALL[c.name] ?? smallSizes(program).slice(0, 2);
    for (const at of sizes) expectFaithful(program, derived, at);
  });
});

it('formulas of random programs keep their meaning', () => {
  fc.assert(
    fc.property(programs(), ({ symbolic, sizes }) => {
      expectFaithful(symbolic, derive(symbolic, { gradients: false }).program, sizes);
    }),
    runs(150, 3000),
  );
});
