/**
 * A host without memory: the n-th large array cannot be made, as V8 says it. The command ends with OutOfMemory, nothing is
 * half-written, and the next run does its work.
 */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, expect, it } from 'vitest';
import { oftc } from '../src/cli/harness.ts';
import { COMMANDS, type Command } from './commands.ts';
import { checkDone, checkLeft, folderFor, knownOf, runAgain, SCRATCH, treeOf } from './known.ts';
import { Table } from './table.ts';

const table = new Table('host-memory');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

const NAMES = ['Float32Array', 'Float64Array', 'Uint8Array', 'Int32Array', 'ArrayBuffer'] as const;
const real = Object.fromEntries(NAMES.map((name) => [name, globalThis[name]]));
const back = () => void Object.assign(globalThis, real);
afterEach(back);

/** The least number of elements or bytes of an array that counts: those of tensors of the tiny model. */
const LEAST = 24;

/** Makes the n-th array of some size fail. Returns the number of those that were asked for. */
function failing(n: number): () => number {
  let asked = 0;
  for (const name of NAMES) {
    const original = real[name] as new (...args: unknown[]) => object;
    const replacement: typeof original = new Proxy(original, {
      construct: (target, args: unknown[], newTarget): object => {
        const size = typeof args[0] === 'number' ? args[0] : 0;
        if (size >= LEAST && ++asked === n)
          throw new RangeError(
            name === 'ArrayBuffer' ? 'Array buffer allocation failed' : `Invalid typed array length: ${size}`,
          );
        return Reflect.construct(target, args, newTarget === replacement ? target : newTarget);
      },
    });
    Object.assign(globalThis, { [name]: replacement });
  }
  return () => asked;
}

const FAULT = 'the host is out of memory';
const TRIED = ['finetune --resume', 'merge', 'convert', 'run --output', 'eval --logits --answers'];

async function tried(command: Command, n: number): Promise<string> {
  const known = await knownOf(command);
  const folder = await folderFor(command);
  const before = treeOf(folder);
  failing(n);
  const { exit, stdout, stderr } = await oftc(...command.argv(folder)).finally(back);
  const where = `${command.name}, array ${n}\n${stdout}${stderr}`;
  if (exit === 0) {
    await checkDone(known, folder, stdout);
    return 'done all the same';
  }
  const { code, message } = JSON.parse(stdout).error;
  expect(exit, where).toBeLessThanOrEqual(3);
  if (code !== 'OutOfMemory') expect(code, where).toBe('IoError');
  expect(message, where).toMatch(/allocation failed|array length/);
  await checkLeft(known, folder, before);
  await runAgain(known, folder);
  return 'a clear error; nothing lost; the next run does its work';
}

it.each(COMMANDS.filter(({ name }) => TRIED.includes(name)))('$name', async (command) => {
  await knownOf(command);
  const folder = await folderFor(command);
  const asked = failing(0);
  await oftc(...command.argv(folder)).finally(back);
  const last = asked();
  for (const n of table.moments(FAULT, command.name, last, 1))
    table.add(FAULT, command.name, 'each large array in turn', await tried(command, n));
});
