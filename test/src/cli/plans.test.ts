/** Commands keep compiled Plans in the cache folder, unless OFTC_PLANS=off. Needs `npm run build`. */
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { oftcStarted } from '../finetune/kills/process.ts';
import { at, MODEL } from '../finetune/tiny.ts';

afterEach(() => vi.unstubAllEnvs());

/**
 * Plans a run in a process, with a cache folder of its own. Returns the entries for compiled Plans, with their times, once
 * the process has ended: a command gives its result before its entries are written, and the process goes on until they are.
 */
async function entriesAfter(cache: string, plans: string): Promise<Readonly<Record<string, number>>> {
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('OFTC_PLANS', plans);
  const argv = ['plan', '--model', MODEL, '--adapter', 'hra', '--set', 'r=2', '--targets', 'q_proj'];
  const { exit, stderr } = await oftcStarted(...argv, '--length', '7', '--batch', '2').ended;
  expect(exit, stderr).toBe(0);
  const folder = join(cache, 'oftc/plans');
  if (!existsSync(folder)) return {};
  return Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

it.runIf(process.platform === 'linux')(
  'a command writes compiled Plans to the cache folder, takes them from there, and does neither with OFTC_PLANS=off',
  async () => {
    expect(await entriesAfter(at('without'), 'off')).toEqual({});
    const first = await entriesAfter(at('with'), 'on');
    expect(Object.keys(first).length).toBeGreaterThan(0);
    expect(await entriesAfter(at('with'), 'on')).toEqual(first);
    // An entry that is gone is written again: one that is there was read.
    const [gone] = Object.keys(first);
    unlinkSync(join(at('with'), 'oftc/plans', gone!));
    const { [gone!]: again, ...others } = await entriesAfter(at('with'), 'on');
    expect(again).toBeGreaterThan(first[gone!]!);
    expect({ ...others, [gone!]: first[gone!] }).toEqual(first);
  },
);

it('the store of compiled Plans is given to the commands that docs/security.md names, and to no other', () => {
  const root = fileURLToPath(new URL('../../../src/cli', import.meta.url));
  const users = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(join(root, file), 'utf8').includes('plansFor(io)'),
  );
  expect(users.sort()).toEqual([
    'commands/eval-images.ts',
    'commands/eval.ts',
    'commands/merge-images.ts',
    'commands/merge.ts',
    'commands/plan.ts',
    'commands/run.ts',
    'finetune/engine.ts',
    // finetune with images.
    'finetune/image-job.ts',
    // convert, eval and generate.
    'finetune/with-model.ts',
    'plan/images.ts',
  ]);
});
