/** Settings from a command line, which are converted by the TypeScript types of the layer's configuration. */
import { describe, expect, it } from 'vitest';
import { codeOf, FrontEnd } from '../../../compiler/frontend/index.ts';
import { type OftConfig, oft } from '../../../src/adapters/oft.ts';
import { expectSame, lower } from './harness.ts';

const source = `import { input, layer } from 'oftc';
type Mode = 'a' | 'b';
interface Config { n: number; on: boolean; mode: Mode; steps: 1 | 2 | 'auto'; label: string; eps: number | undefined;
  taps: readonly number[]; pair: [number, Mode]; nested: { k: number; deep: { flag: boolean } } }
export const main = layer((c: Config) => ({ x: input('n') }), ({ x }, c) => x.mul(c.n), { config: {
  n: 1, on: false, mode: 'a', steps: 'auto', label: '', eps: undefined, taps: [], pair: [1, 'a'], nested: { k: 1, deep: { flag: true } } } });`;

describe('configuration', () => {
  it('is coerced from text', () => {
    const { config, diagnostics } = lower(source, {
      config: {
        n: '1e-3',
        on: 'true',
        mode: 'b',
        steps: '2',
        label: '7',
        eps: '0.5',
        taps: '[1, 2]',
        pair: '[3, "b"]',
        nested: '{ "k": 2, "deep": { "flag": false } }',
      },
    });
    expect(diagnostics).toEqual([]);
    expect(JSON.parse(JSON.stringify(config))).toEqual({
      n: 1e-3,
      on: true,
      mode: 'b',
      steps: 2,
      label: '7',
      eps: 0.5,
      taps: [1, 2],
      pair: [3, 'b'],
      nested: { k: 2, deep: { flag: false } },
    });
  });

  it('takes values as they are, and defaults for the rest', () => {
    expect(lower(source, { config: { n: 3, steps: 'auto', eps: undefined } }).config).toMatchObject({
      n: 3,
      on: false,
      steps: 'auto',
    });
  });

  for (const [given, says] of [
    [{ n: 'many' }, "configuration 'n' of layer 'main' must be a number, got 'many'"],
    [{ n: '' }, 'must be a number'],
    [{ n: 'Infinity' }, 'must be a number'],
    [{ on: 'yes' }, "must be false or true, got 'yes'"],
    [{ mode: 'c' }, "must be 'a' or 'b', got 'c'"],
    [{ steps: '3' }, "got '3'"],
    [{ label: 3 }, 'must be text, got 3'],
    [{ taps: '1,2' }, "must be readonly number[], got '1,2'"],
    [{ pair: [1] }, 'got [1]'],
    [{ nested: { k: 1, deep: { flag: true }, more: 1 } }, 'got {"k":1'],
    [{ nested: { k: 1 } }, 'got {"k":1}'],
    [
      { N: 1 },
      "layer 'main' has no configuration 'N'; it has n, on, mode, steps, label, eps, taps, pair, nested",
    ],
  ] as const) {
    it(says, () => {
      const { diagnostics, program } = lower(source, { config: given });
      expect(program).toBeUndefined();
      expect(['OFT1043', 'OFT1044']).toContain(codeOf(diagnostics[0]!));
      expect(diagnostics[0]!.messageText).toContain(says);
    });
  }
});

describe('the OFT adapter', () => {
  const frontEnd = new FrontEnd();
  const configs = (['neumann', 'exact'] as const).flatMap((cayley) =>
    [true, false].flatMap((flag) =>
      [0, 1, 2].map(
        (adapters): Partial<OftConfig> => ({
          cayley,
          adapters,
          share: flag,
          coft: flag !== (adapters === 1),
          bias: adapters > 0,
          terms: 3 + adapters,
          series: flag ? 'peft-0.18' : 'peft-0.17',
        }),
      ),
    ),
  );
  for (const config of configs) {
    it(`is the same lowered and traced: ${Object.values(config).join(' ')}`, () => {
      const { program, diagnostics } = frontEnd.lower('src/adapters/oft.ts', { config });
      expect(diagnostics).toEqual([]);
      expectSame(program!, oft.trace(config));
    });
  }

  it('serves the example too', () => {
    expect(frontEnd.lower('examples/oft.ts').program?.where).toHaveProperty('in');
  });
});
