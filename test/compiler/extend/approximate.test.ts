/** A rule that only approximates fires where a command's option allows it, and never in `oftc check`. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { forget } from '../../../compiler/extend/definitions.ts';
import { openSafetensors } from '../../../src/formats/safetensors/index.ts';
import { at, f32, oftc, tensorFile } from '../../src/cli/harness.ts';

const FILE = at('approximate.ts');
afterAll(() => forget(new Set([FILE])));
writeFileSync(
  FILE,
  `import { defineRule, input, layer, tanh } from 'oftc';
defineRule({
  name: 'tanh-small', law: 'tanh(a) ≈ a', numerics: 'approximates', pattern: { op: 'tanh' },
  build: (node) => node.args[0], instance: (draw) => tanh(draw),
});
export const main = layer({ x: input('tokens', 'n') }, ({ x }) => tanh(x).mul(2));
`
    .replace('tanh(draw)', "apply('tanh', [draw.tensor(2)])")
    .replace("'oftc';", "'oftc';\nimport { apply } from 'oftc/extend';"),
);

it('explain, rewrite and run apply the rule only with --allow-approximate', async () => {
  const args = [FILE, '--dims', 'n=3'];
  expect((await oftc('explain', ...args)).stdout).not.toContain('tanh-small');
  const { stdout } = await oftc('explain', ...args, '--allow-approximate');
  expect(stdout).toContain('tanh-small');
  expect(stdout).toContain('Sampled    not tested: tanh-small changes the function');
  expect((await oftc('rewrite', ...args)).stdout).toContain('return tanh(x).mul(2)');
  expect((await oftc('rewrite', ...args, '--allow-approximate')).stdout).toContain('return x.mul(2)');

  const x = tensorFile('x.safetensors', f32('x', [2, 3], 1));
  const y = async (...more: string[]) => {
    const out = at('y.safetensors');
    const run = await oftc('run', FILE, '--input', x, '--output', out, '--device', 'cpu', ...more);
    expect(run.exit, run.stderr).toBe(0);
    const file = await openSafetensors(out);
    const values = (await file.array('y')) as Float32Array;
    await file.close();
    return values[0]!;
  };
  expect(await y()).toBeCloseTo(2 * Math.tanh(1), 6);
  expect(await y('--allow-approximate')).toBe(2);
});

it('build applies the rule only with --allow-approximate, and records that', async () => {
  const built = async (...more: string[]) => {
    const folder = mkdtempSync(at('built-'));
    const argv = ['build', FILE, '--dims', 'n=3', '--no-grad', '-o', folder, ...more];
    expect(await oftc(...argv)).toMatchObject({ exit: 0, stderr: '' });
    return ['main.js', 'main.d.ts'].map((f) => readFileSync(join(folder, f), 'utf8')).join('');
  };
  const [exact, approximate] = [await built(), await built('--allow-approximate')];
  expect(exact).toContain('tanh(');
  expect(exact).not.toMatch(/tanh-small|allow/);
  expect(approximate).not.toContain('tanh(x[');
  expect(approximate).toContain('\n//   tanh-small: tanh(a) ≈ a\n');
  expect(approximate).toContain('\nexport const allow = ["approximates"];\n');
  expect(approximate).toContain('export declare const allow: readonly ["approximates"];');
});

it('check does not apply the rule', async () => {
  const { stdout, exit } = await oftc('check', FILE, '--device', 'cpu', '--trials', '2');
  expect(stdout).toContain('rules that took part: none');
  expect(exit).toBe(0);
});
