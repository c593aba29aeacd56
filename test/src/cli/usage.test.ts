/** Wrong usage exits with 2, and the message says what is right. */
import { expect, test } from 'vitest';
import { parseFormats, parseSettings } from '../../../src/cli/usage.ts';
import { at, layerFile, OFT, oftc } from './harness.ts';

const oft = layerFile('usage.ts', OFT);
const FILES = ['--input', at('a'), '--output', at('b')];

test.each([
  [['--dims', 'in=-4'], /dimension 'in' must be a whole number of at least 1, got '-4'/],
  [['--dims', 'in=0'], /dimension 'in' must be a whole number of at least 1, got '0'/],
  [['--dims', 'in=1.5'], /must be a whole number of at least 1, got '1\.5'/],
  [['--dims', 'in=1e3'], /must be a whole number of at least 1, got '1e3'/],
  [['--dims', 'in=0x10'], /must be a whole number of at least 1, got '0x10'/],
  [['--dims', 'in='], /must be a whole number of at least 1, got nothing/],
  [
    ['--dims', 'in=99999999999999999999'],
    /dimension 'in' is 99999999999999999999; the largest size is 2147483647/,
  ],
  [['--tokens', '2147483648'], /tokens is 2147483648; the largest size is 2147483647, because kernels count/],
  [['--dims', 'in=4,in=4'], /'in' is given twice/],
  [['--dims', 'in=4', '--dims', 'in=8'], /'in' is given twice/],
  [['--dims', 'in=4,'], /Expected name=value pairs separated by commas, got ''/],
  [['--dims', 'in'], /Expected name=value pairs separated by commas, got 'in'/],
  [['--dims', '4=in'], /Expected name=value pairs/],
  [['--set', 'terms=3,terms=4'], /'terms' is given twice/],
  [['--tokens', '-1'], /tokens must be a whole number of at least 0, got '-1'/],
  [['--dims', 'tokens=4'], /'tokens' is not bound when compiling: give --tokens/],
  [['--objective', 'fast'], /Allowed choices are latency, memory/],
  [['--dim', 'in=4'], /unknown option '--dim'\n\(Did you mean --dims\?\)/],
  [['--kernel', 'map_y'], /--kernel needs all sizes, because kernels are made for them: give --dims in=…/],
  [['--dims', 'in=64,out=64,b=16', '--kernel', 'contraction_z'], /no kernel is named 'contraction_z'/],
])('explain %j is refused', async (options, message) => {
  const outcome = await oftc('explain', oft, ...options);
  expect(outcome).toMatchObject({ exit: 2, stdout: '' });
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).toMatch(/^error: .*See oftc --help/s);
});

test('missing and unknown parts of a command line are refused', async () => {
  expect(await oftc('run', oft, '--input', 'x.safetensors')).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/required option '--output <file>' not specified/),
  });
  expect(await oftc('explain')).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/missing required argument/),
  });
  expect(await oftc('expain')).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/Did you mean explain/),
  });
  expect(await oftc('run', oft, '--input', at('a'), '--output', at('a'))).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/is also an --input: name another file/),
  });
  expect(await oftc('explain', 'OFT0000')).toMatchObject({ exit: 2 });
});

test.each([
  ['--as-written', '--pinned'],
  ['--as-written', '--allow-approximate'],
  ['--pinned', '--allow-approximate'],
])('run with both %s and %s, of which one would do nothing, is refused', async (...options) => {
  expect(await oftc('run', oft, ...FILES, ...options)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringMatching(`'${options[0]}' cannot be used with option '${options[1]}'`),
  });
});

test.each([
  ['check', ['--trials', '0'], /the number must be a whole number of at least 1, got '0'/],
  ['check', ['--watch', '--json'], /'--watch' cannot be used with option '--json'/],
  ['check', ['--dims', 'tokens=3,in=8,out=6,b=4'], /'tokens' is not bound when checking/],
  ['rewrite', ['--dims', 'tokens=3,in=8,out=6,b=4'], /'tokens' is not bound when compiling: --tokens/],
])('%s %j is refused', async (command, options, message) => {
  const { exit, stdout, stderr } = await oftc(command, oft, ...options);
  expect(exit).toBe(2);
  expect(stdout + stderr).toMatch(message);
});

