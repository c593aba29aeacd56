/** The arguments that operators on experts take and refuse, and the text that they are printed as. */
import { expect, it } from 'vitest';
import { dimConst, dimVar, printDim, RUNTIME_DIM } from '../../../compiler/dims/dims.ts';
import { apply, input as declare } from '../../../compiler/ir/build.ts';
import type { Attrs, DType, Node, Program } from '../../../compiler/ir/node.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import { readProgram, storeProgram } from '../../../compiler/ir/stored.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import {
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  type Tensor,
  type Tensors,
} from '../../../src/language/dsl/index.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { planOf } from '../../../src/session/session.ts';
import { programOf } from '../../support/evaluate.ts';

const declared = {
  x: input('tokens', 'n'),
  pairs: input('tokens', 2, 'n'),
  threes: input('tokens', 3, 'n'),
  few: input('tokens', 2),
  chosen: input('tokens', 2, { dtype: 'i32' }),
  others: input('tokens', 2, { dtype: 'i32' }),
  single: input('tokens', { dtype: 'i32' }),
  one: input('tokens'),
  scores: input('tokens', 2),
  W: frozen('experts', 'n', 'n'),
  rows: frozen('experts', 'tokens', 'n'),
  s: frozen(),
};
type Given = Tensors<typeof declared>;

const compile = (program: Program) =>
  compileProgram(program, { sizes: { n: 3, experts: 4 }, gradients: false });

