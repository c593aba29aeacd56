/** The message of an error deep in helpers and loops lists every call and iteration on the way. */
import { expect, it } from 'vitest';
import { runExample } from './run-example.ts';

const source = `import { frozen, input, layer, type Tensor } from 'oftc';

const multiply = (a: Tensor, b: Tensor) => a.matmul(b);
const rotate = (x: Tensor, R: Tensor) => multiply(x, R);
function apply(x: Tensor, R: Tensor) {
  return rotate(x, R);
}

export const deep = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => {
  let y: Tensor = x;
  for (let k = 0; k < 4; k++) {
    for (const mode of ['plain', 'plain', 'turned']) {
      if (k === 2 && mode === 'turned') y = apply(y, W);
    }
  }
  return y;
});
`;

it('the message lists three helpers and two loops', async () => {
  const { text } = await runExample({ source });
  await expect(text).toMatchFileSnapshot('golden-chains/helpers-in-loops.txt');
  const places = [...text.matchAll(/^ {2}layer\.ts:(\d+):/gm)].map((m) => Number(m[1]));
  expect(text).toMatch(/^layer\.ts:3:44 - error OFT2001/);
  expect(places).toEqual([4, 6, 13, 12, 11]);
  expect(text).toContain('reached from here, where mode = "turned"');
  expect(text).toContain('reached from here, where k = 2');
});

it('the message lists a callback, at the element that is wrong', async () => {
  const { text } = await runExample({
    source: `import { frozen, input, layer, list, type Tensor } from 'oftc';

export const chain = layer(
  { x: input('tokens', 'in'), A: list(2, frozen('in', 'in')), B: frozen('out', 'in') },
  ({ x, A, B }) => [...A, B].reduce((y: Tensor, M: Tensor) => y.matmul(M), x),
);
`,
  });
  await expect(text).toMatchFileSnapshot('golden-chains/callback.txt');
  expect(text).toContain('reached from here, at element 3 of 3');
});

it('the message lists a layer that is called, and a module', async () => {
  const { text } = await runExample({
    source: `import { frozen, input, layer } from 'oftc';

const inner = layer({ x: input('n', 'k'), W: frozen('m', 'k') }, ({ x, W }) => x.matmul(W as never));
export const outer = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => inner({ x, W }));
`,
  });
  expect(text).toMatch(/layer\.ts:3:80 - error OFT2001: .*'in' do not match rows 'out'/);
  expect(text).toMatch(/layer\.ts:4:96\n.*\n.*\n {4}reached from here/);
});

it('recursion is counted, not repeated', async () => {
  const { text } = await runExample({
    source: `import { input, layer, type Tensor } from 'oftc';

const even = (x: Tensor, n: number): Tensor => odd(x, n + 1);
const odd = (x: Tensor, n: number): Tensor => even(x, n + 1);
export const endless = layer({ x: input('tokens', 'in') }, ({ x }) => even(x, 0));
`,
  });
  expect(text.split('reached from here')).toHaveLength(13);
});
