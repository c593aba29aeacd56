/** `oftc check` prints each property as it ends, and says meanwhile what it verifies. */
import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../../../src/cli/cli.ts';
import { layerFile, OFT } from './harness.ts';

const oft = layerFile('streamed.ts', OFT);
afterEach(() => vi.restoreAllMocks());

/** Runs `check`, and returns what it wrote to each stream, in order. A second passes at each look at the clock. */
async function written(isTTY: boolean, ...more: string[]) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
  const writes: { to: 'stdout' | 'stderr'; text: string }[] = [];
  const stream = (to: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string) => writes.push({ to, text }),
  });
  const args = ['check', oft, '--device', 'cpu', '--trials', '2', ...more];
  expect(await main(args, { stdout: stream('stdout'), stderr: stream('stderr') })).toBe(0);
  return writes;
}

test('in a log, each property is a write of its own, and lines of progress stand between them', async () => {
  const writes = await written(false);
  const out = writes.filter((w) => w.to === 'stdout').map((w) => w.text);
  expect(out[0]).toBe('oft → y (tokens, out)\n');
  expect(out.slice(1, -1).map((t) => /^ {2}✓ ([^,\n]*)/.exec(t)?.[1])).toEqual([
    'derived ≡ written',
    'derived ≡ written',
    'derived ≡ written',
    'gradients ≡ central differences',
    expect.stringContaining('is orthogonal up to its truncation'),
    'merged weight',
  ]);
  expect(out.at(-1)).toMatch(/6 properties hold where they were verified/);
  const progress = writes.filter((w) => w.to === 'stderr').map((w) => w.text);
  expect(progress.length).toBeGreaterThan(1);
  for (const line of progress) expect(line).toMatch(/^Checking .* … \d+ s\n$/);
  const [first, last] = ['stderr', 'stdout'].map((to) => writes.findIndex((w) => w.to === to));
  expect(first).toBeLessThan(last!);
  expect(progress.join('')).toMatch(/exactly, over a prime field, at .*, tokens=\d+, trial \d of 2 … \d+ s/);
});

test('on a terminal, a line says what is verified from the start, and is erased before a property', async () => {
  const writes = await written(true);
  expect(writes[0]).toEqual({ to: 'stderr', text: 'Checking …' });
  writes.forEach(({ to }, i) => {
    if (to === 'stdout' && writes[i - 1]!.to === 'stderr') expect(writes[i - 1]!.text).toBe('\r\u001b[2K');
  });
  expect(writes.map((w) => w.text).join('')).toMatch(/Checking derived ≡ written.* … \d+ s/);
});

test('with --json, one object is written and no line of progress', async () => {
  const writes = await written(false, '--json');
  expect(writes.map((w) => w.to)).toEqual(['stdout']);
  expect(JSON.parse(writes[0]!.text).findings).toHaveLength(6);
});
