/**
 * A device that is lost at each call in turn: destroyed, or stopped by its driver, after which nothing that was begun ends.
 * It is lost in runs of a session, of a built module's Executable and of training, and in commands. Everything ends with
 * DeviceLost, what was written is whole, and the next run does its work.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { oftc } from '../src/cli/harness.ts';
import { checkLeft, DEVICE_COMMANDS, folderFor, knownOf, runAgain, SCRATCH, treeOf } from './commands.ts';
import { type Call, type Faults, type FaultyDevice, faultyDevice, withDevices } from './gpu.ts';
import { ALL, moments, Table } from './table.ts';
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

/** The outcome of work that must end once the device is lost: its error, or 'hangs' where it does not end. */
async function endOf(work: Promise<unknown>, isLost: () => boolean): Promise<unknown> {
  let over = false;
  const end = work.then(
    () => 'done',
    (error: unknown) => error,
  );
  void end.finally(() => {
    over = true;
  });
  const watching = (async () => {
    for (let turns = 0; !over && turns < 3000; ) {
      await sleep(10);
      if (isLost()) turns++;
    }
    return 'hangs';
  })();
  return Promise.race([end, watching]);
}

const limit = Error.stackTraceLimit;
afterAll(() => {
  Error.stackTraceLimit = limit;
});

describe.each(Object.entries(WORKS))('%s', (name, open) => {
  it.each(Object.entries(LOSSES) as [Loss, string][])('%s', async (loss, fault) => {
    Error.stackTraceLimit = 60;
    const whole = async (faulty: FaultyDevice) => {
      const work = await open(faulty.device);
      try {
        return await work.all();
      } finally {
        await work.dispose();
      }
    };
    const alone = await faultyDevice();
    const counted = losingAt(0, loss);
    alone.set(counted.faults);
    const wanted = await whole(alone);
    const last = counted.calls;
    alone.device.destroy();
    for (const n of moments(last, 1)) {
      const faulty = await faultyDevice();
      const losing = losingAt(n, loss);
      faulty.set(losing.faults);
      const error = await endOf(whole(faulty), () => losing.calls >= n);
      const where = `${fault} at call ${n} of ${last}: ${losing.at}: ${error}`;
      if (error === 'done') {
        // The last calls free what is no longer needed, or what was read before.
        table.add(fault, name, losing.moment, 'done before the loss mattered');
        continue;
      }
      expect(error, where).toBeInstanceOf(OftcRuntimeError);
      expect((error as OftcRuntimeError).code, where).toBe('DeviceLost');
      table.add(fault, name, losing.moment, 'DeviceLost; nothing hangs');
    }
    const fresh = await faultyDevice();
    expect(await whole(fresh)).toEqual(wanted);
    fresh.device.destroy();
  });
});

describe.runIf(ALL)('a command', () => {
  const CASES = DEVICE_COMMANDS.flatMap((command) =>
    (Object.keys(LOSSES) as Loss[]).map((loss) => ({
      command,
      loss,
      title: `${command.name}: ${LOSSES[loss]}`,
    })),
  );
  it.each(CASES)('$title', async ({ command, loss }) => {
    Error.stackTraceLimit = 60;
    const known = await knownOf(command);
    const of = async (n: number) => {
      const folder = await folderFor(command);
      const before = treeOf(folder);
      const losing = losingAt(n, loss);
      const outcome = await withDevices(
        (device) => device.set(losing.faults),
        () =>
          endOf(
            oftc(...command.argv(folder)).then((o) => Promise.reject(o)),
            () => n > 0 && losing.calls >= n,
          ),
      );
      return { outcome, folder, before, losing };
    };
    const { losing: counted } = await of(0);
    for (const n of moments(counted.calls, 1)) {
      const { outcome, folder, before, losing } = await of(n);
      const where = `${LOSSES[loss]} at call ${n} of ${counted.calls}: ${losing.at}`;
      expect(outcome, where).not.toBe('hangs');
      const { exit, stdout, stderr } = outcome as { exit: number; stdout: string; stderr: string };
      if (exit === 0) {
        table.add(LOSSES[loss], command.name, losing.moment, 'done before the loss mattered');
        continue;
      }
      expect(exit, `${where}\n${stdout}${stderr}`).toBe(3);
      const { code, message } = JSON.parse(stdout).error;
      expect(code, where).toBe('DeviceLost');
      expect(message, where).toMatch(/run the command again.*--resume$/);
      await checkLeft(known, folder, before);
      if (command.isRun) await runAgain(known, folder);
      const outcomeText = command.isRun
        ? 'DeviceLost; --resume has the losses of an undisturbed run'
        : 'DeviceLost; no partial file';
      table.add(LOSSES[loss], command.name, losing.moment, outcomeText);
    }
  });
});
