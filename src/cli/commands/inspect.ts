/** `oftc inspect`: reports what the files of a model or an adapter hold, and what is wrong with them. */
import { basename, dirname, join } from 'node:path';
import { table } from '../../explain/layout.ts';
import { short } from '../../explain/units.ts';
import { inspectVit } from '../../finetune/images/inspect.ts';
import { isImageModel } from '../../finetune/images/open.ts';
import { inspect } from '../../finetune/models/open.ts';
import { inspectOwn, isOwn } from '../../finetune/own-files.ts';
import { type Rope, ropeFrequencies } from '../../formats/config/rope.ts';
import { listed } from '../../formats/error.ts';
import {
  type AdapterReport,
  type ImageModel,
  isFileError,
  type Report,
  type TensorsReport,
} from '../../formats/inspect/report.ts';
import { sizeOf } from '../../formats/json.ts';
import { CONFIG } from '../../formats/peft/fields.ts';
import { refusal } from '../errors.ts';
import { EXIT } from '../exit.ts';
import { colored, type Io, print, printJson, say } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { visibleLine } from '../visible.ts';

export interface InspectArguments {
  readonly model?: string;
}

/** Prints the report. The exit code is 1 if there are problems, which go to stderr. */
export async function inspectCommand(path: string, args: InspectArguments, io: Io): Promise<number> {
  const own = await isOwn(path);
  const report = own ? await inspectOwn(path, args.model) : await reportOn(path, args.model);
  if (args.model !== undefined && !own && report.adapter === undefined && report.problems.length === 0)
    throw new UsageError(`--model is for checking an adapter, and ${path} is none`);
  const refusals = report.problems.map((p) => refusal(p, colored(io, io.stderr)));
  if (io.json) {
    const problems = refusals.map(({ code, message, at }) => ({ code, message, at }));
    printJson(io, { ...report, problems });
  } else {
    const lines = describe(report);
    if (lines.length > 0) print(io, lines.join('\n'));
    for (const { text } of refusals) say(io, text);
  }
  return refusals.length === 0 ? EXIT.ok : EXIT.refused;
}

/** The report on a path that holds no adapter of oftc's own format. */
async function reportOn(path: string, model: string | undefined): Promise<Report> {
  const folder = basename(path) === 'config.json' ? dirname(path) : path;
  const has = async (name: string) => (await sizeOf(join(folder, name))) !== undefined;
  // A config.json that cannot be read is one of the problems that the report has.
  const isVit = () =>
    isImageModel(join(folder, 'config.json')).catch((error: unknown) => {
      if (isFileError(error)) return false;
      throw error;
    });
  if ((await has('config.json')) && !(await has(CONFIG)) && (await isVit())) return inspectVit(folder);
  return inspect(path, model);
}

function describe({ path, model, images, adapter, tokenizer, tensors, notes }: Report): string[] {
  return [
    ...(model
      ? [`${path}: ${model.architecture}, ${short(model.parameters)} parameters`, ...modelRows(model)]
      : []),
    ...(images ? describeImages(path, images) : []),
    ...(adapter ? describeAdapter(path, adapter) : []),
    ...(tokenizer
      ? [`tokenizer: ${tokenizer.kind}, ${tokenizer.words} tokens, the largest ${tokenizer.size - 1}`]
      : []),
    ...(tensors ? describeTensors(tensors) : []),
    ...notes.map((n) => `note: ${visibleLine(n)}`),
  ];
}

const rows = (pairs: readonly (readonly [string, string])[]): string[] =>
  pairs.map(([name, value]) => `  ${name.padEnd(16)}${visibleLine(value)}`);

function modelRows(m: NonNullable<Report['model']>): string[] {
  const biases = Object.entries(m.bias).flatMap(([name, has]) => (has ? [name] : []));
  return rows([
    ['layers', String(m.layers)],
    ['width', `${m.hiddenSize}, in the MLP ${m.intermediateSize}`],
    ...expertRows(m),
    ['heads', `${m.heads} of ${m.headDim}, over ${m.kvHeads} key-value heads`],
    ['positions', `${m.maxPositions}, ${m.rope ? `rotary: ${pairs(m.rope)}` : 'learned'}`],
    ...waveRows(m),
    ['vocabulary', `${m.vocabSize}${m.tiedEmbeddings ? ', embeddings tied' : ''}`],
    ...windowRows(m),
    ['RMS norm', `ε = ${m.rmsNormEps}`],
    ['biases', biases.join(', ') || 'none'],
    ['dtype', m.dtype ?? 'not said'],
    ['quantisation', m.quantization ? pairs(m.quantization) : 'none'],
  ]);
}

