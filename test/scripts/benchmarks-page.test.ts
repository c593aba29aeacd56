import { expect, it } from 'vitest';
import { limitTables } from '../../scripts/benchmarks-page.ts';

const all = (median: number) => ({ median, low: median / 2, high: median * 2, runs: 3 });
const both = (median: number) => ({ wall: all(median), cpu: all(median) });
const machine = { device: 'llvmpipe: Mesa', cores: 2 };

it('a report is a table of its rows, and a report without rows is named with the command that measures it', () => {
  const row = {
    row: 'one token',
    flops: 1,
    bytes: 1,
    seconds: both(0.5),
    limitSeconds: both(0.0125),
    share: both(0.25),
  };
  const failed = { ...row, row: 'no rates', share: { wall: undefined, cpu: undefined } };
  const reports = {
    bandwidth: { machine, rounds: 3, limits: [row, failed] },
    layers: { machine, rounds: 15 },
    parts: undefined,
  };
  expect(limitTables(reports)).toBe(`**bandwidth**: llvmpipe, 2 cores, 3 rounds

| | Time | Limit | Of its limit |
|---|--:|--:|--:|
| one token | 500 ms | 12.5 ms | 25 % [13, 50] |
| no rates | 500 ms | 12.5 ms | – |

Not yet measured beside a limit: \`npm run bench -- layers parts\` does so.`);
});
