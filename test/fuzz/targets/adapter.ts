/** Adapters in PEFT's format: the fields of adapter_config.json, with the names and shapes of the tensors. */
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { InputNode } from '../../../compiler/ir/node.ts';
import { parseJson } from '../../../src/formats/json.ts';
import { isStored, type LayerConfig, type LayerName, programOf } from '../../../src/formats/peft/layers.ts';
import { type AdapterModule, parseAdapter, type TensorHead } from '../../../src/formats/peft/parse.ts';
import { isSafetensorsDtype } from '../../../src/formats/safetensors/index.ts';
import { peftCases, storedAs } from '../../src/formats/golden-adapters.ts';
import { type Case, holds, same, type Target } from '../target.ts';

/** Small adapters of all methods, as PEFT stored them, each with the sizes of the model and without. */
async function seeds(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const name of peftCases) {
    const { fields, tensors } = await storedAs(name);
    const heads = tensors.map(({ name: of, dtype, shape }) => [of, dtype, shape]);
    const config = JSON.stringify(fields);
    const { modules } = parseAdapter(fields, new Map(tensors.map((t) => [t.name, t])), 'f');
    const sizes = [...modules.values()].flatMap(({ path, dims }) =>
      dims.in && dims.out ? [[path, [dims.out, dims.in]]] : [],
    );
    cases.push({ 'adapter_config.json': config, heads: JSON.stringify(heads), sizes: '' });
    if (sizes.length > 0)
      cases.push({
        'adapter_config.json': config,
        heads: JSON.stringify(heads),
        sizes: JSON.stringify(sizes),
      });
  }
  return cases;
}

const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);

const entriesOf = (text: string): readonly unknown[][] => {
  try {
    const json = JSON.parse(text) as unknown;
    return Array.isArray(json) ? json.filter((entry) => Array.isArray(entry)) : [];
  } catch {
    return [];
  }
};

/** The heads that a file of tensors may have: what is none was refused by the reader of safetensors. */
const headsOf = (text: string): Map<string, TensorHead> =>
  new Map(
    entriesOf(text).flatMap(([name, dtype, shape]) =>
      typeof name === 'string' && typeof dtype === 'string' && isSafetensorsDtype(dtype) && isShape(shape)
        ? [[name, { name, dtype, shape }] as const]
        : [],
    ),
  );

function sizesOf(text: string): ReadonlyMap<string, readonly [number, number]> | undefined {
  const sizes = entriesOf(text).flatMap(([path, shape]) =>
    typeof path === 'string' &&
    isShape(shape) &&
    shape.length === 2 &&
    shape.every((n) => n > 0 && n <= 2 ** 22)
      ? [[path, [shape[0]!, shape[1]!] as const] as const]
      : [],
  );
  return sizes.length === 0 ? undefined : new Map(sizes);
}

