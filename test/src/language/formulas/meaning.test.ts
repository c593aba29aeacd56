/**
 * What formulas say: what is displayed has the value of what it stands for, expressions of one value number are
 * equal, and no two different values read the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../../compiler/ir/bind.ts';
import { printShape, topological } from '../../../../compiler/ir/build.ts';
import type { Node, Program } from '../../../../compiler/ir/node.ts';
import { derive } from '../../../../compiler/pipeline.ts';
import { drawn, evaluator } from '../../../../src/check/evaluate.ts';
import { smallSizes } from '../../../../src/check/sizes.ts';
import { Display } from '../../../../src/language/formulas/display.ts';
import { Namer } from '../../../../src/language/formulas/naming.ts';
import { Values } from '../../../../src/language/formulas/values.ts';
import { random } from '../../../../src/start/random.ts';
import { LIBRARY, programOfCase } from '../../../explain/library.ts';
import { programs } from '../../../support/arbitraries.ts';
import { elements, programOf } from '../../../support/evaluate.ts';
import { runs } from '../../../support/runs.ts';

const TOKENS = 2;

/** Elements of nodes with symbolic dimensions, of all lists on one draw over the field. */
function evaluate(lists: readonly (readonly Node[])[], { where }: Program, sizes: Binding): number[][][] {
  const named = lists.flatMap((nodes, l) => nodes.map((node, n) => [`${l} ${n}`, node] as const));
  const bound = bindProgram({ ...programOf(Object.fromEntries(named)), where }, sizes);
  const of = evaluator(bound, bound.outputs);
  const values = drawn(bound, TOKENS, random(7), (domain, at) => of(domain, at, TOKENS));
  return lists.map((nodes, l) => nodes.map((_, n) => elements(values[`${l} ${n}`]!)));
}

const nodesOf = (...of: readonly Program[]): Node[] =>
  topological(of.flatMap((p) => p.outputs.map((o) => o.node)));

/** Nodes by what is said of them: those of one key must be equal. */
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
  // How large I is follows from where it stands.
  const sized = (n: Node, text: string) => (isConstant(n) ? `${text} ${printShape(n.type.shape)}` : text);
  expectEqualWithin(nodes, values!, (n) => sized(n, namer.text(n).text));
  expectEqualWithin(nodes, values!, (n) => sized(n, namer.written(n)));
}

const isConstant = (n: Node): boolean => topological([n]).every((m) => m.kind === 'op');

/** Where what is generally small does not fit, or has no inverse. */
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

it('random programs', () => {
  fc.assert(
    fc.property(programs(), ({ symbolic, sizes }) => {
      expectFaithful(symbolic, derive(symbolic, { gradients: false }).program, sizes);
    }),
    runs(150, 3000),
  );
});
