/** The names that a chat template sees: values of the conversation, and two functions that compute alone. */
import { Environment } from '@huggingface/jinja';
import { expect, it, vi } from 'vitest';
import { answer } from '../../../../src/formats/chat/answer.ts';
import { RANGE } from '../../../../src/formats/chat/sizes.ts';

it('a template sees the names of its conversation, a clock that is taken away, and no other function', () => {
  const names = new Map<string, unknown>();
  const { set } = Environment.prototype;
  const spy = vi.spyOn(Environment.prototype, 'set').mockImplementation(function (
    this: Environment,
    name: string,
    value: unknown,
  ) {
    names.set(name, value);
    return set.call(this, name, value);
  });
  const renderings = [{ messages: [], add_generation_prompt: true, bos_token: '<s>' }];
  const source = '{{ strftime_now is undefined }} {{ range(3) | length }}';
  expect(answer({ source, renderings }, () => {})).toEqual({ texts: ['true 3'] });
  spy.mockRestore();
  const functions = [...names].flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  // The prelude puts its own range in the place of the library's, and nothing in that of the clock.
  expect(functions.sort()).toEqual([RANGE, 'raise_exception', 'range', 'strftime_now'].sort());
  expect([...names.keys()].filter((name) => !functions.includes(name)).sort()).toEqual(
    ['True', 'False', 'None', 'true', 'false', 'none', ...Object.keys(renderings[0]!)].sort(),
  );
});