function run(input: Case): string {
  const json = parseJson(input['adapter_config.json']!, 'adapter_config.json');
  const [heads, sizes] = [headsOf(input.heads!), sizesOf(input.sizes!)];
  const parsed = parseAdapter(json, heads, 'f', sizes);
  holds(parsed.modules.size > 0, 'it is on no module');
  for (const module of parsed.modules.values()) checkModule(module, heads);
  const { base, saved, modules } = parsed;
  const used = new Set([...modules.values()].flatMap((m) => Object.values(m.tensors)));
  for (const name of [...base.values(), ...saved.values()]) used.add(name);
  const lost = [...heads.keys()].find((name) => !used.has(name) && !UNREAD.test(name));
  holds(lost === undefined, `${lost} is neither read nor refused`);
  // Reading takes the most time, since it traces the layers.
  if (input.heads!.length % 8 !== 0) return `read ${parsed.peftType}`;
  const reversed = parseAdapter(json, new Map([...heads].reverse()), 'f', sizes);
  const sorted = ({ modules, peftType }: typeof parsed) => [
    peftType,
    [...modules.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  ];
  same('with the tensors in another order', sorted(parsed), sorted(reversed));
  return `read ${parsed.peftType}${sizes ? ' for a model' : ''}`;
}

const known = new Map<string, readonly InputNode[]>();

/** Tensors that the layers compute themselves, and projections that all modules share. */
const UNREAD = /boft_P$|delora_w_norm$|(vera|randlora)_[AB]$|(vera|randlora)_[AB]\./;

const SHARING: readonly LayerName[] = ['vera', 'randlora'];

/** The parameters of a layer that files hold. Tracing it takes long, so that each is traced once. */
function parametersOf(layer: LayerName, config: LayerConfig): readonly InputNode[] {
  const key = `${layer} ${JSON.stringify(config)}`;
  const parameters = known.get(key) ?? programOf(layer, config).inputs.filter(isStored);
  if (known.size < 1000) known.set(key, parameters);
  return parameters;
}

/** Checks that each tensor of a module is there, and has as many elements as the layer's parameter. */
function checkModule(
  { layer, config, dims, tensors, path }: AdapterModule,
  heads: ReadonlyMap<string, TensorHead>,
): void {
  for (const [name, size] of Object.entries(dims))
    holds(Number.isSafeInteger(size) && size >= 0, `${path}: ${name} is ${size}`);
  for (const parameter of parametersOf(layer, config)) {
    const stored = tensors[parameter.name];
    const head = stored === undefined ? undefined : heads.get(stored);
    if (!head) {
      // Projections that all modules share have no tensor of their own.
      holds(stored === undefined && SHARING.includes(layer), `${path}: ${parameter.name} has no tensor`);
      continue;
    }
    const read = parameter.type.dtype === 'i32' ? /^(I32|F32)$/ : /^(F32|F16|BF16)$/;
    const isWhole = read.test(head.dtype);
    holds(isWhole, `${stored} of ${head.dtype} is read`);
    const of = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
    const meant = of(parameter.type.shape.map((d) => evalDim(d, dims)));
    holds(
      of(head.shape) === meant,
      `${stored} has the shape ${head.shape}, and ${parameter.name} has ${meant} elements`,
    );
  }
}

export const target: Target = {
  name: 'adapter',
  parts: { 'adapter_config.json': 'json', heads: 'json', sizes: 'json' },
  seeds,
  words: [
    'I8',
    'F64',
    'I32',
    'BF16',
    'all-linear',
    'rank_pattern',
    'alpha_pattern',
    'layers_to_transform',
    'layers_pattern',
    'exclude_modules',
    'modules_to_save',
    '.*q_proj',
    'model.layers.0.self_attn.k_proj',
    'lm_head',
  ],
  run,
  everyTest: 200,
  faults: [
    {
      what: 'a tensor may be missing',
      file: 'src/formats/peft/parse.ts',
      from: 'if (!tensor)\n      throw invalid(file, path,',
      to: 'if (!tensor) continue;\n    if (!tensor)\n      throw invalid(file, path,',
      within: 20_000,
    },
    {
      what: 'a tensor of integers is read as floats',
      file: 'src/formats/peft/parse.ts',
      from: 'if (read.includes(dtype)) return;',
      to: 'if (read.length > 0) return;',
      within: 20_000,
    },
    {
      what: 'a tensor that the fields do not mean is lost',
      file: 'src/formats/peft/parse.ts',
      from: 'if (extra) throw',
      to: "if (extra?.name === '') throw",
      within: 50_000,
    },
    {
      what: 'the method may be missing among the known ones',
      file: 'src/formats/peft/parse.ts',
      from: 'if (method && Object.hasOwn(METHODS, peftType)) return method;',
      to: "if (method || peftType === 'constructor') return method!;",
      within: 100_000,
    },
    {
      what: 'a layer’s refusal of its configuration is not caught',
      file: 'src/formats/peft/parse.ts',
      from: 'return program();\n  } catch (error) {\n    if (!(error instanceof OftcError)) throw error;',
      to: 'return program();\n  } catch (error) {\n    if (error) throw new TypeError();',
      within: 100_000,
    },
  ],
};
