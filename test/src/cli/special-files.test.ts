/** Commands refuse pipes, sockets, devices and files of absurd sizes as input or output, without waiting for them. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { at, f32, folder, layerFile, OFT, type Outcome, SHAPES, tensorFile } from './harness.ts';

const MODEL = fileURLToPath(new URL('../../../examples/shakespeare-llama-nf4', import.meta.url));
const layer = layerFile('special.ts', OFT);
const inputs = tensorFile('special.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const DIMS = ['--dims', 'in=8,out=5,b=4'];

for (const path of ['fifo', 'fifo.ts', 'fifo.safetensors']) execFileSync('mkfifo', [at(path)]);
mkdirSync(at('held'));
execFileSync('mkfifo', [at('held/oft.js')]);
symlinkSync('/dev/zero', at('zero.ts'));
mkdirSync(at('project'));
writeFileSync(at('project/layer.ts'), OFT);
execFileSync('mkfifo', [at('project/tsconfig.json')]);
execFileSync('mkfifo', [at('project/package.json')]);
await new Promise<void>((ready) => {
  const server = createServer();
  server.unref();
  server.listen(at('socket'), ready);
});
for (const [name, bytes] of [
  ['huge.json', 2 ** 31],
  ['huge.ts', 2 ** 31],
  ['project.ts', 0],
] as const) {
  const file = openSync(at(name), 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
}
mkdirSync(at('configured'));
writeFileSync(at('configured/layer.ts'), OFT);
symlinkSync(at('huge.json'), at('configured/tsconfig.json'));
mkdirSync(at('extending'));
writeFileSync(at('extending/layer.ts'), OFT);
writeFileSync(at('extending/tsconfig.json'), '{ "extends": "../huge.json" }');

/** One child process for all commands, so that a system call that waits blocks the child and not the tests. */
const child = fork(fileURLToPath(new URL('./run-commands.mjs', import.meta.url)), { stdio: 'ignore' });
const ended = once(child, 'exit').then(() => undefined);
afterAll(() => child.kill());

async function oftc(...argv: string[]): Promise<Outcome> {
  child.send(argv);
  const answer = await Promise.race([once(child, 'message'), ended]);
  if (!answer) throw new Error('the process ended');
  return answer[0];
}

const run = (...more: string[]) => ['run', layer, '--device', 'cpu', '--input', inputs, ...more];

test.runIf(process.platform === 'linux').each<[string, string[], RegExp]>([
  [
    'a table that is a pipe',
    ['explain', layer, ...DIMS, '--table', at('fifo')],
    /NoTuning: .*no regular file/,
  ],
  [
    'a table that never ends',
    ['explain', layer, ...DIMS, '--table', '/dev/zero'],
    /NoTuning: .*no regular file/,
  ],
  [
    'a table that is a socket',
    ['explain', layer, ...DIMS, '--table', at('socket')],
    /NoTuning: .*cannot be read/,
  ],
  ['a table that is a folder', ['explain', layer, ...DIMS, '--table', folder], /NoTuning: .*no regular file/],
  [
    'a huge table',
    ['explain', layer, ...DIMS, '--table', at('huge.json')],
    /NoTuning: .*the limit is 268,435,456/,
  ],
  [
    'a table to tune that is a pipe',
    ['tune', layer, ...DIMS, '--table', at('fifo')],
    /--table .* no regular file/,
  ],
  ['a layer that is a pipe', ['explain', at('fifo.ts')], /OFT1045: cannot read/],
  ['a layer that never ends', ['explain', at('zero.ts')], /OFT1045: cannot read/],
  ['a huge layer', ['explain', at('huge.ts')], /OFT1045: cannot read .*the limit is 16,777,216/],
  [
    'a huge tsconfig.json',
    ['explain', at('configured/layer.ts')],
    /OFT1045: cannot read .*the limit is 16,777,216/,
  ],
  [
    'an input that is a pipe',
    ['run', layer, '--device', 'cpu', '--input', at('fifo.safetensors'), '--output', at('y')],
    /IoError: .*not a regular file/,
  ],
  [
    'an input that never ends',
    ['run', layer, '--device', 'cpu', '--input', '/dev/zero', '--output', at('y')],
    /IoError: .*not a regular file/,
  ],
  ['an output that is a pipe', run('--output', at('fifo')), /--output .* no regular file/],
  ['an output that is a socket', run('--output', at('socket')), /--output .* no regular file/],
  ['an output that is a device', run('--output', '/dev/null'), /--output .* no regular file/],
  ['a trace that is a pipe', run('--output', at('y'), '--trace', at('fifo')), /--trace .* no regular file/],
  ['a built module into a pipe', ['build', layer, ...DIMS, '-o', at('fifo')], /--output .* no folder/],
  ['a built file that is a pipe', ['build', layer, ...DIMS, '-o', at('held')], /oft\.js .*no regular file/],
  ['a project that is a pipe', ['init', 'thing', '--dir', at('fifo')], /--dir .* no folder/],
  ['a model that is a pipe', ['eval', '--model', at('fifo'), '--data', layer], /error \w+: /],
  [
    'data that is a pipe',
    ['eval', '--model', MODEL, '--device', 'cpu', '--data', at('fifo')],
    /not a regular file/,
  ],
  [
    'data that never ends',
    ['eval', '--model', MODEL, '--device', 'cpu', '--data', '/dev/zero'],
    /not a regular file/,
  ],
  [
    'logits into a pipe',
    ['eval', '--model', MODEL, '--device', 'cpu', '--data', layer, '--logits', at('fifo')],
    /--logits .* no regular file/,
  ],
  ['an inspected pipe', ['inspect', at('fifo')], /error \w+: /],
])('%s: it is refused', async (_, argv, message) => {
  const { exit, stdout, stderr } = await oftc(...argv);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('Internal');
  expect([1, 2]).toContain(exit);
  expect(stdout).toBe('');
});

test.runIf(process.platform === 'linux')(
  'pipes in the place of tsconfig.json and package.json are left alone',
  async () => {
    expect(await oftc('explain', at('project/layer.ts'), ...DIMS)).toMatchObject({ exit: 0 });
  },
);
