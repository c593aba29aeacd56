/** A sample of the cases that `npm run test:bad-inputs` draws. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAMILIES } from './families.ts';
import { writeFixtures } from './fixtures.ts';
import { runCase } from './run-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-bad-'));
beforeAll(() => writeFixtures(join(folder, 'good')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(Object.keys(FAMILIES))(
  'a command on bad input of kind %s neither crashes nor hangs, and changes only its output',
  async (family) => {
    for (const seed of [1, 2]) {
      const met = await runCase(join(folder, 'good'), join(folder, 'scratch'), family, seed);
      expect(met.problems, `${met.title}: oftc ${met.argv.join(' ')}\n${met.output}`).toEqual([]);
    }
  },
);
