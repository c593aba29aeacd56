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
  faults: [],
};
