import { expect, it } from 'vitest';
import { type Contender, takeTurns } from '../../bench/interleave.ts';

/** A contender that notes its turns; its n-th sample takes n seconds. */
function contender(name: string, turns: string[], more: Partial<Contender> = {}): Contender {
  let n = 0;
  const run = async () => {
    turns.push(name);
    n++;
    return { wall: n, cpu: 2 * n };
  };
  return { name, repeats: 1, run, ...more };
}

it('all contenders come first equally often, and each has one sample of a round', async () => {
  const turns: string[] = [];
  const times = await takeTurns(
    ['a', 'b', 'c'].map((n) => contender(n, turns)),
    3,
  );
  expect(turns.join('')).toBe('abcacbcab');
  expect(times.b).toEqual({ wall: [1, 2, 3], cpu: [2, 4, 6] });
});

it('samples stay with their round where a contender sits some out', async () => {
  const turns: string[] = [];
  const times = await takeTurns([contender('a', turns), contender('slow', turns, { atMost: 2 })], 4);
  expect(times.slow!.wall).toEqual([1, undefined, 2, undefined]);
  expect(times.a!.wall).toEqual([1, 2, 3, 4]);
});

it('leaves out an optional contender that fails, with the reason, and no other', async () => {
  const turns: string[] = [];
  const run = async () => Promise.reject(new Error('its process ended'));
  const failed: Record<string, string> = {};
  const times = await takeTurns(
    [contender('a', turns), contender('peer', turns, { run, optional: true })],
    2,
    failed,
  );
  expect(Object.keys(times)).toEqual(['a']);
  expect(failed).toEqual({ peer: 'its process ended' });
  await expect(takeTurns([contender('own', turns, { run })], 1)).rejects.toThrow('its process ended');
});