it.each<readonly [string, (t: Given) => Tensor, string, RegExp]>([
  [
    'dispatch by scores',
    (t) => dispatch(t.x, t.scores, 4),
    'OFT2005',
    /^dispatch needs the numbers .* got f32/,
  ],
  ['collect by scores', (t) => collect(t.x, t.scores, 4), 'OFT2005', /^collect needs the numbers .* got f32/],
  ['ofExpert by scores', (t) => ofExpert(t.W, t.scores), 'OFT2005', /^ofExpert needs the numbers .* got f32/],
  [
    'dispatch by one axis',
    (t) => dispatch(t.x, t.single, 4),
    'OFT2003',
    /^dispatch: .* \(tokens, k\), not \(tokens\)/,
  ],
  [
    'collect by one axis',
    (t) => collect(t.x, t.single, 4),
    'OFT2003',
    /^collect: .* \(tokens, k\), not \(tokens\)/,
  ],
  [
    'ofExpert by one axis',
    (t) => ofExpert(t.W, t.single),
    'OFT2003',
    /^ofExpert: .* \(tokens, k\), not \(tokens\)/,
  ],
  [
    'dispatch of experts',
    (t) => dispatch(t.W, t.chosen, 4),
    'OFT2002',
    /has not a row for each of the 'tokens'/,
  ],
  [
    'dispatch of a scalar',
    (t) => dispatch(t.s, t.chosen, 4),
    'OFT2002',
    /has not a row for each of the 'tokens'/,
  ],
  [
    'collect of experts',
    (t) => collect(t.W, t.chosen, 4),
    'OFT2002',
    /^collect: .* are no rows of an expert/,
  ],
  [
    'collect of a scalar',
    (t) => collect(t.s, t.chosen, 4),
    'OFT2002',
    /^collect: .* are no rows of an expert/,
  ],
  ['ofExpert of a scalar', (t) => ofExpert(t.s, t.chosen), 'OFT2003', /^ofExpert needs .* not a scalar/],
])('%s is refused', (_, body, code, message) => {
  expect(() => layer(declared, body).trace()).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it.each([0, -1, 1025, 1.5, '4'])('tiles of %j rows are refused', (rows) => {
  const refused = layer(declared, ({ x, chosen }) => dispatch(x, chosen, 4, { rows: rows as number }));
  expect(() => refused.trace()).toThrow(
    expect.objectContaining({
      code: 'OFT2010',
      message: `dispatch: rows is a whole number from 1 to 1024, got ${rows}`,
    }),
  );
});

it.each([1, 1024])('tiles of %i rows are taken', (rows) => {
  const taken = layer(declared, ({ x, chosen }) =>
    collect(dispatch(x, chosen, 4, { rows }), chosen, 4, { rows }),
  );
  expect(printLayer(taken.trace())).toContain(`{ rows: ${rows} }`);
});

it.each<readonly [string, (t: Given) => Tensor, readonly string[]]>([
  ['a row for each token', (t) => t.x, ['tokens', '2', 'n']],
  ['a row for each choice', (t) => t.pairs, ['tokens', '2', 'n']],
  ['a number for each token', (t) => t.one, ['tokens', '2']],
  ['rows of another number', (t) => t.threes, ['tokens', '2', '3', 'n']],
  ['rows of as many elements as choices', (t) => t.few, ['tokens', '2', '2']],
])('%s: the shape of what comes back', (_, of, shape) => {
  const there = layer(declared, (t) => collect(dispatch(of(t), t.chosen, 4), t.chosen, 4)).trace();
  expect(there.outputs[0]!.node.type.shape.map(printDim)).toEqual(shape);
});

it.each<readonly [string, (t: Given) => Tensor, RegExp]>([
  [
    'rows of other choices',
    (t) => collect(dispatch(t.x, t.others, 4), t.chosen, 4),
    /dispatched by other choices/,
  ],
  [
    'rows of no tokens',
    (t) => collect(ofExpert(t.rows, t.chosen), t.chosen, 4),
    /do not depend on any that dispatch/,
  ],
])('%s are not collected', (_, body, message) => {
  const program = layer(declared, body).trace();
  expect(() => compile(program)).toThrow(
    expect.objectContaining({ code: 'OFT2021', message: expect.stringMatching(message) }),
  );
});

it('tiles have 32 rows where the layer states no other', () => {
  const there = layer(declared, ({ pairs, chosen }) => collect(dispatch(pairs, chosen, 4), chosen, 4));
  expect(printLayer(there.trace())).toContain(
    'collect(dispatch(pairs, chosen, 4, { rows: 32 }), chosen, 4, { rows: 32 })',
  );
});

it('rows that two results are computed from are dispatched once', () => {
  const rows = 4;
  const two = layer(declared, ({ pairs, chosen, W }) => {
    const own = dispatch(pairs, chosen, 4, { rows });
    const back = (t: Tensor) => collect(t, chosen, 4, { rows });
    return back(own.matmul(ofExpert(W, chosen, { rows }))).mul(back(own));
  });
  const { steps } = planOf(compile(two.trace())).classes[0]!.variants[0]!;
  expect(steps.filter((s) => /^(choice|dispatch)$/.test(s.label)).map((s) => s.label)).toEqual([
    'choice',
    'dispatch',
  ]);
});

it('each token may choose one expert', () => {
  const one = layer(
    { x: input('tokens', 2), chosen: input('tokens', 1, { dtype: 'i32' }), W: frozen(3, 2) },
    ({ x, chosen, W }) =>
      collect(dispatch(x, chosen, 3, { rows: 2 }).mul(ofExpert(W, chosen, { rows: 2 })), chosen, 3, {
        rows: 2,
      }),
  ).trace();
  const { primitives } = compileProgram(one, { sizes: {}, gradients: false }).variants[0]!;
  const values = {
    x: tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    chosen: tensor([3, 1], [2, 0, 2]),
    W: tensor([3, 2], [1, 10, 2, 20, 3, 30]),
  };
  expect(interpret(primitives, float64, values, 3).y!.values).toEqual(Float64Array.of(3, 60, 3, 40, 15, 180));
});

it('a token may choose no expert', () => {
  const none = layer(
    { x: input('tokens', 2), chosen: input('tokens', 0, { dtype: 'i32' }) },
    ({ x, chosen }) => collect(dispatch(x, chosen, 3), chosen, 3),
  ).trace();
  const { primitives } = compileProgram(none, { sizes: {}, gradients: false }).variants[0]!;
  const values = { x: tensor([1, 2], [1, 2]), chosen: tensor([1, 0], []) };
  expect(interpret(primitives, float64, values, 1).y!.shape).toEqual([1, 0, 2]);
});

it('is printed with its operands in their order', () => {
  const rows = 8;
  const text = printLayer(
    layer(declared, ({ pairs, chosen, W }) =>
      collect(dispatch(pairs, chosen, 4, { rows }).matmul(ofExpert(W, chosen, { rows }).T), chosen, 4, {
        rows,
      }),
    ).trace(),
  );
  expect(text).toContain('dispatch(pairs, chosen, 4, { rows: 8 })');
  expect(text).toContain('ofExpert(W, chosen, { rows: 8 })');
  expect(text).toMatch(/collect\(.*, chosen, 4, \{ rows: 8 \}\)/);
});

const tokens = dimVar(RUNTIME_DIM);
const typed = (name: string, shape: readonly number[], dtype: DType = 'f32') =>
  declare(name, 'frozen', { shape: [tokens, ...shape.map(dimConst)], dtype });
const [x, chosen, scores] = [typed('x', [2, 3]), typed('chosen', [2], 'i32'), typed('scores', [2])];
const matrix = declare('A', 'frozen', { shape: [dimConst(4), dimConst(3)], dtype: 'f32' });
const few = declare('few', 'frozen', { shape: [dimVar('few'), dimConst(2)], dtype: 'i32' });
const attrs: Attrs = { experts: dimConst(4), rows: 8 };

// The functions of the language check their arguments first, but rules and derivatives apply operators themselves.
it.each<readonly [string, readonly Node[], string, RegExp]>([
  ['dispatch', [x, scores], 'OFT2005', /dispatch needs/],
  ['collect', [x, scores], 'OFT2005', /collect needs/],
  ['ofExpert', [matrix, scores], 'OFT2005', /ofExpert needs/],
  ['sumByExpert', [x, scores], 'OFT2005', /sumByExpert needs/],
  ['dispatch', [typed('y', [3, 3]), chosen], 'OFT2002', /has not a row for each of the choices/],
  [
    'dispatch',
    [declare('z', 'frozen', { ...x.type, shape: [dimVar('few'), dimConst(2)] }), few],
    'OFT2002',
    /'few' rows/,
  ],
  [
    'collect',
    [declare('z', 'frozen', { ...x.type, shape: [dimVar('few'), dimConst(2)] }), few],
    'OFT2002',
    /'few' rows/,
  ],
])('the operator %s refuses %#', (name, args, code, message) => {
  const given = name === 'ofExpert' ? { rows: 8 } : attrs;
  expect(() => apply(name, args, given)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it('the adjoint of a sum by expert takes the expert’s part', () => {
  const sum = apply('sumByExpert', [matrix, chosen], attrs);
  const g = declare('g', 'frozen', sum.type);
  const [back, none] = operator('sumByExpert').vjp!(sum, g);
  expect(back).toMatchObject({ op: 'ofExpert', args: [g, chosen], attrs: { rows: 8 } });
  expect(none).toBe(undefined);
});

it('a matrix has one axis of experts, the first', () => {
  const part = apply(
    'ofExpert',
    [declare('A', 'frozen', { shape: [dimConst(5), dimConst(3)], dtype: 'f32' }), chosen],
    { rows: 8 },
  );
  expect(printDim(operator('ofExpert').indexes!(part)!)).toBe('5');
});

const summed = (of: Node) => programOf({ y: apply('sumByExpert', [of, chosen], attrs) });

it('rows are not summed by expert', () => {
  expect(() => compile(summed(apply('dispatch', [x, chosen], attrs)))).toThrow(
    expect.objectContaining({ code: 'OFT2021', message: 'sumByExpert: its argument has rows' }),
  );
});

it('a sum by expert of what is the same for all is that for each', () => {
  const program = summed(declare('bias', 'frozen', { shape: [dimConst(3)], dtype: 'f32' }));
  expect(storeProgram(readProgram(JSON.parse(JSON.stringify(storeProgram(program)))))).toEqual(
    storeProgram(program),
  );
  const { primitives } = compile(program).variants[0]!;
  const values = { chosen: tensor([1, 2], [0, 1]), bias: tensor([3], [5, 6, 7]) };
  expect(interpret(primitives, float64, values, 1).y!.values).toEqual(
    Float64Array.from([...Array(4)].flatMap(() => [5, 6, 7])),
  );
});
