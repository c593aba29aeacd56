/**
 * The table of ways: what each does, which way it is compared with, and how nearly the two agree. The command
 * `npm run differential`, the properties in `npm test` and the page of tests read it.
 */
import type { Way } from './way.ts';
import { BROWSER } from './ways/browser.ts';
import { ON_DEVICE } from './ways/device.ts';
import { EXACT } from './ways/exact.ts';
import { LOOPS } from './ways/loops.ts';
import { TORCH } from './ways/torch.ts';

export const WAYS: readonly Way[] = [...EXACT, ...LOOPS, ...ON_DEVICE, TORCH, BROWSER];

/** The ways of the given names, or first words of names; all without any. Throws for an unknown one. */
export function waysNamed(names: readonly string[]): readonly Way[] {
  if (names.length === 0) return WAYS;
  const matches = (way: Way, name: string) =>
    way.name === name || way.name.split(' ')[0] === name || way.needs === name;
  const unknown = names.find((name) => !WAYS.some((way) => matches(way, name)));
  if (unknown !== undefined)
    throw new Error(`there is no way '${unknown}': name ${WAYS.map((w) => `'${w.name}'`).join(', ')}`);
  return WAYS.filter((way) => names.some((name) => matches(way, name)));
}

/** The table as Markdown. */
export const tableText = (): string =>
  [
    '| Way | What it does | Agrees with | Within | Needs |',
    '|---|---|---|---|---|',
    ...WAYS.map((w) => `| ${w.name} | ${w.says} | ${w.with} | ${w.within} | ${w.needs} |`),
  ].join('\n');
