/** The options of `oftc/models` are checked before anything is read or generated. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from '../../../src/finetune/api.ts';
import type { ContinueOptions, LoadOptions } from '../../../src/finetune/api-options.ts';
import { compile } from '../../../src/index.ts';
import { MODEL } from './tiny.ts';

const options = (of: object): LoadOptions => of;

it.each([
  [
    { foo: 1 },
    /^loadModel\(\) has no option 'foo'; its options are adapters, compose, device, quantize, plans$/,
  ],
  [{ adapter: {} }, /has no option 'adapter'; .*Did you mean 'adapters'\?$/],
  [{ adapters: ['run/adapter'] }, /^the option adapters must be an object of folders by name, not a list/],
  [{ adapters: 'run/adapter' }, /^the option adapters must be an object of folders by name/],
  [{ adapters: { a: 1 } }, /^the adapter 'a' must be the path of a folder, not 1$/],
  [{ compose: 'a' }, /^the option compose must be a list of names of adapters/],
  [{ compose: ['a', 'b', 'a'] }, /^the option compose names 'a' twice: name each adapter once$/],
  [
    { adapters: { 'a+b': 'x', a: 'y', b: 'z' }, compose: ['a', 'b'] },
    /^'a\+b' names an adapter, and the composition of a and b too: rename the adapter$/,
  ],
  [{ quantize: 4 }, /^the option quantize must be the name of a form, such as nf4-double, not 4$/],
  [{ plans: {} }, /^the option plans must be a store of Plans, such as planFolder\(\)/],
  [null, /^the options of loadModel\(\) must be an object of options, not null$/],
])('loadModel with %j', async (given, message) => {
  await expect(loadModel(MODEL, options(given as object))).rejects.toMatchObject({
    code: 'OFT4016',
    message: expect.stringMatching(message),
  });
});

let model: LoadedModel;
beforeAll(async () => {
  model = await loadModel(MODEL, { device: 'cpu' });
});
afterAll(() => model.dispose());

it.each([
  [{ temperature: -1 }, /^the option temperature must be a number of at least 0, not -1$/],
  [{ temperature: Number.NaN }, /temperature must be a number of at least 0, not NaN$/],
  [{ temperature: Infinity }, /temperature/],
  [{ temperature: 'hot' }, /temperature/],
  [{ topK: 0 }, /^the option topK must be a whole number of at least 1, not 0$/],
  [{ topK: 1.5 }, /topK/],
  [{ tokens: -1 }, /^the option tokens must be a whole number of at least 0, not -1$/],
  [{ tokens: 2.5 }, /tokens/],
  [{ seed: 1.5 }, /^the option seed must be a whole number of at least 0, not 1.5$/],
  [{ topk: 3 }, /^continue\(\) has no option 'topk'; .*Did you mean 'topK'\?$/],
])('continue with %j', async (given, message) => {
  await expect(model.continue('a', given as ContinueOptions)).rejects.toMatchObject({
    code: 'OFT4016',
    message: expect.stringMatching(message),
  });
});

it('continue goes on from a text', async () => {
  await expect(model.continue('', { tokens: 1 })).rejects.toMatchObject({
    code: 'OFT4016',
    message: "the prompt must be a text to go on from, not ''",
  });
  expect(await model.continue('a', { tokens: 0, temperature: 0, topK: 1, seed: 0 })).toBe('');
});

it('a loss is of a text of at least two tokens', async () => {
  for (const text of ['', 'a', undefined as never])
    await expect(model.loss(text)).rejects.toMatchObject({
      code: 'OFT4016',
      message: expect.stringMatching(/^the text of loss\(\) must be a text of at least two tokens, not /),
    });
  expect(await model.loss('a b')).toBeGreaterThan(0);
});

it('a model that is disposed is not used again', async () => {
  const own = await loadModel(MODEL, { device: 'cpu' });
  own.dispose();
  const disposed = {
    code: 'OFT4007',
    message: expect.stringMatching(/^the model of .* is disposed; load it again$/),
  };
  expect(() => own.use()).toThrow(expect.objectContaining(disposed));
  await expect(own.continue('a')).rejects.toMatchObject(disposed);
  await expect(own.loss('a b')).rejects.toMatchObject(disposed);
  own.dispose();
});

it.each([{}, { read: () => undefined }, null, 'folder'])('compile refuses the store %j', async (plans) => {
  const compiled = compile('examples/oft.ts', {
    dims: { in: 8, out: 8, b: 4 },
    device: 'cpu',
    plans: plans as never,
  });
  await expect(compiled).rejects.toMatchObject({
    code: 'OFT4016',
    message: expect.stringMatching(/^the option plans must be a store of Plans, such as planFolder\(\)/),
  });
});
