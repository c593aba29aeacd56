/** Text from files and names reaches the terminal without control characters, and JSON output keeps its values. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleColored, visibleJson, visibleLine } from '../../../src/cli/visible.ts';
import { runs } from '../../support/runs.ts';
import { at, f32, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

/** A text that would clear the screen, set the title, ring the bell and reverse text; it has 8-bit controls too. */
const HOSTILE = 'a\u001b[2J\u001b]0;title\u0007b\u009b31mc\u202ed\u2066e\u007ff\u0008g';
/** Control characters, which a terminal obeys, and marks that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for these characters
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const oft = layerFile('terminal.ts', OFT);
const hostile = tensorFile('hostile.st', f32(HOSTILE, [2]), f32(`${HOSTILE}\nerror: fake`, [2]));
/** A safetensors header with hostile metadata, which oftc itself would not write. */
const header = JSON.stringify({
  __metadata__: { [HOSTILE]: `${HOSTILE}\nerror: fake` },
  x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
});
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
writeFileSync(at('metadata.st'), Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
const inputs = tensorFile('terminal.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const excerpt = layerFile(
  'excerpt.ts',
  `export const l = 1; // ${HOSTILE}\nconst x: string = 1; // ${HOSTILE}\n`,
);
const titled = layerFile(
  'titled.ts',
  OFT.replace('config: { terms: 5 }', `config: { terms: 5 }, name: ${JSON.stringify(HOSTILE)}`),
);

test.each([
  ['names of tensors', ['inspect', hostile]],
  ['metadata', ['inspect', at('metadata.st')]],
  [
    'tensors that no layer has',
    ['run', oft, '--device', 'cpu', '--input', inputs, '--input', hostile, '--output', at('never.st')],
  ],
  ['the source in an error', ['explain', excerpt]],
  ['a path', ['explain', at(`${HOSTILE}.ts`)]],
  ['an option', ['explain', oft, `--${HOSTILE}`]],
  ['the title of a layer', ['explain', titled]],
  [
    'the title of a layer that is run',
    ['run', titled, '--device', 'cpu', '--input', inputs, '--output', at('titled.st')],
  ],
  ['the title of a rewritten layer', ['rewrite', titled, '--dims', 'in=8,out=5,b=4']],
])('no control characters are printed: %s', async (_, argv) => {
  const { stdout, stderr } = await oftc(...argv);
  expect(stdout + stderr).not.toBe('');
  expect(stdout).not.toMatch(OBEYED);
  expect(stderr).not.toMatch(OBEYED);
  expect(stdout + stderr).not.toMatch(/^error: fake/m);
});

test('JSON keeps the names, without a character that a terminal obeys', async () => {
  const { stdout } = await oftc('inspect', hostile, '--json');
  expect(stdout).not.toMatch(OBEYED);
  const { tensors } = JSON.parse(stdout);
  expect(tensors.groups.map((g: { pattern: string }) => g.pattern)).toContain(HOSTILE);
});

test('any text is shown without such characters, and JSON reads back as it was', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\u001b', '[', '2', 'J', 'm', '\u009b', '\r', '\n', '\t', '\u202e') }),
  );
  fc.assert(
    fc.property(text, (t) => {
      expect(visible(t).replaceAll('\r\n', '\n')).not.toMatch(OBEYED);
      expect(visibleLine(t)).not.toMatch(/[\r\n\t]/);
      expect(JSON.parse(visibleJson({ [`k${t}`]: t }))).toEqual({ [`k${t}`]: t });
      const plain = visibleColored(t).replaceAll('\r\n', '\n').split('\u001b');
      // Every escape sequence is one that sets a colour.
      for (const [n, part] of plain.entries())
        expect(n === 0 ? part : part.replace(/^\[\d+(;1)?m/, '')).not.toMatch(OBEYED);
      for (const part of plain.slice(1)) expect(part).toMatch(/^\[\d+(;1)?m/);
    }),
    runs(500, 5000),
  );
});

test('only these files write to the streams directly', () => {
  const cli = fileURLToPath(new URL('../../../src/cli/', import.meta.url));
  const direct = readdirSync(cli, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    if (!file.endsWith('.ts')) return [];
    const lines = readFileSync(cli + file, 'utf8').split('\n');
    return lines.filter((l) => /\bstd(out|err)\.write\(/.test(l)).map((l) => `${file}: ${l.trim()}`);
  });
  // Five things are written directly: the progress line, generated text, a rewritten layer, the version and the process's
  // failure.
  expect([...new Set(direct.map((d) => d.split(':')[0]))].sort()).toEqual([
    'cli.ts',
    'commands/generate.ts',
    'commands/rewrite.ts',
    'finetune/line.ts',
    'io.ts',
    'main.ts',
    'streams.ts',
  ]);
});
