/**
 * A device that is lost at each call in turn: destroyed, or stopped by its driver, after which nothing that was begun ends.
 * It is lost in runs of a session, of a built module's Executable and of training, and in commands. Everything ends with
 * DeviceLost, what was written is whole, and the next run does its work.
 */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { type Outcome, oftc } from '../src/cli/harness.ts';
import { ending } from '../support/ending.ts';
import { type Command, DEVICE_COMMANDS } from './commands.ts';
import { type Call, type Faults, type FaultyDevice, faultyDevice, withDevices } from './gpu.ts';
import {
  checkDone,
  checkLeft,
  folderFor,
  hasAll,
  type Known,
  knownOf,
  runAgain,
  SCRATCH,
  type Tree,
  treeOf,
} from './known.ts';
import { ALL, COUNTS, Table } from './table.ts';
import { WORKS } from './works.ts';

const table = new Table('device-lost');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

const LOSSES = { destroy: 'the device is destroyed', lose: 'the driver stops' } as const;
type Loss = keyof typeof LOSSES;

/** Counts the calls, and loses the device at the n-th. */
function losingAt(n: number, loss: Loss): { calls: number; at: string; moment: string; faults: Faults } {
  const state = { calls: 0, at: '', moment: '', faults: {} as Faults };
  state.faults = {
    before: (call: Call, label: string) => {
      if (++state.calls !== n) return undefined;
      state.at = `${call} ${label}`;
      state.moment = momentOf(new Error().stack!);
      return loss;
    },
  };
  return state;
}

/** The part of the work that a call belongs to. */
function momentOf(stack: string): string {
  if (/takeStep|taking|gradients|stepAlong/.test(stack)) return 'in a training step';
  if (/\bstate\b|StagesEngine\.(state|adapter)/.test(stack)) return 'in a checkpoint';
  if (/prepare|compile|partsOn|#?upload|\bhold\b|create/i.test(stack))
    return 'while tensors and kernels are made';
  return 'in a run';
}

const limit = Error.stackTraceLimit;
afterAll(() => {
  Error.stackTraceLimit = limit;
});

/** The result of work, or its error. */
const settled = <T>(work: Promise<T>) =>
  work.then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );

const UNHARMED = 'done: what the loss took was not needed any more';

describe.each(Object.entries(WORKS))('%s', (name, open) => {
  const whole = async (faulty: FaultyDevice) => {
    const work = await open(faulty.device);
    try {
      return await work.all();
    } finally {
      await work.dispose();
    }
  };

  it.each(Object.entries(LOSSES) as [Loss, string][])('%s', async (loss, fault) => {
    Error.stackTraceLimit = 60;
    const alone = await faultyDevice();
    const counted = losingAt(0, loss);
    alone.set(counted.faults);
    const wanted = await whole(alone);
    const last = counted.calls;
    alone.device.destroy();
    let lost = 0;
    const all = table.moments(fault, name, last, 1);
    for (const n of all) {
      const faulty = await faultyDevice();
      const losing = losingAt(n, loss);
      faulty.set(losing.faults);
      const end = await ending(settled(whole(faulty)), () => losing.at !== '');
      const where = `${fault} at call ${n} of ${last}: ${losing.at}: ${end === 'hangs' ? end : end.error}`;
      // Hundreds of devices that nobody destroys take the memory of the process.
      faulty.set({ before: () => undefined });
      faulty.device.destroy();
      expect(losing.at, where).not.toBe('');
      if (end === 'hangs') throw new Error(where);
      if (end.error === undefined) {
        expect(end.result, where).toEqual(wanted);
        table.add(fault, name, losing.moment, UNHARMED);
        continue;
      }
      expect(end.error, where).toBeInstanceOf(OftcRuntimeError);
      expect((end.error as OftcRuntimeError).code, where).toBe('DeviceLost');
      table.add(fault, name, losing.moment, 'DeviceLost; nothing hangs');
      lost++;
    }
    if (!COUNTS) expect(lost, 'some loss has to matter').toBeGreaterThan(0);
    const fresh = await faultyDevice();
    expect(await whole(fresh)).toEqual(wanted);
    fresh.device.destroy();
  });
});

/** Runs a command in a new folder, and loses its device at the n-th call. */
async function losingIn(command: Command, loss: Loss, n: number) {
  const folder = await folderFor(command);
  const before = treeOf(folder);
  const losing = losingAt(n, loss);
  const outcome = await withDevices(
    (device) => device.set(losing.faults),
    () => ending(oftc(...command.argv(folder)), () => losing.at !== ''),
  );
  return { outcome, folder, before, losing };
}

/** Checks a command after its device was lost, and returns its outcome as words for the table. Throws for a file in part. */
async function outcomeOf(
  known: Known,
  { exit, stdout, stderr }: Outcome,
  { folder, before }: { readonly folder: string; readonly before: Tree },
): Promise<string> {
  if (exit === 0) {
    await checkDone(known, folder, stdout);
    return UNHARMED;
  }
  expect(exit, `${stdout}${stderr}`).toBe(3);
  const { code, message } = JSON.parse(stdout).error;
  expect(code).toBe('DeviceLost');
  expect(message).toMatch(/run the command again.*--resume$/);
  await checkLeft(known, folder, before);
  // The device may be lost after the last file is written.
  if (!known.command.isRun && hasAll(known, folder)) return 'DeviceLost; every file is whole';
  await runAgain(known, folder);
  return known.command.isRun
    ? 'DeviceLost; --resume has the losses of an undisturbed run'
    : 'DeviceLost; no partial file; the next run does its work';
}

describe.runIf(ALL)('a command', () => {
  const CASES = DEVICE_COMMANDS.flatMap((command) =>
    (Object.keys(LOSSES) as Loss[]).map((loss) => ({
      ...{ command, loss, title: `${command.name}: ${LOSSES[loss]}` },
    })),
  );
  it.each(CASES)('$title', async ({ command, loss }) => {
    Error.stackTraceLimit = 60;
    const known = await knownOf(command);
    const { losing: counted } = await losingIn(command, loss, 0);
    let lost = 0;
    for (const n of table.moments(LOSSES[loss], command.name, counted.calls, 1)) {
      const { outcome, losing, ...left } = await losingIn(command, loss, n);
      const where = `${LOSSES[loss]} at call ${n} of ${counted.calls}: ${losing.at}`;
      expect(losing.at, where).not.toBe('');
      if (outcome === 'hangs') throw new Error(`${where}: hangs`);
      const text = await outcomeOf(known, outcome, left).catch((error: Error) => {
        throw new Error(`${where}: ${error.message}`, { cause: error });
      });
      table.add(LOSSES[loss], command.name, losing.moment, text);
      if (text !== UNHARMED) lost++;
    }
    if (!COUNTS) expect(lost, 'some loss has to matter').toBeGreaterThan(0);
  });
});
