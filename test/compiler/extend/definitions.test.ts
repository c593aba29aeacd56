/**
 * `defineOperator` and `defineRules`: what they accept and refuse, and what a second run of the same file replaces.
 */
import { fileURLToPath } from 'node:url';
import { defineOperator, defineRule, input, layer, type Tensor } from 'oftc';
import {
  apply,
  axesOf,
  call,
  constant,
  indices,
  load,
  map,
  type Node,
  type OpNode,
  type Rule,
  scaled,
  transposed,
} from 'oftc/extend';
import { afterAll, describe, expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { forget } from '../../../compiler/extend/definitions.ts';
import { registered } from '../../../compiler/ir/operator.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { allRules } from '../../../compiler/rewrite/rule.ts';
import { builtIn } from '../../../compiler/rewrite/rules/index.ts';
import { keyOf } from '../../../src/session/planned.ts';

const HERE = fileURLToPath(import.meta.url);
afterAll(() => forget(new Set([HERE])));

type Pointwise = <S extends readonly string[]>(a: Tensor<S>, options?: { by?: number }) => Tensor<S>;

const times = (name: string) =>
  defineOperator<Pointwise>({
    name,
    law: 'by·a',
    type: ([a]) => a!,
    options: ({ by = 2 }) => ({ by }),
    vjp: (node, g) => [scaled(node.attrs.by as number, g)],
    lower: (node, ctx) => {
      const axes = axesOf(node.type.shape);
      const by = constant(node.attrs.by as number);
      return map(node, axes, [ctx.lower(node.args[0]!)], call('mul', by, load(0, indices(axes))));
    },
    sample: (draw) => apply(name, [draw.tensor(draw.int(1, 3))], { by: draw.int(-3, 3) }),
  });

const timesThree = times('timesThree');
const program = layer({ x: input('tokens', 'in') }, ({ x }) => timesThree(x, { by: 3 })).trace();

/** A correct rule about the operator above, with some of its fields changed. */
const rule = (name: string, changes: Partial<Rule> = {}): Rule => ({
  name,
  law: '3·a = 2·a + a',
  numerics: 'reassociates',
  pattern: { op: 'timesThree' },
  build: (node) =>
    node.attrs.by === 3
      ? apply('add', [apply('timesThree', node.args, { by: 2 }), node.args[0]!])
      : undefined,
  instance: (draw) => apply('timesThree', [draw.tensor(2)], { by: 3 }),
  ...changes,
});

const fired = (allow?: readonly 'approximates'[]) =>
  derive(program, { gradients: false, ...(allow ? { allow } : {}) }).passes.flatMap((s) =>
    s.fired.map((f) => f.rule),
  );

describe('an operator', () => {
  it('is called with tensors, numbers and options', () => {
    const attrsOf = (f: (x: Tensor<['n']>) => Tensor) =>
      (layer({ x: input('n') }, ({ x }) => f(x)).trace().outputs[0]!.node as Extract<Node, { kind: 'op' }>)
        .attrs;
    expect(attrsOf((x) => timesThree(x))).toEqual({ by: 2 });
    expect(attrsOf((x) => timesThree(x, undefined))).toEqual({ by: 2 });
    expect(attrsOf((x) => timesThree(x, { by: 5 }))).toEqual({ by: 5 });
    expect(attrsOf(() => timesThree(1 as never, { by: 5 }))).toEqual({ by: 5 });
  });

  it.each([
    [[], /timesThree takes 1 tensor and options, got 0 arguments/],
    [[input('n'), 3], /got 2 arguments/],
    [[{ by: 2 }], /timesThree needs a tensor, got object/],
  ])('refuses other arguments', (args, message) => {
    expect(() =>
      layer({ x: input('n') }, () => (timesThree as (...a: unknown[]) => Tensor)(...args)).trace(),
    ).toThrow(message);
  });

  it.each([
    [{ law: '' }, "operator 'bad' needs 'law', the formula, in one line"],
    [{ sample: undefined }, "operator 'bad' needs 'sample'"],
    [{ vjp: undefined }, "operator 'bad' needs 'vjp'"],
    [{ name: 'no good' }, "operator 'no good': a name has letters"],
    [{ name: 'matmul' }, "operator 'matmul' is one of oftc's own: choose another name"],
    [{ name: 'timesThree' }, "operator 'timesThree' is defined twice in "],
    [
      { sample: () => apply('literal', [], { value: { num: 1n, den: 1n } }) },
      "operator 'bad': sample must return apply('bad', …)",
    ],
  ])('is refused with %o', (changes, message) => {
    const definition = {
      name: 'bad',
      law: 'a',
      type: ([a]: readonly never[]) => a!,
      vjp: () => [],
      lower: () => undefined,
      sample: () => apply('bad', []),
      ...changes,
    };
    expect(() => defineOperator(definition as never)).toThrow(message);
    // The refused operator is not registered.
    expect(() => apply('bad', [])).toThrow('unknown operator');
  });
});

describe('a rule', () => {
  it('takes part in later compilations, after those of oftc', () => {
    expect(fired()).toEqual([]);
    defineRule(rule('split'));
    expect(fired()).toEqual(['split']);
    expect(allRules().slice(0, builtIn.length)).toEqual(builtIn);
    forget(new Set([HERE]));
    times('timesThree');
    expect(fired()).toEqual([]);
  });

  it('keeps compiled Plans out of stores, which cannot see its code', () => {
    const plain = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(2), { name: 'plain' }).trace();
    expect(keyOf(plain, undefined, {})).toEqual(expect.any(String));
    expect(keyOf(program, undefined, {})).toBeUndefined();
    defineRule(rule('split'));
    expect(keyOf(plain, undefined, {})).toBeUndefined();
    forget(new Set([HERE]));
    times('timesThree');
  });

  it('that approximates fires only where the compilation asks for it', () => {
    defineRule(
      rule('rough', {
        numerics: 'approximates',
        build: (n) => (n.attrs.by === 3 ? apply('timesThree', n.args, { by: 4 }) : undefined),
      }),
    );
    expect(fired()).toEqual([]);
    expect(fired(['approximates'])).toEqual(['rough']);
    expect(compileProgram(program, { gradients: false, sizes: { in: 2 } }).passes[0]!.fired).toEqual([]);
  });

  it.each([
    [{ instance: undefined }, "rule 'bad' needs 'instance'"],
    [{ law: '' }, "rule 'bad' needs 'law'"],
    [{ numerics: 'close' }, "rule 'bad': numerics is 'exact', 'reassociates' or 'approximates', not 'close'"],
    [{ pattern: { op: 'nothing' } }, "rule 'bad' matches 'nothing', which is no operator"],
    [
      { pattern: { op: 'timesThree', args: [{ op: ['exp', 'nothing'] }] } },
      "rule 'bad' matches 'nothing', which is no operator",
    ],
    [
      { pattern: { op: 'timesThree', some: { op: 'exp', through: ['nothing'] } } },
      "rule 'bad' matches 'nothing', which is no operator",
    ],
    [{ build: () => undefined }, "rule 'bad' does not fire on its own instance timesThree(t0, by: 3)"],
    [
      { pattern: { op: 'timesThree', args: [{ op: 'exp' }] } },
      "rule 'bad' does not fire on its own instance timesThree(t0, by: 3)",
    ],
    [
      { build: (n: OpNode) => apply('sum', n.args, { axes: [0] }) },
      "rule 'bad' changes the type of its instance timesThree(t0, by: 3) from f32(2) to f32(1)",
    ],
    [{ build: (n: Node) => n }, "rule 'bad' fires without end on its instance timesThree(t0, by: 3)"],
    [{ name: 'matmul-flatten' }, "rule 'matmul-flatten' is one of oftc's own"],
  ])('is refused with %o', (changes, message) => {
    const before = allRules();
    expect(() => defineRule(rule('bad', changes as Partial<Rule>))).toThrow(message);
    expect(allRules()).toEqual(before);
  });
});

