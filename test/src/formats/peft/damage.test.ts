/**
 * Adapters of every method with one fault: a field that is missing or has another value, or a tensor that is missing, or
 * has another shape or dtype. Golden files hold the outcomes: the layer, or the message that refuses it.
 */
import { expect, it } from 'vitest';
import { FormatError } from '../../../../src/formats/error.ts';
import type { Json, JsonObject } from '../../../../src/formats/json.ts';
import { parseAdapter, type TensorHead } from '../../../../src/formats/peft/parse.ts';
import { EXAMPLES, type Example, UP } from './example-adapters.ts';

type Heads = ReadonlyMap<string, TensorHead>;

/** Parts of messages that many faults share. */
const COMMON = [
  [/ Take adapter_config.json (and adapter_model.safetensors )?from .*\.$/, ''],
  ['f/adapter_config.json: ', ''],
  ['f/adapter_model.safetensors: ', ''],
  [/base_model\.model\.model\.h\.0\.up\./g, '…'],
] as const;

function message(error: unknown): string {
  if (!(error instanceof FormatError)) throw error;
  return COMMON.reduce((text, [part, by]) => text.replace(part, by), `${error.code}: ${error.message}`);
}

/** The layer that a file means, or the message that refuses it. */
function outcome(fields: Json, tensors: Heads, { module = UP, size }: Example, isKnown = true): string {
  try {
    const sizes = new Map([[module, size]]);
    const { modules, notes } = parseAdapter(fields, tensors, 'f', isKnown ? sizes : undefined);
    const { layer, config, dims, parts } = modules.get(module)!;
    return JSON.stringify([layer, config, dims, ...(parts ? [parts] : []), ...notes]);
  } catch (error) {
    return message(error);
  }
}

/** The tensors of an example, as floats of 32 bits. */
const headsOf = ({ module = UP, tensors, shared = {} }: Example): Heads =>
  new Map(
    [
      ...Object.entries(tensors).map(([end, shape]) => [`base_model.model.${module}.${end}`, shape] as const),
      ...Object.entries(shared),
    ].map(([name, shape]) => [name, { name, dtype: 'F32', shape }]),
  );

const without = (fields: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

/** Other values of a field: near ones, and those of other types. */
function others(name: string, value: Json): readonly Json[] {
  if (name.endsWith('dropout')) return [0, null];
  if (typeof value === 'number') return [value + 1, value - 1, 2 * value, 0, 0.5, null, 'x'];
  if (typeof value === 'boolean') return [!value, null, 'x'];
  if (typeof value === 'string') return ['x', null, true, 1];
  if (Array.isArray(value)) return [[], ['x'], 'x', null, 1];
  return [{}, { x: 1 }, { up: 2 }, { '0': 2 }, { up: 0 }, null, 'x'];
}

/** Fields of all methods, whose faults one example has. */
const EVERYWHERE = ['peft_type', 'target_modules'];

function* faults(example: Example): Generator<[fault: string, outcome: string]> {
  const { fields } = example;
  const heads = headsOf(example);
  yield ['on no known model', outcome(fields, heads, example, false)];
  for (const [name, value] of Object.entries(fields)) {
    if (EVERYWHERE.includes(name) && fields.layers_to_transform === undefined) continue;
    yield [`no ${name}`, outcome(without(fields, name), heads, example)];
    for (const other of others(name, value))
      yield [`${name} ${JSON.stringify(other)}`, outcome({ ...fields, [name]: other }, heads, example)];
  }
  for (const [name, head] of heads) {
    const put = (changed: Partial<TensorHead>) =>
      outcome(fields, new Map([...heads, [name, { ...head, ...changed }]]), example);
    const end = name.replace(`base_model.model.${example.module}.`, '');
    yield [`no ${end}`, outcome(fields, new Map([...heads].filter(([key]) => key !== name)), example)];
    for (const [axis, n] of head.shape.entries())
      for (const size of [0, n - 1, n + 1])
        yield [
          `${end} [${head.shape.with(axis, size).join('×')}]`,
          put({ shape: head.shape.with(axis, size) }),
        ];
    yield [`${end} [${head.shape.slice(1).join('×')}]`, put({ shape: head.shape.slice(1) })];
    for (const dtype of ['F16', 'BF16', 'I32', 'I64'] as const) yield [`${end} of ${dtype}`, put({ dtype })];
  }
}

it.each(Object.entries(EXAMPLES))(
  '%s: each fault is read as it is meant or is refused',
  async (name, example) => {
    const found = new Map([[outcome(example.fields, headsOf(example), example), new Set(['no fault'])]]);
    for (const [fault, of] of faults(example)) found.set(of, (found.get(of) ?? new Set()).add(fault));
    const text = [...found]
      .map(([of, own]) => `${of}\n${[...own].map((fault) => `  ${fault}\n`).join('')}`)
      .join('');
    await expect(text).toMatchFileSnapshot(`./damage/${name}.txt`);
  },
);
