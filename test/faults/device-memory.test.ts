/**
 * A device without memory at each allocation in turn, and a map that fails at each read in turn: in a session, in a built
 * module's Executable, in training steps, and in commands. The error says how many bytes of what did not fit. What was
 * opened stays usable, and nothing stays allocated once it is disposed.
 */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { oftc } from '../src/cli/harness.ts';
import { checkLeft, DEVICE_COMMANDS, folderFor, knownOf, SCRATCH, treeOf } from './commands.ts';
import { type Call, type FaultyDevice, faultyDevice, withDevices } from './gpu.ts';
import { ALL, moments, Table } from './table.ts';
import { WORKS, type Work } from './works.ts';

const table = new Table('device-memory');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

describe.each(Object.entries(WORKS))('%s', (name, open) => {
  it.each<[Call, RegExp]>([
    ['createBuffer', /^OutOfMemory$/],
    ['mapAsync', /^ValidationError$/],
  ])('where %s fails', async (call, code) => {
    const faulty = await faultyDevice();
    const before = faulty.live();
    const work = await open(faulty.device);
    const opened = faulty.live().length;
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
    expect(last).toBeGreaterThan(0);
    const held = faulty.live();
    for (const n of moments(last, 2)) {
      // The first work of what was just opened allocates most.
      const tried = await open(faulty.device);
      let calls = 0;
      let [label, bytes] = ['', 0];
      faulty.set({
        before: (c, l, b) => {
          if (c !== call || ++calls !== n) return undefined;
          [label, bytes] = [l, b];
          return 'fail';
        },
      });
      const error = await tried.all().then(
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
      expect(await tried.all(), where).toEqual(wanted);
      await tried.dispose();
      expect(faulty.live(), where).toEqual(held);
      const fault = call === 'createBuffer' ? 'the device is out of memory' : 'a buffer cannot be mapped';
      table.add(
        fault,
        name,
        'each allocation, or each read, in turn',
        'a clear error; usable; nothing leaks',
      );
    }
    await work.dispose();
    expect(opened).toBeGreaterThanOrEqual(before.length);
    expect(faulty.live()).toEqual(before);
    faulty.device.destroy();
  });
});

describe.runIf(ALL)('a command', () => {
  it.each(DEVICE_COMMANDS)('$name', async (command) => {
    const known = await knownOf(command);
    const of = async (n: number) => {
      const folder = await folderFor(command);
      const before = treeOf(folder);
      const devices: FaultyDevice[] = [];
      let [calls, label, bytes] = [0, '', 0];
      const outcome = await withDevices(
        (device) => {
          devices.push(device);
          device.set({
            before: (call, l, b) => {
              if (call !== 'createBuffer' || ++calls !== n) return undefined;
              [label, bytes] = [l, b];
              return 'fail';
            },
          });
        },
        () => oftc(...command.argv(folder)),
      );
      return { ...outcome, folder, before, calls, label, bytes };
    };
    const { calls, exit, stdout } = await of(0);
    expect(exit, stdout).toBe(0);
    expect(calls).toBeGreaterThan(0);
    for (const n of moments(calls, 1)) {
      const { exit, stdout, stderr, folder, before, label, bytes } = await of(n);
      const where = `allocation ${n} of ${calls}: ${bytes} bytes for ${label}\n${stdout}${stderr}`;
      expect(exit, where).toBe(3);
      const { code, message } = JSON.parse(stdout).error;
      expect(code, where).toBe('OutOfMemory');
      expect(message, where).toContain(`${bytes} bytes for ${label}`);
      await checkLeft(known, folder, before);
      table.add(
        'the device is out of memory',
        command.name,
        'each allocation in turn',
        'refused with the size; no partial file',
      );
    }
  });
});
