/** The thread that renders chat templates: its replies, the steps that it reports, and the sizes that it refuses. */
import { Interpreter } from '@huggingface/jinja';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { answer, type RenderReply, type Variables } from '../../../../src/formats/chat/answer.ts';
import { boundedRange, boundValues } from '../../../../src/formats/chat/sizes.ts';

const { most } = limits.renderedCharacters;
const setLimit = (characters: number) => Object.assign(limits.renderedCharacters, { most: characters });
afterEach(() => setLimit(most));

/** The reply for a template, and the steps that were reported. */
function replied(source: string, renderings: readonly Variables[] = [{}]): [RenderReply, number[]] {
  const steps: number[] = [];
  return [answer({ source, renderings }, (step) => steps.push(step)), steps];
}

describe('a reply', () => {
  it('has a text for each rendering, each of which is a step after that of the template', () => {
    expect(replied('{{ x }}!', [{ x: 'a' }, { x: 'b' }])).toEqual([{ texts: ['a!', 'b!'] }, [1, 2, 3]]);
    expect(replied('{{ x }}?', [{ x: 'a' }])).toEqual([{ texts: ['a?'] }, [1, 2]]);
    expect(replied('{{ x }}?', [])).toEqual([{ texts: [] }, [1]]);
  });

  it('names the rendering that fails and its message', () => {
    const source = '{% if x %}{{ raise_exception(x) }}{% else %}so{% endif %}';
    expect(replied(source, [{}, { x: 'not today' }, {}])).toEqual([
      { failed: 1, why: 'not today' },
      [1, 2, 3],
    ]);
    expect(replied('{{ raise_exception() }}')[0]).toEqual({
      failed: 0,
      why: 'it raises an exception without a message',
    });
  });

  it('keeps what the interpreter says of an error of its type, and for a template that ends too early says more', () => {
    const unfinished = 'it does not parse, and a block or an expression in it may not be closed';
    expect(replied('{% for x in y %}')).toEqual([{ failed: -1, why: unfinished }, [1]]);
    expect(replied('{{ 1 +')).toEqual([{ failed: -1, why: unfinished }, [1]]);
    expect(replied('{% unless %}')[0]).toEqual({ failed: -1, why: 'Unknown statement type: unless' });
    const fails = () => {
      throw new TypeError('not a day');
    };
    expect(replied('{{ f() }}', [{ f: fails }])[0]).toEqual({ failed: 0, why: 'not a day' });
    const throws = () => {
      throw 'no error';
    };
    expect(replied('{{ f() }}', [{ f: throws }])[0]).toEqual({ failed: 0, why: 'no error' });
  });

  it('takes the next template after one that does not parse', () => {
    expect(replied('a')[0]).toEqual({ texts: ['a'] });
    expect(replied('{% if')[0]).toMatchObject({ failed: -1 });
    expect(replied('b')[0]).toEqual({ texts: ['b'] });
  });
});

describe('values of a template', () => {
  it('are bounded in whatever way an interpreter computes them', () => {
    setLimit(8);
    const { evaluate } = Interpreter.prototype;
    const evaluated = (value: unknown) => {
      Interpreter.prototype.evaluate = () => ({ value }) as ReturnType<typeof evaluate>;
      boundValues();
      return () => Interpreter.prototype.evaluate(...([] as unknown as Parameters<typeof evaluate>)).value;
    };
    try {
      for (const value of ['12345678', [1, 2, 3, 4, 5, 6, 7, 8], 9]) expect(evaluated(value)()).toBe(value);
      expect(evaluated('123456789')).toThrow('it makes 9 characters, more than 8');
      expect(evaluated([1, 2, 3, 4, 5, 6, 7, 8, 9])).toThrow('it makes 9 elements of a list, more than 8');
    } finally {
      Interpreter.prototype.evaluate = evaluate;
    }
  });

  it('may have as many characters as the limit, and no more', () => {
    setLimit(8);
    expect(replied('{{ "ab" ~ x }}c', [{ x: 'defgh' }])[0]).toEqual({ texts: ['abdefghc'] });
    expect(replied('{{ "ab" ~ x }}cc', [{ x: '' }, { x: 'defgh' }])[0]).toEqual({
      failed: 1,
      why: 'it makes 9 characters, more than 8',
    });
    const length = '{{ (x ~ x) | length }}';
    expect(replied(length, [{ x: 'abcd' }])[0]).toEqual({ texts: ['8'] });
    expect(replied(length, [{ x: 'abcde' }])[0]).toEqual({
      failed: 0,
      why: 'it makes 10 characters, more than 8',
    });
  });

  it('may be lists of as many elements as the limit, and no more', () => {
    setLimit(8);
    const length = '{{ (x + x) | length }}';
    expect(replied(length, [{ x: [1, 2, 3, 4] }])[0]).toEqual({ texts: ['8'] });
    expect(replied(length, [{ x: [1, 2, 3, 4, 5] }])[0]).toEqual({
      failed: 0,
      why: 'it makes 10 elements of a list, more than 8',
    });
  });

  it('are counted by a range that makes no longer list', () => {
    setLimit(8);
    const counted = '{% for i in range(n) %}{{ i }}{% endfor %}';
    expect(replied(counted, [{ n: 8 }])[0]).toEqual({ texts: ['01234567'] });
    expect(replied(counted, [{ n: 9 }])[0]).toEqual({
      failed: 0,
      why: 'it makes 9 elements of a list, more than 8',
    });
  });
});

describe('range', () => {
  it('refuses a list that is too long before it makes it', () => {
    setLimit(8);
    expect(boundedRange(8)).toHaveLength(8);
    expect(() => boundedRange(9)).toThrow(new RangeError('it makes 9 elements of a list, more than 8'));
  });

  it.each([
    [[3], [0, 1, 2]],
    [[0], []],
    [[-2], []],
    [
      [2, 5],
      [2, 3, 4],
    ],
    [[5, 2], []],
    [
      [1, 7, 2],
      [1, 3, 5],
    ],
    [
      [1, 8, 2],
      [1, 3, 5, 7],
    ],
    [
      [5, 0, -2],
      [5, 3, 1],
    ],
    [[0, 5, -1], []],
    [
      [-1, 1],
      [-1, 0],
    ],
  ])("counts as Python's: %j", (given, numbers) => {
    expect(boundedRange(...given)).toEqual(numbers);
  });

  it.each([
    [[]],
    [[1.5]],
    [[0, 5, 0]],
    [[0, 5, 0.5]],
    [[1, 2, 3, 4]],
    [['a']],
    [['a', 3]],
    [[3, null]],
    [[NaN]],
  ])('refuses what are not one to three whole numbers: %j', (given) => {
    expect(() => boundedRange(...given)).toThrow(
      new RangeError('range() takes one to three whole numbers, of which the step is not 0'),
    );
  });
});
