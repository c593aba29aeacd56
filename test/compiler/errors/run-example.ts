/** Runs the catalogue's examples in a temporary folder. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import {
  commandOf,
  isDamaged,
  isScript,
  type Setup,
  type TensorFile,
} from '../../../compiler/errors/code.ts';
import * as runtime from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { main } from '../../../src/cli/cli.ts';
import { refusal } from '../../../src/cli/errors.ts';
import * as oftc from '../../../src/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';

/** The temporary folder, which is this process's working folder. */
export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'oftc-diagnostics-')));
process.chdir(folder);

export interface Outcome {
  readonly exit: number;
  readonly code: string | undefined;
  /** The output of oftc, with the temporary folder left out of paths. */
  readonly text: string;
}

const outcomes = new Map<string, Promise<Outcome>>();

/** Writes an example's files and runs its command or script. Examples that are mended alike run once. */
export function runExample(setup: Setup): Promise<Outcome> {
  const key = JSON.stringify([setup.source, setup.files, commandOf(setup)]);
  const outcome = outcomes.get(key) ?? run(setup);
  outcomes.set(key, outcome);
  return outcome;
}

async function run(setup: Setup): Promise<Outcome> {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  if (setup.source !== undefined) writeFileSync('layer.ts', setup.source);
  for (const [name, file] of Object.entries(setup.files ?? {})) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, bytesOf(file));
  }
  const command = commandOf(setup);
  return isScript(command) ? runScript(command) : runCommand(command.split(' ').slice(1));
}

export async function runCommand(argv: readonly string[]): Promise<Outcome> {
  let [out, text] = ['', ''];
  const streams = {
    stdout: { write: (t: string) => (out += t) },
    stderr: { write: (t: string) => (text += t) },
  };
  const exit = await main(argv, streams);
  const code = codeIn(text);
  return { exit, code, text: local(code === undefined ? text + out : fromError(text)) };
}

const local = (text: string): string =>
  `${text.replaceAll(`${folder}/`, '').replaceAll(folder, '.').trimEnd()}\n`;

/** The output from the first line with an error on, without the notes and the progress before it. */
const fromError = (text: string): string => text.slice(Math.max(0, text.search(/^.*\berror( \w+)?: /m)));

/** The first code in the output that is not TypeScript's. Usage errors print no code. */
const codeIn = (text: string): string | undefined =>
  text.startsWith('error: ')
    ? 'Usage'
    : ([...text.matchAll(/error (\w+): /g)].map((m) => m[1]!).find((c) => !c.startsWith('TS')) ?? undefined);

async function runScript(script: string): Promise<Outcome> {
  const inline = script.replaceAll(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = modules['$2'];");
  const { outputText } = ts.transpileModule(`export {};\n${inline}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const body = new AsyncFunction(
    'modules',
    'navigator',
    'GPUBufferUsage',
    outputText.replace('export {};', ''),
  );
  const modules = { oftc, 'oftc/runtime': runtime };
  try {
    await body(modules, { gpu: await nodeGpu() }, { STORAGE: 0x80 });
    return { exit: 0, code: undefined, text: '' };
  } catch (error) {
    const { exit, code, text } = refusal(error, false);
    return { exit, code, text: local(text) };
  }
}

function bytesOf(file: TensorFile): Uint8Array | string {
  if (typeof file === 'string') return file;
  if (!isDamaged(file)) {
    return serializeSafetensors(
      Object.entries(file).map(([name, stored]) => {
        const shape = 'shape' in stored ? stored.shape : stored;
        const count = shape.reduce((p, n) => p * n, 1);
        return 'shape' in stored
          ? { name, shape, dtype: stored.dtype, data: new Int32Array(count) }
          : {
              name,
              shape,
              dtype: 'F32' as const,
              data: Float32Array.from({ length: count }, (_, i) => 0.1 * Math.cos(i)),
            };
      }),
    );
  }
  const header = file.header.includes('\ud800')
    ? Uint8Array.from(file.header, (c) => (c === '\ud800' ? 0xff : c.charCodeAt(0)))
    : new TextEncoder().encode(file.header);
  const bytes = new Uint8Array(Math.max(0, 8 + header.length + file.dataBytes));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(file.headerLength ?? header.length), true);
  bytes.set(prefix.subarray(0, bytes.length));
  if (bytes.length >= 8 + header.length) bytes.set(header, 8);
  return bytes;
}
