/** A sample of `npm run differential`: every way of running a random program agrees with the way that the table names. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { readCall } from '../differential/calls.ts';
import { type OpenHosts, openHosts } from '../differential/hosts.ts';
import { runShard } from '../differential/shard.ts';
import { tableText, waysNamed } from '../differential/table.ts';
import type { Way } from '../differential/way.ts';
import { EXACT } from '../differential/ways/exact.ts';
import { LOOPS } from '../differential/ways/loops.ts';
import { runs } from '../support/runs.ts';

async function expectAgreement(
  ways: readonly Way[],
  { numRuns, seed }: ReturnType<typeof runs>,
  hosts: OpenHosts = openHosts(),
): Promise<void> {
  try {
    const { counts, found } = await runShard(ways, seed, numRuns, hosts);
    expect(found).toEqual([]);
    for (const [{ name }, { taken }] of counts) expect(taken, name).toBeGreaterThan(0);
  } finally {
    await hosts.close();
  }
}

it('ways without a driver agree with the program as written', () => expectAgreement(EXACT, runs(25, 1000)));

it('the kernels of each class, interpreted, agree with the program as written', () =>
  expectAgreement(LOOPS, runs(6, 300)));

it('a built module and a session on a device agree bit for bit', () =>
  expectAgreement(waysNamed(['built']), runs(8, 200)));

it('CONTRIBUTING has the table', () => {
  const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  expect(page).toContain(tableText());
});

/** Calls that disagreed once. A file says why its way skips the call now, where it does. */
const KEPT = new URL('../differential/kept/', import.meta.url);
const hosts = openHosts();
afterAll(() => hosts.close());

it.each(readdirSync(KEPT))(
  'the kept %s agrees, or is skipped for the reason that it states',
  async (file) => {
    const { way, call, skipped } = JSON.parse(readFileSync(new URL(file, KEPT), 'utf8'));
    const ways = waysNamed([way]);
    expect(ways).not.toEqual([]);
    for (const own of ways)
      expect(await own.check(readCall(call), hosts)).toEqual(skipped === undefined ? undefined : { skipped });
  },
);
