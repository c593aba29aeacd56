/** The nodes that a rule's pattern matches. */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import '../../../compiler/ops/index.ts';
import { scaled, transposed } from '../../../compiler/ops/nodes.ts';
import { LINEAR, matches, type Pattern } from '../../../compiler/rewrite/rule.ts';

const tensor = (name: string) =>
  input(name, 'trainable', { shape: [dimConst(2), dimConst(2)], dtype: 'f32' });
const [A, B] = [tensor('A'), tensor('B')];
const sum = apply('add', [A, B]);
const product = apply('matmul', [A, B]);

describe('a pattern', () => {
  it.each<[string, Pattern, boolean]>([
    ['its operator', { op: 'add' }, true],
    ['no other operator', { op: 'mul' }, false],
    ['one of its operators', { op: ['mul', 'add'] }, true],
    ['none of its operators', { op: ['mul', 'div'] }, false],
  ])('matches a sum by %s', (_, pattern, expected) => {
    expect(matches(pattern, sum)).toBe(expected);
  });

  it.each<[string, Pattern, boolean]>([
    ['one argument, wherever it stands', { op: 'matmul', some: { op: 'add' } }, true],
    ['the arguments in order', { op: 'matmul', args: ['any', { op: 'add' }] }, true],
    ['an argument in another place', { op: 'matmul', args: [{ op: 'add' }] }, false],
    ['more arguments than there are', { op: 'matmul', args: ['any', 'any', { op: 'add' }] }, false],
    ['what an argument has inside', { op: 'matmul', some: { op: 'add', some: { op: 'scale' } } }, false],
  ])('matches A·(A + B) by %s', (_, pattern, expected) => {
    expect(matches(pattern, apply('matmul', [A, sum]))).toBe(expected);
  });

  it('matches an argument under the operators that may stand around it, and under no others', () => {
    const under = (...through: readonly string[]) => ({ op: 'expm', args: [{ op: 'matmul', through }] });
    const exponential = apply('expm', [scaled(2, transposed(scaled(3, product)))]);
    expect(matches(under(...LINEAR), exponential)).toBe(true);
    expect(matches(under('scale'), exponential)).toBe(false);
    expect(matches(under(), exponential)).toBe(false);
    expect(matches(under(...LINEAR), apply('expm', [product]))).toBe(true);
    expect(matches(under(...LINEAR), apply('expm', [scaled(2, A)]))).toBe(false);
  });
});
