/** Commands keep compiled Plans in the cache folder, unless OFTC_PLANS=off. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { at, MODEL } from '../finetune/tiny.ts';
import { oftc } from './harness.ts';

afterEach(() => vi.unstubAllEnvs());

/** Plans a run, with a cache folder of its own. Returns the entries for compiled Plans, with their times. */
async function entriesAfter(cache: string, plans: string): Promise<Readonly<Record<string, number>>> {
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('OFTC_PLANS', plans);
  const argv = ['plan', '--model', MODEL, '--adapter', 'hra', '--set', 'r=2', '--targets', 'q_proj'];
  const { exit, stderr } = await oftc(...argv, '--length', '7', '--batch', '2');
  expect(exit, stderr).toBe(0);
  const folder = join(cache, 'oftc/plans');
  if (!existsSync(folder)) return {};
  // A command's process goes on until its entries are written. Here it is this one, and an entry has another name till then.
  while (readdirSync(folder).some((name) => name.endsWith('.tmp'))) await setImmediate();
  return Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

it.runIf(process.platform === 'linux')(
  'a command writes compiled Plans to the cache folder, takes them from there, and does neither with OFTC_PLANS=off',
  async () => {
    expect(await entriesAfter(at('without'), 'off')).toEqual({});
    const first = await entriesAfter(at('with'), 'on');
    expect(Object.keys(first).length).toBeGreaterThan(0);
    expect(await entriesAfter(at('with'), 'on')).toEqual(first);
  },
);
