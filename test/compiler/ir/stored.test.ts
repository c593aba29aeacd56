/** A program as JSON: storing and reading loses nothing, and reading bad data is refused and does no harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printAttr, topological } from '../../../compiler/ir/build.ts';
import type { Node, Program } from '../../../compiler/ir/node.ts';
import { operators } from '../../../compiler/ir/operator.ts';
import { checkSpec } from '../../../compiler/ir/spec.ts';
import { readProgram, StoredProgramError, storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { limits } from '../../../compiler/limits.ts';
import { METHODS } from '../../../src/finetune/methods.ts';
import { programs } from '../../support/arbitraries/programs.ts';
import { drawFrom } from '../../support/draw.ts';
import { INSTANCES, OF_EXPERTS } from '../../support/operator-instances.ts';
import { runs } from '../../support/runs.ts';

/** A program as text that shows every node with its attributes and its type, and which nodes are shared. */
function spelled(program: Program): string {
  const { claims, outputs } = program;
  const named: [string, Node][] = [
    ...outputs.map((o): [string, Node] => [`output ${o.name}`, o.node]),
    ...(claims?.weight ? [['weight', claims.weight] as [string, Node]] : []),
    ...(claims?.bias ? [['bias', claims.bias] as [string, Node]] : []),
    ...(claims?.orthogonal ?? []).map((n): [string, Node] => ['orthogonal', n]),
  ];
  const order = topological(named.map(([, n]) => n));
  const place = new Map(order.map((n, i) => [n, i]));
  const nodes = order.map((n) =>
    n.kind === 'input'
      ? `input ${n.name}`
      : `${n.op} ${n.args.map((a) => place.get(a))} ${printAttr(n.attrs)} ${n.type.dtype} ${printAttr(n.type.shape)}`,
  );
  const inputs = program.inputs.map(({ spans: _, type, ...i }) =>
    JSON.stringify({ ...i, dtype: type.dtype, shape: printAttr(type.shape) }),
  );
  const where = Object.entries(program.where).map(([n, d]) => `${n}=${printAttr(d)}`);
  return [
    program.name,
    program.source,
    ...inputs,
    ...where,
    ...nodes,
    ...named.map(([n, r]) => `${n} ${place.get(r)}`),
  ].join('\n');
}

const thereAndBack = (program: Program): Program =>
  readProgram(JSON.parse(JSON.stringify(storeProgram(program))));

const programOf = (node: Node): Program => ({
  name: 'p',
  inputs: topological([node]).filter((n) => n.kind === 'input'),
  outputs: [{ name: 'y', node }],
  where: {},
});

describe('a program that is stored and read back is the same', () => {
  it.each(
    operators()
      .map((o) => o.name)
      .filter((name) => !OF_EXPERTS.includes(name)),
  )('with %s', (name) => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const program = programOf(INSTANCES[name]!.draw(drawFrom(g)));
        expect(spelled(thereAndBack(program))).toBe(spelled(program));
      }),
      runs(20, 200),
    );
  });

  it.each(Object.entries(METHODS))('with the method %s', (_, method) => {
    const program = method.trace();
    expect(spelled(thereAndBack(program))).toBe(spelled(program));
  });

  it('with random programs', () => {
    fc.assert(
      fc.property(programs(), ({ symbolic, bound }) => {
        for (const program of [symbolic, bound])
          expect(spelled(thereAndBack(program))).toBe(spelled(program));
      }),
      runs(50, 1000),
    );
  });
});

it('every operator of oftc’s own can be stored', () => {
  expect(
    operators()
      .filter((o) => !o.takes)
      .map((o) => o.name),
  ).toEqual([]);
});

type Data = Record<string, unknown> & { readonly nodes: Record<string, unknown>[] };

/** The stored data of OFT, which tests change part by part. */
const data = (): Data => JSON.parse(JSON.stringify(storeProgram(METHODS.oft!.trace())));

/** The paths of all values in the data. */
function paths(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  return [path, ...keys.flatMap((k) => paths((value as Record<string, unknown>)[k], [...path, k]))];
}

function changed(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest, to);
  return copy;
}

const JUNK: readonly unknown[] = [
  ...[null, true, '', 'x', 'tokens', '__proto__', 'constructor', '((((', '1/0', 'b^99', '-1', '0'],
  ...[-1, 0, 1.5, 7, 1e9, 2 ** 53, -0, [], {}, [[]], ['W'], [0, 0], { kind: 'op' }, { num: 1, den: 0 }],
];

describe('data that is no program', () => {
  it('is refused with a sentence, or is another program that is well typed, whatever one value is changed to', () => {
    for (const name of ['boft', 'psoft'] as const) {
      const whole = JSON.parse(JSON.stringify(storeProgram(METHODS[name]!.trace())));
      for (const path of paths(whole))
        for (const junk of JUNK) {
          let program: Program;
          try {
            program = readProgram(changed(whole, path, junk));
          } catch (e) {
            if (!(e instanceof StoredProgramError))
              throw new Error(`${path.join('.')}: ${junk}`, { cause: e });
            expect(e.message.length).toBeGreaterThan(10);
            continue;
          }
          checkSpec(program, ['typed'], 'reading');
        }
    }
  });

  it.each<[string, (d: Data) => void, RegExp]>([
    [
      'an operator that code defines',
      (d) => (d.nodes[0]!.op = 'circulant'),
      /node 0 \(circulant\): it is no operator/,
    ],
    ['an argument that comes later', (d) => (d.nodes[0]!.args = [5]), /'5' is no input and no earlier node/],
    ['too few arguments', (d) => (d.nodes[0]!.args = []), /takes 1 argument/],
    [
      'a product of one factor',
      (d) => d.nodes.push({ op: 'matmul', args: [d.nodes.length - 1] }),
      /\(matmul\): it takes several argument\(s\), and has 1/,
    ],
    ['an attribute that the operator lacks', (d) => (d.nodes[0]!.attrs = { a: 1 }), /has no attribute 'a'/],
    ['a newer version', (d) => (d.version = 99), /newer oftc/],
    [
      'more nodes than the limit',
      (d) => (d.nodes.length = limits.storedNodes.most + 1),
      /200,001 nodes in a stored program: the limit is 200,000/,
    ],
  ])('is refused for %s', (_, change, message) => {
    const d = data();
    change(d);
    expect(() => readProgram(d)).toThrow(message);
    expect(() => readProgram(d)).toThrow(StoredProgramError);
  });
});

it('an operator that an author defined is named, and not stored', async () => {
  const { mixed } = await import('../../../examples/custom/circulant.ts');
  expect(unstorable(mixed.trace())).toEqual(['circulant']);
  expect(() => storeProgram(mixed.trace())).toThrow("operator 'circulant' is defined in code");
});
