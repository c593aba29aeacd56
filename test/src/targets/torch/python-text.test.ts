/** Names that Python takes, and lines of a readable length. */
import { expect, it } from 'vitest';
import {
  isAttribute,
  line,
  pythonName,
  tensorName,
  wrapped,
} from '../../../../src/targets/torch/python-text.ts';

it('keywords and the number of tokens name no tensor', () => {
  expect(['weight', 'lambda', '0'].map(isAttribute)).toEqual([true, false, false]);
  expect(['tokens', 'v.0', 'in'].map(tensorName)).toEqual(['tokens_', 'v_0', 'in_']);
  expect(pythonName('tokens')).toBe('tokens');
});

const [a, b] = ['a'.repeat(60), 'b'.repeat(60)];

it('a line has at most 100 characters', () => {
  const whole = `f(${'a'.repeat(97)})`;
  expect(line('', whole)).toEqual([whole]);
  const said = `f(${'a'.repeat(92)})`;
  expect(line('', said, 'w')).toEqual([`${said}  # w`]);
  expect(line('', `${whole} `)).toHaveLength(3);
  expect(line('', whole, 'why')).toEqual(['# why', whole]);
  expect(line('', `f(${a})`, 'why')).toEqual([`f(${a})  # why`]);
});

it('a comment is broken between words', () => {
  expect(wrapped('# ', `${a} ${b} c`)).toEqual([`# ${a}`, `# ${b} c`]);
  expect(wrapped('# ', a + b)).toEqual([`# ${a}${b}`]);
});

it.each([
  ['arguments', `y = f(${a}, ${b})`, ['y = f(', `    ${a},`, `    ${b},`, ')']],
  ['arguments without spaces', `f(${a},${b},)`, ['f(', `    ${a},`, `    ${b},`, ')']],
  ['a call in a call', `f(g(${a}, ${b}))`, ['f(', '    g(', `        ${a},`, `        ${b},`, '    ),', ')']],
  [
    'a call in brackets of its own',
    `y = (g(${a}, ${b}))`,
    ['y = (', '    g(', `        ${a},`, `        ${b},`, '    )', ')'],
  ],
  ['a short body', `y = f(${'a'.repeat(95)})`, ['y = f(', `    ${'a'.repeat(95)}`, ')']],
  ['parameters', `def f(${a}, ${b}) -> g(c):`, ['def f(', `    ${a},`, `    ${b},`, ') -> g(c):']],
])('a long line with %s is broken within its last brackets', (_, code, lines) => {
  expect(line('', code)).toEqual(lines);
});

it.each([`f(${a}, ${b})()`, `${a} + ${b}`])('a line without anything in its last brackets stays', (code) => {
  expect(line('', code)).toEqual([code]);
});
