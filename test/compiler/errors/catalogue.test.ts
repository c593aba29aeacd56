/** Every error code: its example is refused with exactly the golden message, and the mended example is accepted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../compiler/errors/catalogue.ts';
import type { Code } from '../../../compiler/errors/code.ts';
import { commands } from '../../../compiler/errors/codes/commands.ts';
import { files } from '../../../compiler/errors/codes/files.ts';
import { models } from '../../../compiler/errors/codes/models.ts';
import { quantized } from '../../../compiler/errors/codes/quantized.ts';
import { runtime } from '../../../compiler/errors/codes/runtime.ts';
import { tuning } from '../../../compiler/errors/codes/tuning.ts';
import type { KernelError } from '../../../kernels-gen/error.ts';
import type { RuntimeErrorCode } from '../../../runtime/index.ts';
import type { UsageError } from '../../../src/cli/usage-error.ts';
import type { FormatErrorCode } from '../../../src/formats/error.ts';
import type { QuantizationErrorCode } from '../../../src/formats/quantized/index.ts';
import type { SafetensorsErrorCode } from '../../../src/formats/safetensors/index.ts';
import type { TuningErrorCode } from '../../../src/tune/table.ts';
import { runCommand, runExample } from './run-example.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const examples = Object.entries(catalogue).flatMap(([code, { example }]) =>
  example ? [{ code, example }] : [],
);

describe.each(examples)('$code', ({ code, example }) => {
  it('is what the example is refused with', async () => {
    const outcome = await runExample(example);
    expect(outcome.code, outcome.text).toBe(code);
    expect(outcome.exit).not.toBe(0);
    await expect(outcome.text).toMatchFileSnapshot(`golden/${code}.txt`);
  });

  it('is mended as the catalogue says', async () => {
    const outcome = await runExample({ ...example, ...example.mended });
    expect(outcome.exit, outcome.text).toBe(0);
  });
});

describe('the catalogue', () => {
  it('has every code that is thrown', () => {
    const used = ['compiler', 'src', 'runtime', 'kernels-gen'].flatMap((room) =>
      readdirSync(ROOT + room, { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith('.ts') && !/^compiler\/errors\/|cli\/cli\.ts/.test(`${room}/${f}`))
        .flatMap((f) => readFileSync(`${ROOT}${room}/${f}`, 'utf8').match(/(?<=')OFT\d{4}(?=')/g) ?? []),
    );
    expect([...new Set(used)].filter((c) => !(c in catalogue)).sort()).toEqual([]);
  });

  it('has every code of a class of errors', () => {
    const named = {
      ...commands,
      ...runtime,
      ...files,
      ...models,
      ...quantized,
      ...tuning,
    } satisfies Readonly<
      Record<
        | RuntimeErrorCode
        | SafetensorsErrorCode
        | FormatErrorCode
        | QuantizationErrorCode
        | TuningErrorCode
        | KernelError['code']
        | UsageError['code'],
        Code
      >
    >;
    expect(Object.keys(catalogue)).toEqual(expect.arrayContaining(Object.keys(named)));
  });

  it('has an example of every code that can be reached', () => {
    const without = Object.keys(catalogue).filter((c) => !catalogue[c]!.example && !c.startsWith('OFT9'));
    expect(without).toEqual([
      'OFT2007', // only gradients ask for the blocks of a matrix
      'OFT3007', // no layer is known that has this error
      'OFT4013', // needs a device
      'OFT6002', // files are checked before a model is opened
      'OFT6003',
      'OFT6006', // needs a run that was started before
      'OFT6009', // needs an adapter that was trained before
      'OFT6010',
      'OFT6011', // needs an adapter that diverged
      'OFT6012', // needs another process
      'OFT6013', // needs a run that was started before
      'OFT6014', // needs a Python without PyTorch
      'OFT6015', // needs a process that is killed
      'OFT6016', // needs an adapter that was trained before
      'OFT6017', // needs two adapters that were trained before
      'Internal',
      'OutOfMemory', // needs a device that is full
      'KernelMismatch', // needs a device whose subgroup matrices are wrong
      'ValidationError',
      'NotFinite', // needs a device
      'TensorNotFound', // oftc's own commands reach none of these
      'UnsupportedDtype',
      'InvalidTensorView',
      'InvalidTensorName',
      'InvalidMetadata',
      'FolderInUse',
      'InvalidImage', // no command reads images
      'MissingCompanion',
      'CompanionDtype',
      'CompanionLength',
      'UnknownQuantType',
      'InvalidBlockSize',
      'InvalidCodeBook',
      'InvalidScale',
      'InvalidWeight',
      'InvalidGroups',
      'InvalidPacking',
    ]);
  });

  it('has no golden message of a code that is gone', () => {
    const golden = `${ROOT}test/compiler/errors/golden`;
    const known = new Set(examples.map((e) => `${e.code}.txt`));
    expect(existsSync(golden) ? readdirSync(golden).filter((f) => !known.has(f)) : []).toEqual([]);
  });

  it('has the text that oftc explain prints for a code, in upper or lower case', async () => {
    const { text } = await runCommand(['explain', 'oft1003']);
    expect(text).toMatch(/^OFT1003: tensor in a condition\n/);
    expect(text).toMatch(/Refused:\n\n.*x \? x\.neg\(\) : x.*Accepted:\n\n.*c\.negate/s);
    expect((await runCommand(['explain', 'LimitExceeded'])).text).toMatch(/^LimitExceeded: larger than/);
    expect((await runCommand(['explain', 'metadataincompletebuffer'])).text).toMatch(
      /^MetadataIncompleteBuffer/,
    );
    expect((await runCommand(['explain', 'OFT1033', '--json'])).text).toMatch(/"title": "a layer takes/);
    expect((await runCommand(['explain', 'OFT1103'])).text).toMatch(
      /no code OFT1103. Did you mean 'OFT1003'\?/,
    );
    expect((await runCommand(['explain', 'TS2345'])).text).toMatch(/TS2345 is TypeScript's own code/);
  });
});
