/** Commands that read a layer run nothing of its file. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DATA, MODEL, at as ofRun } from '../finetune/tiny.ts';
import { at, f32, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const SIZES = ['--dims', 'in=8,out=5,b=4'];
const inputs = tensorFile('layer-files.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const TRAINED = ['--set', 'b=2', '--targets', 'q_proj', '--length', '4', '--batch', '1'];

/** `check` takes seconds for a rotation. */
const PLAIN = `
import { input, layer, trainable } from 'oftc';

export const plain = layer({ x: input('tokens', 'in'), s: trainable('in') }, ({ x, s }) => x.mul(s),
);
`;
const sourceOf = (command: string): string =>
  command === 'check' ? PLAIN : OFT.replace("'tri(b)')", "'tri(b)', { init: 'zeros' })");

/** A command line by the layer's file. */
const LINES: Readonly<Record<string, (file: string) => readonly string[]>> = {
  run: (file) => [file, '--device', 'cpu', '--input', inputs, '--output', at('y.st')],
  explain: (file) => [file, ...SIZES],
  check: (file) => [file, '--trials', '1', '--dims', 'in=3'],
  rewrite: (file) => [file, ...SIZES],
  build: (file) => [file, ...SIZES, '-o', at('built')],
  tune: (file) => [file, ...SIZES, '--tokens', '4', '--budget', '0', '--table', at('layer-files.json')],
  plan: (file) => ['--model', MODEL, '--adapter', file, ...TRAINED],
  finetune: (file) => [
    ...['--model', MODEL, '--adapter', file, '--data', DATA, '--device', 'cpu', '--steps', '1', ...TRAINED],
    ...['--out', ofRun('of-a-layer-file')],
  ],
};

/** Writes a marker if it runs. No type of Node's is needed, so that the file has no error. */
const RUNS = (marker: string) =>
  `process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran');`;
const DECLARED = 'declare const process: { getBuiltinModule(name: string): any };';

describe.each(Object.keys(LINES))('%s', (command) => {
  it('reads a layer and runs nothing of its file', async () => {
    const marker = at(`ran-${command}`);
    const file = layerFile(
      `module-level-${command}.ts`,
      `${DECLARED}\nconst ran = ${RUNS(marker)}\n${sourceOf(command)}`,
    );
    const { exit, stderr, stdout } = await oftc(command, ...LINES[command]!(file));
    expect(exit, `${stdout}${stderr}`).toBe(0);
    expect(existsSync(marker)).toBe(false);
  });

  it('refuses a layer whose function does something else, and does not run it', async () => {
    const marker = at(`called-${command}`);
    const body = sourceOf(command).replace(
      /=> (x\.m.*),\n/,
      (_, result: string) => `=> { ${RUNS(marker)} return ${result}; },\n`,
    );
    expect(body).not.toBe(sourceOf(command));
    const file = layerFile(`in-body-${command}.ts`, `${DECLARED}\n${body}`);
    const { exit, stderr, stdout } = await oftc(command, ...LINES[command]!(file));
    expect(exit, `${stdout}${stderr}`).toBe(1);
    expect(`${stdout}${stderr}`).toMatch(/process|getBuiltinModule/);
    expect(existsSync(marker)).toBe(false);
  });
});