it('a rule of a name that the file has given already is refused', () => {
  defineRule(rule('again'));
  expect(() => defineRule(rule('again'))).toThrow("rule 'again' is defined twice in ");
  forget(new Set([HERE]));
  times('timesThree');
});

describe('the transpose of an operator', () => {
  const shape = { a: input('n', 'n') };
  const turning = (name: string) =>
    defineOperator<<S extends readonly string[]>(a: Tensor<S>) => Tensor<S>>({
      name,
      law: 'a³',
      type: ([a]) => a!,
      transpose: (node) => apply(name, [transposed(node.args[0]!)]),
      vjp: () => [undefined],
      lower: (node, ctx) => {
        const axes = axesOf(node.type.shape);
        const a = load(0, indices(axes));
        return map(node, axes, [ctx.lower(node.args[0]!)], call('mul', a, call('mul', a, a)));
      },
      sample: (draw) => apply(name, [draw.tensor(2, 3)]),
    });
  const rules = () => allRules().map((r) => r.name);
  const text = (f: (a: Tensor<['n', 'n']>) => Tensor) =>
    printNode(derive(layer(shape, ({ a }) => f(a)).trace(), { gradients: false }).program.outputs[0]!.node);

  it('is pushed inside by a rule, unless the value is used elsewhere, too', () => {
    const turned = turning('turned');
    expect(text((a) => turned(a).T)).toBe('turned(aᵀ)');
    expect(text((a) => turned(a).matmul(turned(a).T))).toBe('turned(a)·turned(a)ᵀ');
  });

  it('goes with the operator, and its rule has a name of its own', () => {
    expect(rules()).toContain('transpose-turned');
    expect(() => defineRule(rule('transpose-turned'))).toThrow(
      "rule 'transpose-turned' is one of oftc's own: choose another name",
    );
    forget(new Set([HERE]));
    expect(rules()).not.toContain('transpose-turned');
    times('timesThree');
    defineRule(rule('transpose-turned'));
    expect(() => turning('turned')).toThrow("rule 'transpose-turned' is registered twice");
    expect(registered('turned')).toBeUndefined();
  });
});