function describeImages(path: string, m: ImageModel): string[] {
  return [
    `${path}: ${m.architecture}, ${short(m.parameters)} parameters`,
    ...rows([
      ['layers', String(m.layers)],
      ['width', `${m.width}, in the MLP ${m.inner}`],
      ['heads', String(m.heads)],
      ['images', `${m.image.join('×')}, in patches of ${m.patch.join('×')}`],
      ['classes', m.classes.length === 0 ? 'none' : `${m.classes.length}: ${listed(m.classes, 12)}`],
    ]),
  ];
}

/** The experts of each layer, of a model that has some. */
function expertRows({ experts, layers }: NonNullable<Report['model']>): [string, string][] {
  if (!experts) return [];
  const { count, chosen, intermediateSize, layers: has } = experts;
  const where = has ? `, in ${has.filter((is) => is).length} of ${layers} layers` : '';
  return [['experts', `${count} of width ${intermediateSize}, ${chosen} for each token${where}`]];
}

/** The wavelength of the slowest pair of channels, of a model with rotary embeddings. */
function waveRows({ rope, headDim, maxPositions }: NonNullable<Report['model']>): [string, string][] {
  if (!rope) return [];
  const slowest = ropeFrequencies(rope, headDim, maxPositions).inverse.at(-1)!;
  return [['slowest wave', `${short((2 * Math.PI) / slowest)} positions`]];
}

/** How many tokens a token sees, where that is not all before it. */
function windowRows({ windows = [] }: NonNullable<Report['model']>): [string, string][] {
  const sizes = [...new Set(windows)].filter((w) => w !== null);
  const each = sizes.map((size) => {
    const count = windows.filter((w) => w === size).length;
    return `${size} tokens in ${count === windows.length ? 'every layer' : `${count} of ${windows.length} layers`}`;
  });
  return each.length === 0 ? [] : [['windows', each.join(', ')]];
}

const pairs = (of: Rope | Readonly<Record<string, unknown>>): string =>
  Object.entries(of)
    .map(([name, value]) =>
      name === 'kind' || name === 'method' ? String(value) : `${name}=${shownPart(value)}`,
    )
    .join(' ');

/** A part of a setting; a list by its length, for it may have one number for each channel. */
const shownPart = (value: unknown): string =>
  Array.isArray(value) ? `(${value.length} numbers)` : String(value);

function describeAdapter(path: string, a: AdapterReport): string[] {
  const count = a.modules.reduce((sum, m) => sum + m.count, 0);
  const head = { cells: ['module', 'layer', '×'], items: ['dimensions'] };
  const modules = a.modules.map((m) => ({
    cells: [visibleLine(m.pattern), m.layer, String(m.count)],
    items: [pairs(m.dims)],
  }));
  return [
    `${path}: ${a.method} adapter on ${count} modules, ${short(a.parameters)} parameters`,
    ...rows([
      ['base model', typeof a.baseModel === 'string' ? a.baseModel : 'not said'],
      ['PEFT', typeof a.peftVersion === 'string' ? a.peftVersion : 'before 0.18, or not said'],
      ...a.configs.map((c, i) => [i === 0 ? 'configuration' : '', pairs(c)] as const),
    ]),
    ...table(head, modules, '  ', 'left'),
  ];
}

function describeTensors(t: TensorsReport): string[] {
  const files = t.files.length === 1 ? t.files[0]! : `${t.files.length} files`;
  const head = { cells: ['tensor', 'shape', 'stored', '×'], items: ['bytes'] };
  const groups = t.groups.map((g) => ({
    cells: [visibleLine(g.pattern), `[${g.shape.join('×')}]`, g.stored.toLowerCase(), String(g.count)],
    items: [short(g.bytes)],
  }));
  const metadata = Object.entries(t.metadata).map(([k, v]) => visibleLine(`${k}=${v}`));
  return [
    `${t.tensors} tensors in ${files}, ${short(t.bytes)}B${metadata.length > 0 ? ` (${metadata.join(', ')})` : ''}`,
    ...table(head, groups, '  ', 'left'),
  ];
}
