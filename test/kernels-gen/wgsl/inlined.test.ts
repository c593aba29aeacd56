/** Inlining of WGSL: a value that is used once moves into its use, except where that would change the result. */
import { describe, expect, it } from 'vitest';
import { inlined } from '../../../kernels-gen/wgsl/inlined.ts';

const of = (...lines: string[]) => inlined(lines.join('\n')).split('\n');

describe('a value that is used once', () => {
  it('is written where it is used', () => {
    expect(of('let i_0 = 4 * lane;', 'let i_1 = i_0 + 3;', 'out[i_1] = 1.0f;')).toEqual([
      'out[4 * lane + 3] = 1.0f;',
    ]);
  });
  it.each([
    ['let i_0 = lane + 1;', 'out[i_0 * 4] = 0.0f;', 'out[(lane + 1) * 4] = 0.0f;'],
    ['let i_0 = lane + 1;', 'out[4 - i_0] = 0.0f;', 'out[4 - (lane + 1)] = 0.0f;'],
    ['let i_0 = lane - 1;', 'out[i_0 - 4] = 0.0f;', 'out[lane - 1 - 4] = 0.0f;'],
    ['let i_0 = lane >> 2;', 'out[i_0 + 4] = 0.0f;', 'out[(lane >> 2) + 4] = 0.0f;'],
    ['let i_0 = lane < 2;', 'if (i_0 && b) {', 'if ((lane < 2) && b) {'],
    ['let i_0 = -lane;', 'out[4 - i_0] = 0.0f;', 'out[4 - (-lane)] = 0.0f;'],
    ['let i_0 = f(lane, 1);', 'out[4 * i_0] = 0.0f;', 'out[4 * f(lane, 1)] = 0.0f;'],
    ['let v_0 = arg0[lane];', 'out[lane] = v_0.x;', 'out[lane] = arg0[lane].x;'],
  ])('has parentheses where they are needed: %s %s', (value, use, expected) => {
    const open = use.endsWith('{') ? ['}'] : [];
    expect(of(value, use, ...open)).toEqual([expected, ...open]);
  });
});

it('an unused value is removed, and values that only it used', () => {
  expect(of('let i_0 = 3 * lane;', 'let i_1 = i_0 + 1;', 'out[0] = 1.0f;')).toEqual(['out[0] = 1.0f;']);
});

describe('a value stays', () => {
  const same = (...lines: string[]) => expect(of(...lines)).toEqual(lines);

  it('where its name says what it is', () => same('let row = 3 * lane;', 'out[row] = 1.0f;'));
  it('where it is used twice', () => same('let i_0 = 3 * lane;', 'out[i_0] = arg0[i_0];'));
  it('outside of the loop that uses it', () => {
    same('let i_0 = 3 * lane;', 'for (var i = 0; i < 4; i += 1) {', ' out[i_0 + i] = 1.0f;', '}');
    same('let i_0 = 3 * lane;', 'for (var i = 0; i < i_0; i += 1) {', ' out[i] = 1.0f;', '}');
  });
  it('before a statement that may change it', () => {
    same('let i_0 = arg0[lane];', 'out[0] = 1.0f;', 'out[1] = i_0;');
    same('let i_0 = arg0[lane];', 'workgroupBarrier();', 'out[1] = i_0;');
    same('let i_0 = arg0[lane];', 'if (lane < 3) {', ' out[1] = i_0;', '}');
    same('let i_0 = subgroupAdd(1.0f);', 'if (lane < 3) {', ' out[1] = i_0;', '}');
    same('var acc = 0.0f;', 'let i_0 = acc + 1.0f;', 'acc = 2.0f;', 'out[1] = i_0 + acc;');
    same('var acc = 0.0f;', 'let i_0 = acc + 1.0f;', 'acc += 2.0f;', 'out[1] = i_0 + acc;');
  });
  it('where a name in it means another thing', () => {
    const inner = ['{', ' let b = lane;', ' out[i_0 + b] = arg0[b];', '}'];
    same('let b = 3 * lane;', 'let i_0 = b + 1;', 'out[b] = 0.0f;', ...inner);
  });
  it('where its name ends in the number of another value', () => {
    same('let w_0 = lane + 5;', 'let i_0 = 3 * lane;', 'out[0] = w_0;');
    same('let w_0 = lane + 5;', 'out[0] = w_0;', '{', ' let w_0 = lane;', ' out[1] = w_0;', '}');
  });
  it('where it is a constant that the shader compiler would evaluate', () =>
    same('let i_0 = -0.5f;', 'out[0] = i_0;'));
  it('where the line would be long', () => {
    const long = `min(${Array.from({ length: 30 }, () => 'lane').join(' + ')}, 3)`;
    same(`let i_0 = ${long};`, 'out[i_0] = 1.0f;');
  });
});
