/** The bounded part of the fuzzers: kept cases, some fresh ones, and faults that are planted to be found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/bundled.ts';
import { planted } from './engine/bundle.ts';
import { corpusOf } from './engine/corpus.ts';
import { Fuzzer } from './engine/fuzzer.ts';
import { session } from './engine/session.ts';
import { shrunk } from './engine/shrink.ts';
import { commonest } from './outcomes.ts';
import { type Case, type Target, Wrong } from './target.ts';
import { TARGETS } from './targets/index.ts';

const targets = await Promise.all(
  TARGETS.map(async (name) => ((await import(`./targets/${name}.ts`)) as { readonly target: Target }).target),
);

it('reports the commonest outcomes, and how many others there are', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`outcome ${n}`, n + 1]));
  const listed = Object.entries(commonest(many));
  expect(listed).toHaveLength(41);
  expect(listed[0]).toEqual(['outcome 49', 50]);
  expect(listed.at(-1)).toEqual(['10 other outcomes', 55]);
  expect(commonest({ a: 1, b: 2 })).toEqual({ b: 2, a: 1 });
});

describe.each(targets)('the fuzzer of $name', (target) => {
  it('meets no failure in its good cases, in those that were kept and in fresh ones', async () => {
    const fuzzer = await Fuzzer.of(target, 20_260_101);
    const kept = corpusOf(target.name).filter((c) => c.mend !== null);
    for (const input of [...fuzzer.pool, ...kept.map((c) => c.input)])
      expect((await fuzzer.attempt(input)).failure?.error).toBeUndefined();
    for (let n = 0; n < target.everyTest; n++) {
      const failure = await fuzzer.step();
      expect(failure?.error, JSON.stringify(failure?.input)).toBeUndefined();
    }
  });

  it('has faults to plant, each at one place of a source', () => {
    expect(target.faults.length).toBeGreaterThan(0);
    for (const fault of target.faults) {
      const text = readFileSync(join(ROOT, fault.file), 'utf8');
      expect(planted(text, fault)).not.toBe(text);
    }
  });
});

it('finds a planted fault; `npm run fuzz -- --planted` plants them all', async () => {
  const fault = targets[0]!.faults.find((f) => f.what === 'an overlap is accepted')!;
  const asked = { seed: 1, cases: fault.within, minutes: null, fault, first: true };
  const { failures } = await session('safetensors', asked);
  expect(failures[0]?.error).toContain('does not start where the tensor before it ends');
});

it('shrinks what fails, part by part', async () => {
  const target = {
    parts: { json: 'json', source: 'layer' },
    run: () => '',
  } as unknown as Target;
  const input: Case = {
    json: '{"a":[1,2,{"wrong":"here it is"}],"b":3}',
    source: 'const a = 1;\nconst b = f(wrong, [a, 2]);\nconst c = 3;\n',
  };
  const fails = async ({ json, source }: Case) => /wrong/.test(json!) && /wrong/.test(source!);
  expect(await shrunk(target, input, fails)).toEqual({ json: '{"wrong":""}', source: 'wrong' });
});

it('tells a wrong result from a refusal', async () => {
  const target = { ...targets[0]!, run: () => Promise.reject(new Wrong('one and two')) };
  const fuzzer = await Fuzzer.of(target, 1);
  expect((await fuzzer.step())?.signature).toContain('Wrong: one and two');
});
