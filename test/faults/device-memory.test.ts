/**
 * A device without memory at each allocation in turn, and a map that fails at each read in turn: in a session, in a built
 * module's Executable, in training steps, and in commands. The error says how many bytes of what did not fit. What was
 * opened stays usable, and nothing stays allocated once it is disposed.
 */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { oftc } from '../src/cli/harness.ts';
import { type Command, DEVICE_COMMANDS } from './commands.ts';
import { type Call, type Faults, faultyDevice, withDevices } from './gpu.ts';
import { checkDone, checkLeft, folderFor, type Known, knownOf, SCRATCH, treeOf } from './known.ts';
import { ALL, COUNTS, Table } from './table.ts';
import { WORKS, type Work } from './works.ts';

const table = new Table('device-memory');
const OUT_OF_MEMORY = 'the device is out of memory';
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

describe.each(Object.entries(WORKS))('%s', (name, open) => {
  it.each<[Call, RegExp]>([
    ['createBuffer', /^OutOfMemory$/],
    ['mapAsync', /^ValidationError$/],
  ])('where %s fails', async (call, code) => {
    const faulty = await faultyDevice();
    const before = faulty.live();
    const work = await open(faulty.device);
    const wanted = await work.all();
    const count = async (of: Work) => {
      let calls = 0;
      faulty.set({
        before: (c) => {
          if (c === call) calls++;
          return undefined;
        },
      });
      await of.all();
      faulty.set(undefined);
      return calls;
    };
    const fresh = await open(faulty.device);
    const last = await count(fresh);
    await fresh.dispose();
    const held = faulty.live();
    expect(held.length, 'buffers that live are counted').toBeGreaterThan(before.length);
    const fault = call === 'createBuffer' ? OUT_OF_MEMORY : 'a buffer cannot be mapped';
    for (const n of table.moments(fault, name, last, 2)) {
      // The first work of what was just opened allocates most.
      const opened = await open(faulty.device);
      let calls = 0;
      let [label, bytes] = ['', 0];
      faulty.set({
        before: (c, l, b) => {
          if (c !== call || ++calls !== n) return undefined;
          [label, bytes] = [l, b];
          return 'fail';
        },
      });
      const error = await opened.all().then(
        () => undefined,
        (e: unknown) => e,
      );
      faulty.set(undefined);
      const where = `${call} ${n} of ${last}, ${bytes} bytes for ${label}: ${error}`;
      expect(error, where).toBeInstanceOf(OftcRuntimeError);
      const { code: got, message } = error as OftcRuntimeError;
      expect(got, where).toMatch(code);
      if (call === 'createBuffer') expect(message, where).toContain(`${bytes} bytes for ${label}`);
      else expect(message, where).toContain('cannot be read back');
      expect(await opened.all(), where).toEqual(wanted);
      await opened.dispose();
      expect(faulty.live(), where).toEqual(held);
      table.add(
        fault,
        name,
        'each allocation, or each read, in turn',
        'a clear error; usable; nothing leaks',
      );
    }
    await work.dispose();
    expect(faulty.live()).toEqual(before);
    faulty.device.destroy();
  });
});

/** Runs a command in a new folder, and makes the n-th allocation of its devices fail. */
async function withoutMemory(command: Command, n: number) {
  const folder = await folderFor(command);
  const before = treeOf(folder);
  let [calls, what] = [0, ''];
  const faults: Faults = {
    before: (call, label, bytes) => {
      if (call !== 'createBuffer' || ++calls !== n) return undefined;
      what = `${bytes} bytes for ${label}`;
      return 'fail';
    },
  };
  const outcome = await withDevices(
    (device) => device.set(faults),
    () => oftc(...command.argv(folder)),
  );
  return { ...outcome, folder, before, calls, what };
}

/** Adds what came of a command whose n-th allocation failed. Returns whether the command was refused. */
async function tried(known: Known, n: number): Promise<boolean> {
  const { name } = known.command;
  const { exit, stdout, stderr, folder, before, what } = await withoutMemory(known.command, n);
  const where = `${name}, allocation ${n}: ${what}\n${stdout}${stderr}`;
  expect(what, where).not.toBe('');
  try {
    if (exit === 0) {
      // It was allocated again, or nobody reads it.
      await checkDone(known, folder, stdout);
      table.add(OUT_OF_MEMORY, name, 'each allocation in turn', 'done all the same, with the same results');
      return false;
    }
    expect(exit).toBe(3);
    const { code, message } = JSON.parse(stdout).error;
    expect(code).toBe('OutOfMemory');
    expect(message).toContain(what);
    await checkLeft(known, folder, before);
  } catch (error) {
    throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
  }
  table.add(OUT_OF_MEMORY, name, 'each allocation in turn', 'refused with the size; no partial file');
  return true;
}

describe.runIf(ALL)('a command', () => {
  it.each(DEVICE_COMMANDS)('$name', async (command) => {
    const known = await knownOf(command);
    const { calls } = await withoutMemory(command, 0);
    let refused = 0;
    for (const n of table.moments(OUT_OF_MEMORY, command.name, calls, 1))
      if (await tried(known, n)) refused++;
    if (!COUNTS) expect(refused, 'some allocation has to matter').toBeGreaterThan(0);
  });
});
