/** The adapter.json of oftc's own format: a method of the library by name, or a program. */
import { readProgram, storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { fromLibrary, METHODS } from '../../../src/finetune/known-methods.ts';
import { methodIn, ownFields } from '../../../src/finetune/own-files.ts';
import { parseJson } from '../../../src/formats/json.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const COMMON = { version: 2, target_modules: ['q_proj', 'v_proj'], base_model: 'm' };

function seeds(): Case[] {
  const named = Object.keys(METHODS).map((method) => {
    const { config } = fromLibrary(method, {});
    return { method, config, dims: { b: 4, r: 2 } };
  });
  const programs = Object.values(METHODS)
    .map((layer) => layer.trace())
    .filter((program) => unstorable(program).length === 0)
    .map((program) => ({
      program: storeProgram(program),
      source: { layer: program.name },
      config: {},
      dims: { b: 4 },
    }))
    .filter((fields) => JSON.stringify(fields).length < 3000);
  const older = { file: 'source/layer.ts', layer: 'mine', config: {}, dims: {} };
  const defined = {
    operators: ['mine'],
    source: { file: 'source/a.ts', layer: 'mine' },
    config: { a: 1 },
    dims: {},
  };
  return [...named, ...programs, older, defined].map((fields) => ({
    'adapter.json': JSON.stringify({ ...COMMON, ...fields }),
  }));
}

async function run(input: Case): Promise<string> {
  const json = parseJson(input['adapter.json']!, 'adapter.json');
  const fields = ownFields(json, 'adapter.json');
  const kinds = [fields.method, fields.program, fields.operators, fields.file];
  holds(kinds.filter((kind) => kind !== undefined).length === 1, 'it says in two ways what it is');
  holds((fields.version ?? 1) <= 2, 'a newer version is read');
  const { name, method } = await methodIn('nowhere', 'adapter.json', fields, undefined);
  holds(method.program.outputs.length > 0, 'its program has no output');
  if (unstorable(method.program).length === 0) {
    const stored = JSON.parse(JSON.stringify(storeProgram(method.program)));
    same('its program, stored and read', stored, storeProgram(readProgram(stored)));
  }
  return fields.method === undefined ? 'read a program' : `read ${name}`;
}

export const target: Target = {
  name: 'own',
  parts: { 'adapter.json': 'json' },
  seeds,
  words: ['../../x.ts', '/etc/passwd', 'b', 'r', 'terms', 'scale'],
  run,
  everyTest: 150,
  faults: [
    {
      what: 'a newer version is read',
      file: 'src/finetune/own-files.ts',
      from: 'if (version > VERSION)',
      to: 'if (version > 1e300)',
      within: 5000,
    },
    {
      what: 'the error of a stored program is not that of a file',
      file: 'src/finetune/own-files.ts',
      from: 'if (!(cause instanceof StoredProgramError)) throw cause;',
      to: 'throw cause;',
      within: 2000,
    },
    {
      what: 'it may have a method and a program',
      file: 'src/finetune/own-files.ts',
      from: 'if (kinds.length !== 1)',
      to: 'if (kinds.length === 0)',
      within: 20_000,
    },
    {
      what: 'a method is looked up among what every object has',
      file: 'src/finetune/known-methods.ts',
      from: 'const source = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;',
      to: 'const source = METHODS[name];',
      within: 20_000,
    },
  ],
};