test.each([
  [['explain', 'OFT1003', '--dims', 'in=4'], /'OFT1003' is a code, and only --json is for one/],
  [['explain', 'OFT1003', '--full', '--json'], /'OFT1003' is a code, and only --json is for one/],
  [['run', oft, ...FILES, '--device', 'cpu', '--tuned'], /has no kernels: .*--tuned and --table need/],
  [
    ['run', oft, ...FILES, '--device', 'cpu', '--table', 't.json'],
    /has no kernels: .*--tuned and --table need/,
  ],
])('%j is refused for an option that would do nothing', async (argv, message) => {
  const { exit, stdout, stderr } = await oftc(...argv);
  expect(exit).toBe(2);
  expect(stdout + stderr).toMatch(message);
});

test.each([
  ['<file>', ['check', '']],
  ['--output', ['run', oft, '--input', at('a'), '--output', '']],
  ['--input', ['run', oft, '--input', '', '--output', at('b')]],
  ['--data', ['eval', '--model', at('a'), '--data', '']],
  ['--out', ['finetune', '--model', at('a'), '--data', at('b'), '--out', '']],
])('an empty %s is refused', async (option, argv) => {
  expect(await oftc(...argv)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining(`${option} is empty: give it a path or a name`),
  });
});

test('check --watch refuses what it cannot watch', async () => {
  expect(await oftc('check', at('none/layer.ts'), '--watch', '--device', 'cpu')).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringMatching(/cannot watch '.*none': ENOENT/),
  });
});

test('usage errors are printed as JSON', async () => {
  const outcome = await oftc('explain', oft, '--json', '--dims', 'in=0');
  expect(outcome).toMatchObject({ exit: 2, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: 'Usage', at: null } });
});

test('help and version are printed', async () => {
  const help = await oftc('--help');
  expect(help).toMatchObject({ exit: 0, stderr: '' });
  expect(help.stdout).toMatch(/Examples:.*Exit codes:.*70 {2}an error in oftc itself/s);
  expect(await oftc('--version')).toMatchObject({ exit: 0, stdout: '0.1.0\n' });
  expect(await oftc()).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/Usage: oftc/) });
});

const FINETUNE = [
  'finetune',
  '--model',
  at('m'),
  '--adapter',
  'oft',
  '--targets',
  'q_proj',
  '--data',
  at('d'),
  '--out',
  at('o'),
];
const WHOLE = [
  '--steps',
  '--batch',
  '--length',
  '--accumulate',
  '--warmup',
  '--seed',
  '--eval-every',
  '--save-every',
];
const MAY_BE_0 = ['--warmup', '--seed'];

test.each(WHOLE)('finetune %s takes a whole number in digits, up to a limit', async (option) => {
  for (const text of [
    '',
    ' ',
    '-1',
    '1.5',
    '1e9',
    '1e400',
    'NaN',
    'Infinity',
    '0x10',
    '1_000',
    '٣',
    ...(MAY_BE_0.includes(option) ? [] : ['0']),
  ]) {
    const { exit, stderr } = await oftc(...FINETUNE, `${option}=${text}`);
    expect({ exit, text }).toEqual({ exit: 2, text });
    expect(stderr).toContain(option);
    expect(stderr).toMatch(/must be a whole number from [01] to 2147483647, got/);
  }
  for (const text of ['2147483648', '9'.repeat(400)]) {
    const { exit, stderr } = await oftc(...FINETUNE, `${option}=${text}`);
    expect(exit).toBe(2);
    expect(stderr).toContain(
      '; the largest number is 2147483647, because counters and seeds are 32-bit integers',
    );
  }
});

test.each(['--lr', '--clip', '--weight-decay', '--betas'])(
  'finetune %s takes a decimal number',
  async (option) => {
    for (const text of ['', ' ', 'NaN', 'Infinity', '1e400', '0x10', '0b1', '1_000', '-1', '.', 'e3']) {
      const { exit, stderr } = await oftc(...FINETUNE, `${option}=${text}`);
      expect({ exit, text }).toEqual({ exit: 2, text });
      expect(stderr).toContain(option);
    }
  },
);

