/** Entries of the folder of Plans: a damaged one is compiled again, and never stops a command. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { indexRules } from '../../../compiler/primitives/index-rules.ts';
import { oft } from '../../../examples/oft.ts';
import { planFolder } from '../../../src/plans/folder.ts';
import { planOf } from '../../../src/session/plan.ts';
import { printSaved, readSaved } from '../../../src/session/planned.ts';
import { saxpy } from '../../runtime/plans.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-fuzz-plans-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const store = planFolder({ folder });

/** A text that is saved, and the file that the folder has for it. */
const SAVED = 'the text\nof a Plan';
let entry: { readonly path: string; readonly whole: string } | undefined;

async function entryOf(): Promise<NonNullable<typeof entry>> {
  if (entry) return entry;
  await store.write('key', SAVED);
  const path = join(folder, readdirSync(folder).find((name) => name.endsWith('.plan'))!);
  entry = { path, whole: readFileSync(path, 'utf8') };
  return entry;
}

async function run({ entry: text, file }: Case): Promise<string> {
  const { path, whole } = await entryOf();
  // The disk takes long beside the reader.
  if (file !== whole && text!.length % 8 === 0) {
    writeFileSync(path, file!);
    const read = store.read('key');
    writeFileSync(path, whole);
    holds(read === undefined || read === SAVED, 'a damaged entry is read');
  }
  const saved = readSaved(text!);
  if (!saved) return 'compiled again';
  same('printed and read again', printSaved(saved), printSaved(readSaved(printSaved(saved))!));
  return 'read';
}

async function seeds(): Promise<Case[]> {
  const { whole } = await entryOf();
  const compilation = compileProgram(oft.trace(), { sizes: { in: 8, out: 6, b: 4, r: 2 }, gradients: false });
  const [variant] = compilation.variants;
  const compiled = planOf(compilation);
  const rules = indexRules(compilation.variants.map((v) => v.primitives));
  const real = {
    signature: variant!.program,
    indexRules: rules,
    plan: { ...compiled, classes: compiled.classes.slice(0, 1) },
  };
  const small = {
    signature: variant!.program,
    indexRules: [{ input: 'x', reader: 'take', spans: [{ file: 'a.ts', start: 1, end: 2 }], size: '2*b' }],
    plan: saxpy,
  };
  return [
    printSaved(real),
    printSaved({ ...real, plan: saxpy }),
    JSON.stringify({ ...JSON.parse(printSaved({ ...real, plan: saxpy })), indexRules: small.indexRules }),
  ].map((text) => ({ entry: text, file: whole }));
}

export const target: Target = {
  name: 'saved',
  parts: { entry: 'json', file: 'text' },
  seeds,
  words: ['tokens', 'b*r', 'tri(b)', 'f32', 'i32', 'input'],
  run,
  isRefusal: () => false,
  everyTest: 100,
  faults: [
    {
      what: 'the digest of an entry is not looked at',
      file: 'src/plans/folder.ts',
      from: 'return digestOf(text) === digest ? text : undefined;',
      to: 'return text;',
      within: 2000,
    },
    {
      what: 'a text of another form is an error',
      file: 'src/session/planned.ts',
      from: 'const REFUSALS = [SyntaxError, v.ValiError,',
      to: 'const REFUSALS = [SyntaxError,',
      within: 2000,
    },
    {
      what: 'a size that does not parse is an error',
      file: 'src/session/planned.ts',
      from: 'v.ValiError, DimError, OftcRuntimeError]',
      to: 'v.ValiError, OftcRuntimeError]',
      within: 20_000,
    },
  ],
};
