/** Finds a layer's tensors in safetensors files and checks them against the layer's declarations. */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { printDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { type QuantizedTensor, quantizedWeights, readNf4, storageOf } from '../formats/quantized/index.ts';
import { closeAll, openSafetensors, type SafetensorsFile } from '../formats/safetensors/read.ts';
import type { HostTensor } from '../session/tensors.ts';
import { readAs } from './read-as.ts';
import { visibleLine } from './visible.ts';
import type { Wanted } from './wanted.ts';

/** A wanted tensor in a file: `stored` is its name there, `quantized` its value if the file stores it quantised. */
interface Found {
  readonly wanted: Wanted;
  readonly file: SafetensorsFile;
  readonly stored: string;
  readonly quantized?: QuantizedTensor;
}

export interface Tensors {
  readonly inputs: Readonly<Record<string, HostTensor | QuantizedTensor>>;
  /** The cotangents, by the name of their output. */
  readonly cotangents: Readonly<Record<string, HostTensor>>;
  /** A line for each tensor whose dtype changed. */
  readonly converted: readonly string[];
}

/** The name that PyTorch users give to the cotangent of the only output. */
const LONE_COTANGENT = 'grad_output';

export class TensorFiles {
  readonly #found: readonly Found[];
  readonly #files: readonly SafetensorsFile[];
  /** Whether the run takes gradients: it is asked to, or the files hold a cotangent. */
  readonly grad: boolean;

  private constructor(found: readonly Found[], files: readonly SafetensorsFile[], grad: boolean) {
    this.#found = found;
    this.#files = files;
    this.grad = grad;
  }

  /**
   * Opens the files and finds every tensor, reading headers and bitsandbytes' tensors. Throws SafetensorsError for an
   * unreadable file, OFT4009 for a tensor in two places, OFT4001 for a missing, OFT4002 for an unknown one.
   */
  static async open(paths: readonly string[], program: Program, asked: boolean): Promise<TensorFiles> {
    const files: SafetensorsFile[] = [];
    try {
      for (const path of paths) files.push(await openSafetensors(path));
      const grad = asked || hasCotangent(files, program);
      const found = find(files, program, grad);
      return new TensorFiles(await Promise.all(found.map(readQuantized)), files, grad);
    } catch (error) {
      await closeAll(files);
      throw error;
    }
  }

  /** The shapes in the files, by tensor name. */
  get shapes(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#found.map((f) => [f.wanted.name, shapeOf(f)]));
  }

  /** The storage of each tensor that is quantised in its file. */
  get quantized(): Record<string, Storage> {
    return Object.fromEntries(
      this.#found.flatMap(({ wanted, quantized }) =>
        quantized ? [[wanted.name, storageOf(quantized)] as const] : [],
      ),
    );
  }

  /** Reads every tensor in the dtype that the layer declares. Throws OFT4003 if that would change a value. */
  async read(): Promise<Tensors> {
    const inputs = emptyRecord<HostTensor | QuantizedTensor>();
    const cotangents = emptyRecord<HostTensor>();
    const converted: string[] = [];
    for (const { wanted, file, stored, quantized } of this.#found) {
      if (quantized) {
        inputs[wanted.name] = quantized;
        continue;
      }
      const { dtype, shape } = info({ file, stored });
      const tensor = { data: await readAs(wanted, file, stored), shape };
      if (wanted.output === undefined) inputs[wanted.name] = tensor;
      else cotangents[wanted.output] = tensor;
      if (dtype.toLowerCase() !== wanted.type.dtype)
        converted.push(`${wanted.name}: ${dtype} to ${wanted.type.dtype}, exactly`);
    }
    return { inputs, cotangents, converted };
  }

  /** Does the work. An error about sizes gets a table of every tensor, its file and its declared shape. */
  async locating<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OftcError && SIZE_CODES.has(error.code))) throw error;
      throw new OftcError(error.code, `${error.message}\n${this.#table()}\n${SIZE_REMEDY}`, error.spans);
    }
  }

  #table(): string {
    const rows = this.#found.map((f) => [
      f.wanted.name,
      `declared (${f.wanted.type.shape.map(printDim).join(', ')})`,
      `found [${shapeOf(f).join(', ')}]`,
      `in ${f.file.path}`,
    ]);
    const widths = rows[0]!.map((_, c) => Math.max(...rows.map((r) => r[c]!.length)));
    return rows
      .map((r) => `  ${r.map((cell, c) => cell.padEnd(widths[c]!)).join('  ')}`.trimEnd())
      .join('\n');
  }

  close(): Promise<void> {
    return closeAll(this.#files);
  }
}

/** The codes of errors about sizes: bind.ts checks dimensions, tensors.ts shapes. */
const SIZE_CODES: ReadonlySet<string> = new Set(['OFT3002', 'OFT3003', 'OFT3005', 'OFT4004']);
const SIZE_REMEDY = 'Correct the tensor whose shape is wrong, or --dims.';

const info = ({ file, stored }: { file: SafetensorsFile; stored: string }) => file.tensors.get(stored)!;

const shapeOf = (f: Found): readonly number[] => f.quantized?.shape ?? info(f).shape;

