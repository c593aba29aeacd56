/** Plans that a store keeps are those that compiling gives, and serve for nothing else. */
import { expect, it } from 'vitest';
import type { CompileOptions } from '../../../compiler/derive.ts';
import { cpuVectors, type DeviceClass, gpu } from '../../../compiler/devices/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { printType } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { embed } from '../../../src/finetune/models/decoder-block.ts';
import { layer, input as tensor } from '../../../src/language/dsl/index.ts';
import type { PlanStore } from '../../../src/plans/store.ts';
import { type PrepareOptions, prepare } from '../../../src/session/plan.ts';
import { libraryAt, programOfCase } from '../explain/library.ts';
import { SMALL } from '../finetune/support.ts';

/** A store in memory. */
function newStore(): PlanStore & { readonly saved: Map<string, string> } {
  const saved = new Map<string, string>();
  return { saved, read: (key) => saved.get(key), write: (key, text) => void saved.set(key, text) };
}

const onDevice: { class: DeviceClass; words: boolean } = { class: cpuVectors, words: true };
const typesOf = ({ inputs, outputs }: Program) => [
  ...inputs.map((i) => [i.name, i.role, i.stored, printType(i.type)]),
  ...outputs.map((o) => [o.name, printType(o.node.type)]),
];

const library = ['boft', 'oft', 'oftConv', 'qgoft', 'psoft'].map(
  (layer) => libraryAt(64).find((c) => c.layer === layer)!,
);
const PROGRAMS = [
  ...library.map((c) => ({ name: c.layer, program: programOfCase(c), dims: c.dims })),
  { name: 'embedding', program: embed(SMALL).trace(), dims: {} },
];

it.each(PROGRAMS)('keeps all of $name that a session needs', ({ program, dims }) => {
  const plans = newStore();
  const options = { gradients: true, sizes: solveDims(program, dims) };
  const first = prepare(program, options, onDevice, { plans });
  const plan = first.plan();
  const second = prepare(program, options, onDevice, { plans });
  expect(second.plan()).toEqual(JSON.parse(JSON.stringify(plan)));
  expect(typesOf(second.signature)).toEqual(typesOf(first.signature));
  expect(second.indexRules).toEqual(first.indexRules);
  expect(second.signature.outputs.every((o) => o.node.kind === 'input')).toBe(true);
  expect([first.isNew, second.isNew]).toEqual([true, false]);
  expect(second.compilation().variants.length).toBe(first.compilation().variants.length);
});

const program = lora.trace();
const own: CompileOptions = { gradients: true, sizes: solveDims(program, { in: 64, out: 64, r: 4 }) };
const same = layer({ x: tensor('tokens', 'in') }, ({ x }) => x.add(x), { name: 'lora' }).trace();

it.each<[string, Program, CompileOptions, Omit<PrepareOptions, 'plans'>, typeof onDevice]>([
  ['other sizes', program, { ...own, sizes: { ...own.sizes, r: 8 } }, {}, onDevice],
  ['no gradients', program, { ...own, gradients: false }, {}, onDevice],
  ['another program of that name', same, { gradients: true, sizes: { in: 64 } }, {}, onDevice],
  ['as written', program, { ...own, asWritten: true }, {}, onDevice],
  ['16 bits', program, { ...own, activations: 'f16' }, {}, onDevice],
  ['quantised weights', program, { ...own, stored: { W: { format: 'int8' } } }, {}, onDevice],
  ['some outputs', program, own, { only: (name) => name !== 'y' }, onDevice],
  ['a strategy', program, own, { strategy: 'direct' }, onDevice],
  ['places in a source', program, own, { locate: () => 'layer.ts:1:1' }, onDevice],
  ['another class of devices', program, own, {}, { ...onDevice, class: gpu }],
])('compiles again for %s', (_, source, options, planning, backend) => {
  const plans = newStore();
  prepare(program, own, onDevice, { plans }).plan();
  const { signature } = prepare(source, options, backend, { ...planning, plans });
  expect(signature.outputs.some((o) => o.node.kind === 'op')).toBe(true);
});

it.each<[string, (text: string) => string]>([
  ['is of another version', (text) => text.replace('"version":2', '"version":1')],
  ['is no JSON', (text) => text.slice(1)],
  ['is null', () => 'null'],
  ['has no inputs', (text) => text.replace('"inputs":[', '"inputs":[null,')],
  ['has a shape that is no list', (text) => text.replace(/"shape":\[[^\]]*\]/, '"shape":"8"')],
  ['has a size that does not parse', (text) => text.replace(/"shape":\[[^\]]*\]/, '"shape":["$"]')],
  ['has an unknown role', (text) => text.replace('"role":"input"', '"role":"other"')],
  ['has index rules without sizes', (text) => text.replace('"indexRules":[', '"indexRules":[0')],
])('compiles again where the text of a store %s', (_, spoil) => {
  const plans = newStore();
  prepare(program, own, onDevice, { plans }).plan();
  const [[key, text]] = plans.saved as unknown as [[string, string]];
  expect(spoil(text)).not.toBe(text);
  plans.saved.set(key, spoil(text));
  expect(prepare(program, own, onDevice, { plans }).signature.outputs[0]!.node.kind).toBe('op');
});

it('keeps nothing for the reference, which needs no Plan', () => {
  const plans = newStore();
  const made = prepare(program, own, { ...onDevice, words: false }, { plans });
  made.plan();
  expect(plans.saved.size).toBe(0);
  expect(made.isNew).toBe(false);
});