test.each([
  [['check', oft, '--trials', '1000001'], /the largest number is 1000000, because each takes a run/],
  [['check', oft, '--trials', '0'], /at least 1/],
  [['check', oft, '--seed', '4294967296'], /the largest number is 2147483647/],
  [['check', oft, '--seed', '1e3'], /must be a whole number/],
  [['rewrite', oft, '--variant', '-1'], /must be a whole number/],
  [['tune', oft, '--budget', '0x10'], /must be a whole number/],
  [['generate', '--model', 'm', '--prompt', 'a', '--tokens', '0'], /from 1 to/],
  [['generate', '--model', 'm', '--prompt', 'a', '--top-k', '1e3'], /must be a whole number/],
  [['generate', '--model', 'm', '--prompt', 'a', '--temperature', '0x1'], /must be a number of at least 0/],
  [['eval', '--model', 'm', '--data', 'd', '--batch', '99999999999'], /the largest number is/],
])('%j is refused', async (argv, message) => {
  const { exit, stderr } = await oftc(...argv);
  expect(exit).toBe(2);
  expect(stderr).toMatch(message);
});

test('a numeric setting is given in decimals', async () => {
  for (const text of ['0x10', '1e400', 'NaN', 'Infinity', '', '1_0', '0b1'])
    expect(await oftc('explain', oft, '--set', `terms=${text}`)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('OFT1044'),
    });
  for (const text of ['1000000000', '-1', '0', '2.5'])
    expect(await oftc('explain', oft, '--set', `terms=${text}`)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('OFT2010'),
    });
  expect((await oftc('explain', oft, '--set', 'terms=3e0')).exit).toBe(0);
});

test('words after a list are left over, and the list is shown with commas', async () => {
  const { exit, stderr } = await oftc(
    ...['finetune', '--model', 'm', '--data', 'd', '--out', 'o', '--adapter', 'oft'],
    ...['--targets', 'q_proj', 'v_proj'],
  );
  expect(exit).toBe(2);
  expect(stderr).toContain("'v_proj' is left over. A list has commas: --targets q_proj,v_proj");
});

test('every unknown option of a command line is named at once, with what it is here', async () => {
  const given = ['finetune', '--model', at('m'), '--data', at('d'), '--out', at('o')];
  const unknown = async (...more: string[]) => (await oftc(...given, ...more)).stderr;
  expect(await unknown('--adapter-name', 'oft', '--target_modules', 'q_proj')).toContain(
    "error: unknown options '--adapter-name', '--target_modules'; here --adapter-name is --adapter, and --target_modules is --targets\n",
  );
  expect(await unknown('--rank', '8', '--num-train-epochs', '3')).toContain(
    "error: unknown options '--rank', '--num-train-epochs'; here --rank is a size or a setting of the method, such as --set r=8 of lora and --set b=8 of oft, and --num-train-epochs is --steps: an epoch is as many steps as there are sequences, divided by --batch and --accumulate\n",
  );
  expect(await unknown('--weight_decay=0.1', '--fp16', '--output_dir=x')).toMatch(
    /'--weight_decay', '--fp16', '--output_dir'; here --weight_decay is --weight-decay, and --output_dir is --out; finetune has --model, /,
  );
});

test('a code without its letters', async () => {
  expect(await oftc('explain', '2001')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('for the code write OFT2001'),
  });
});

test('a format is of a tensor, or of an element of a list', () => {
  expect(parseFormats('W=nf4')).toEqual({ W: 'nf4' });
  const two = { 'W.0': 'nf4:64', 'W.1': 'int8' };
  expect(parseFormats('W.0=nf4:64, W.1=int8', { V: 'int4' })).toEqual({ V: 'int4', ...two });
  expect(parseSettings('names=a,b, terms=3')).toEqual({ names: 'a,b', terms: '3' });
  expect(() => parseFormats('W.0=nf4,W.0=int8')).toThrow("'W.0' is given twice.");
  for (const text of ['W.0', '.0=nf4', '0=nf4'])
    expect(() => parseFormats(text)).toThrow('Expected name=value pairs');
});