async function readQuantized(found: Found): Promise<Found> {
  const { wanted, file, stored } = found;
  const isQuantized = wanted.role === 'frozen' && quantizedWeights(file.tensors).includes(stored);
  return isQuantized ? { ...found, quantized: await readNf4(file, stored) } : found;
}

/** The cotangent that `grad_output` stands for: the only one of a layer that calls no input so. */
const loneCotangent = ({ inputs, outputs }: Program): string | undefined =>
  outputs.length === 1 && !inputs.some((i) => i.name === LONE_COTANGENT)
    ? gradName(outputs[0]!.name)
    : undefined;

function hasCotangent(files: readonly SafetensorsFile[], program: Program): boolean {
  const names = new Set(program.outputs.map((o) => gradName(o.name)));
  if (loneCotangent(program) !== undefined) names.add(LONE_COTANGENT);
  return files.some((file) => [...file.tensors.keys()].some((name) => names.has(name)));
}

function wantedOf(program: Program, grad: boolean): Wanted[] {
  const cotangents = program.outputs.map(
    (o): Wanted => ({
      name: gradName(o.name),
      output: o.name,
      role: 'cotangent',
      type: o.node.type,
      spans: [],
    }),
  );
  return [...program.inputs, ...(grad ? cotangents : [])];
}

function find(files: readonly SafetensorsFile[], program: Program, grad: boolean): Found[] {
  const wanted = wantedOf(program, grad);
  const alias = loneCotangent(program);
  const found = new Map<string, Found>();
  const extra: Pick<Found, 'file' | 'stored'>[] = [];
  for (const file of files) {
    const weights = quantizedWeights(file.tensors).filter((w) => wanted.some(({ name }) => name === w));
    for (const stored of file.tensors.keys()) {
      if (weights.some((w) => stored.startsWith(`${w}.`))) continue;
      const name = stored === LONE_COTANGENT && alias !== undefined ? alias : stored;
      const match = wanted.find((w) => w.name === name);
      if (!match) {
        extra.push({ file, stored });
        continue;
      }
      const other = found.get(name);
      if (other) {
        const as = stored === other.stored ? '' : ` (as '${other.stored}' and '${stored}')`;
        throw new OftcError(
          'OFT4009',
          `tensor '${name}' is in ${other.file.path} and in ${file.path}${as}: leave it in one place`,
        );
      }
      found.set(name, { wanted: match, file, stored });
    }
  }
  const missing = wanted.filter((w) => !found.has(w.name));
  if (extra.length > 0) throw unknown(extra, program, wanted, missing);
  if (missing.length > 0) throw absent(missing, files, program);
  return wanted.map((w) => found.get(w.name)!);
}

/** The error for tensors that the layer does not have; it says what is missing too, because names may only differ. */
function unknown(
  extra: readonly Pick<Found, 'file' | 'stored'>[],
  program: Program,
  wanted: readonly Wanted[],
  missing: readonly Wanted[],
): OftcError {
  const names = (of: readonly Wanted[]) => of.map((w) => w.name);
  const found = extra.slice(0, 8).map((e) => {
    const { dtype, shape } = info(e);
    return `'${visibleLine(e.stored)}' (${dtype} [${shape.join(', ')}])`;
  });
  const more = extra.length > found.length ? ` and ${extra.length - found.length} more` : '';
  const paths = [...new Set(extra.map((e) => e.file.path))].join(', ');
  const [tensor, them] = extra.length === 1 ? ['tensor', 'it'] : ['tensors', 'them'];
  const lacks =
    missing.length === 0
      ? ''
      : `, of which ${names(missing).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  const [only, ...others] = extra;
  const cotangent = only && others.length === 0 ? cotangentFor(only.stored, program) : undefined;
  const meant = only && others.length === 0 ? didYouMean(only.stored, names(wanted)) : '';
  const remedy =
    cotangent === undefined
      ? `rename the ${tensor} or leave ${them} out${meant}`
      : `rename it to '${cotangent}', from which gradients are computed, or leave it out`;
  return new OftcError(
    'OFT4002',
    `${paths}: layer '${program.name}' has no ${tensor} ${found.join(', ')}${more}; it takes ${names(wanted).join(', ')}${lacks}; ${remedy}`,
  );
}

/** The cotangent that a name such as `grad_y` or `y.grad` means. */
function cotangentFor(stored: string, { outputs }: Program): string | undefined {
  const [, before, after] = /^(?:grad[_./-]?(\w+)|(\w+?)[_./-]grad)$/i.exec(stored) ?? [];
  const output = outputs.find((o) => o.name === (before ?? after));
  return output && gradName(output.name);
}

function absent(missing: readonly Wanted[], files: readonly SafetensorsFile[], program: Program): OftcError {
  const list = missing.map(
    (m) => `'${m.name}' (${m.role}, ${m.type.dtype}, ${m.type.shape.map(printDim).join(' × ') || 'scalar'})`,
  );
  const there = files.map((f) => `${f.path} has ${[...f.tensors.keys()].join(', ') || 'no tensors'}`);
  return new OftcError(
    'OFT4001',
    `layer '${program.name}' needs ${list.join(', ')}: ${there.join('; ')}. Add the tensor under that name`,
    missing[0]!.spans,
  );
}
