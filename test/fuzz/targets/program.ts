/** Programs as oftc stores them beside trained adapters: read, stored and read again they are the same. */
import fc from 'fast-check';
import { OftcError } from '../../../compiler/errors/error.ts';
import { programDims } from '../../../compiler/ir/bind.ts';
import { printProgram } from '../../../compiler/ir/print.ts';
import { readProgram, StoredProgramError, storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { METHODS } from '../../../src/finetune/known-methods.ts';
import { parseJson } from '../../../src/formats/json.ts';
import { planOf } from '../../../src/session/plan.ts';
import { programs } from '../../support/arbitraries/programs.ts';
import { type Case, holds, same, type Target } from '../target.ts';

/** The longest program that is changed, in characters. */
const LONGEST = 6000;
/** The nodes of the largest program that is compiled, and how many of these are. */
const COMPILED = { nodes: 25, oneIn: 40 };

function seeds(): Case[] {
  const methods = Object.values(METHODS).map((layer) => layer.trace());
  const drawn = fc.sample(programs(), { seed: 31, numRuns: 60 }).map((p) => p.symbolic);
  return [...methods, ...drawn]
    .filter((program) => unstorable(program).length === 0)
    .map((program) => JSON.stringify(storeProgram(program)))
    .filter((text) => text.length <= LONGEST)
    .map((program) => ({ program }));
}

function run({ program: text }: Case): string {
  const json = parseJson(text!, 'adapter.json');
  const program = readProgram(json);
  const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name).sort();
  holds(new Set(names(program.inputs)).size === program.inputs.length, 'two inputs have one name');
  holds(new Set(names(program.outputs)).size === program.outputs.length, 'two outputs have one name');
  const given = (json as { readonly inputs: readonly { readonly stored?: string }[] }).inputs;
  same(
    'stored names',
    program.inputs.map((i) => i.stored),
    given.map((i) => i.stored),
  );
  const stored = JSON.parse(JSON.stringify(storeProgram(program))) as { readonly nodes: readonly unknown[] };
  same('stored and read again', stored, storeProgram(readProgram(stored)));
  printProgram(program);
  if (stored.nodes.length > COMPILED.nodes || text!.length % COMPILED.oneIn !== 0) return 'read';
  try {
    const sizes = Object.fromEntries(
      programDims(program).flatMap((name) => (name === 'tokens' ? [] : [[name, 4]])),
    );
    planOf(compileProgram(program, { sizes, gradients: false }));
    return 'compiled';
  } catch (error) {
    if (error instanceof OftcError && !error.code.startsWith('OFT9'))
      return `refused when compiled: ${error.code}`;
    throw error;
  }
}

export const target: Target = {
  name: 'program',
  parts: { program: 'json' },
  seeds,
  words: [
    'b*r',
    'tri(b)',
    'tokens',
    '1/2',
    '-1/1',
    'f32',
    'i32',
    'f16',
    'matmul',
    'add',
    'transpose',
    'input',
    'frozen',
    'trainable',
    'orthogonal',
  ],
  run,
  isRefusal: (error) =>
    error instanceof StoredProgramError ||
    (error instanceof Error && 'code' in error && error.code === 'InvalidJson'),
  everyTest: 150,
  faults: [
    {
      what: 'two inputs may have one name',
      file: 'compiler/ir/stored.ts',
      from: 'if (named.has(i.name)) throw',
      to: 'if (named.size < 0) throw',
      within: 20_000,
    },
    {
      what: 'an attribute of another kind is taken as it is',
      file: 'compiler/ir/stored.ts',
      from: 'return [key, READERS[kind](value, key)];',
      to: 'return [key, value as Attr];',
      within: 5000,
    },
    {
      what: 'two outputs may have one name',
      file: 'compiler/ir/stored.ts',
      from: 'if (new Set(stored.outputs.map((o) => o.name)).size !== stored.outputs.length)',
      to: 'if (stored.outputs.length < 0)',
      within: 20_000,
    },
    {
      what: 'a start is lost where a program is stored',
      file: 'compiler/ir/stored.ts',
      from: '...(i.stored === undefined ? {} : { stored: i.stored }),',
      to: '',
      within: 5000,
    },
  ],
};
