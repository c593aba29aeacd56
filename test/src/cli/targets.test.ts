/** A command's output replaces only a regular file, and none that the command reads. */
import { linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { at, f32, folder, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const layer = layerFile('layer.ts', OFT);
const inputs = tensorFile('in.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const table = layerFile('table.json', '{"format":"oftc-tuning","version":1,"entries":[]}\n');
const text = layerFile('text.txt', 'to be or not to be');
mkdirSync(at('folder'));
symlinkSync(folder, at('alias'));
symlinkSync(inputs, at('link.st'));
linkSync(inputs, at('hard.st'));
const files = [layer, inputs, table, text];
const before = files.map((f) => readFileSync(f, 'utf8'));

const run = ['run', layer, '--device', 'cpu', '--input', inputs];
const tune = ['tune', layer, '--dims', 'in=8,out=5,b=4', '--table', table];

test.each([
  [[...run, '--output', layer], 'is also the layer’s file'],
  [[...run, '--output', at('alias/in.st')], 'is also an --input'],
  [[...run, '--output', at('hard.st')], 'is also an --input'],
  [[...run, '--table', table, '--output', table], 'is also the --table'],
  [[...run, '--output', at('folder')], 'is a folder: name a file'],
  [[...run, '--output', at('link.st')], 'is no regular file, and would be replaced by one'],
  [[...tune, '--export', layer], 'is also the layer’s file'],
  [[...tune, '--export', table], 'is also the table'],
  [[...tune, '--export', at('folder')], 'is a folder: name a file'],
  [[...tune, '--export', at('none/t.json')], "cannot write '"],
  [['eval', '--model', at('none'), '--data', text, '--logits', text], 'is also the --data'],
  [['build', layer, '--dims', 'in=8,out=5,b=4', '-o', `${inputs}/built`], "cannot write to '"],
])('%j is refused', async (argv, message) => {
  expect(await oftc(...argv)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining(message),
  });
  expect(files.map((f) => readFileSync(f, 'utf8'))).toEqual(before);
  expect(lstatSync(at('link.st')).isSymbolicLink()).toBe(true);
});
